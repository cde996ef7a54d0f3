import {
  type ReturnLookups,
  rowsOf,
} from "../../supabase/functions/_shared/database/transfer/rows-of.ts";
import type { AssembledRecords } from "../workspace/assembled-records.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { ReturnedRows } from "./returned-rows.ts";
import type { Settlement } from "./settlement.ts";

/**
 * Gives a profile to artists who have none in the key-value table, where one of their records there is to be removed or
 * a concert is to be added, unless the concert from which their age follows stays.
 *
 * Such an artist is made of their records there, as old as the first of their concerts. Of what is left they would be
 * younger, or not be made at all, and so differ from a row of the tables that nobody has touched. If the comparison
 * overlooked these instants instead, the next import would still change them. Artists whose coins are under other
 * spellings of their id are left as they are: written back here, their coins would be there twice.
 */
export async function addMissingProfiles(
  workspace: Workspace,
  returned: ReturnedRows,
  known: AssembledRecords,
  settlement: Settlement,
): Promise<void> {
  const lookups: ReturnLookups = { ownerOf: (id) => Promise.resolve(returned.ownerOf(id)) };
  const artists = workspace.all<{ id: string }>(`
    select artist.id from records as artist
    join present on present.entity = 'artists' and present.id = artist.id and present.decision = 'same'
    where artist.entity = 'artists' and artist.key is null and artist.id in (
      select gone.artist from removals join records as gone on gone.entity = removals.entity and gone.id = removals.id
      union
      select json_extract(value, '$.artist_id') from returned
      where key >= 'concert:' and key < 'concert;' and key not in (select key from outcomes)
    ) and not exists (
      select 1 from traced_concerts as first
      where first.artist = artist.id and first.created_at = json_extract(artist.row, '$.created_at')
        and not exists (select 1 from removals where removals.entity = 'concerts' and removals.id = first.id)
    ) and not exists (
      select 1 from outcomes as coins
      where coins.prefix = 'coins:balance:' and coins.outcome = 'merged'
        and coins.detail = 'artists ' || artist.id and coins.key <> 'coins:balance:' || artist.id
    ) and not exists (
      select 1 from records as movement
      where movement.entity = 'coin_transactions' and movement.artist = artist.id
        and movement.key not like 'coins:tx:' || artist.id || ':%'
        and movement.key <> 'coins:balance:' || artist.id
    )
    order by artist.id
  `);
  for (const { id } of artists) {
    const record = known.get("artists", id);
    if (record === null) continue;
    const { rows } = await rowsOf("artists", record, lookups);
    returned.add(rows);
    settlement.addReturned(record, "artists", rows, false);
    returned.setPresent("artists", id, null, "write");
  }
}
