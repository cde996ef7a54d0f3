import type { PostgrestClient, PostgrestError } from "@supabase/postgrest-js";
import { deliveriesOnSheet } from "../kv/campaign-documents.ts";
import { listOf } from "../kv/kv-table.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { ownerOfArtist } from "../transfer/artists.ts";
import { canonicalRow } from "../transfer/columns.ts";
import { migrationTargetError } from "../transfer/migration-target-error.ts";
import type { Entity, ExportedRecord } from "../transfer/record.ts";
import type { ReturnLookups } from "../transfer/rows-of.ts";
import { Ledger, portions } from "./ledger.ts";

/** The columns that a row is found by, where these are not `id`. */
const keyColumns: Partial<Record<Entity, readonly string[]>> = {
  artist_ticket_providers: ["artist_id", "provider_id"],
  notification_settings: ["user_id"],
  push_subscriptions: ["endpoint"],
  mail_suppressions: ["artist_id", "address"],
};

/** Artists and campaigns that are remembered, each. */
const remembered = 1000;

/** What the tables know beside the row that is being brought over. */
export class TableFacts implements ReturnLookups {
  /** Neither changes as long as the artist, or the campaign, has its id. */
  private readonly owners = new Map<string, string>();
  private readonly campaignKeys = new Map<string, string>();
  private readonly ledger: Ledger;

  /** @param client acts with a secret key */
  constructor(private readonly client: PostgrestClient) {
    this.ledger = new Ledger(client);
  }

  /** Spares asking for an artist who is known. */
  async knowArtist(artist: ExportedRecord): Promise<void> {
    if (this.owners.size >= remembered) this.owners.clear();
    this.owners.set(artist.id, await ownerOfArtist(artist));
  }

  async ownerOf(artistId: string): Promise<string> {
    if (!this.owners.has(artistId)) await this.knowArtist(await this.artist(artistId));
    return this.owners.get(artistId) ?? artistId;
  }

  /** The account that has the profile which was `owner`'s; null when nobody has. */
  async accountWith(owner: string): Promise<string | null> {
    const rows = await this.send<{ id: string }[]>(
      this.client.from("artists").select("id").eq("legacy_id", owner).limit(1),
    );
    return rows[0]?.id ?? null;
  }

  /** Says under which key a campaign was put. */
  knowCampaign(id: string, key: string): void {
    if (this.campaignKeys.size >= remembered) this.campaignKeys.clear();
    this.campaignKeys.set(id, key);
  }

  /** The key of a campaign, or the one it would get; null when there is no such campaign. */
  async campaignKey(id: string): Promise<string | null> {
    const known = this.campaignKeys.get(id) ?? await this.keyInLedger("email_campaigns", id);
    if (known !== null) return known;
    const [row] = await this.send<{ artist_id: string }[]>(
      this.client.from("email_campaigns").select("artist_id").eq("id", id).limit(1),
    );
    return row ? `${prefixes.campaign}${await this.ownerOf(row.artist_id)}:${id}` : null;
  }

  /** The keys beginning with `prefix` of which an import has made no records: they are part of one of `into`. */
  async keysMergedInto(into: readonly string[], prefix: string): Promise<string[]> {
    const rows = await this.send<{ key: string }[]>(
      this.client.from("migration_keys").select("key")
        .filter("merged_into", "in", `(${listOf(into)})`).order("key"),
    );
    return rows.map(({ key }) => key).filter((key) => key.startsWith(prefix));
  }

  /** The artist's movements of coins that have come from elsewhere than rows of their own beside the balance. */
  async movementsBeside(artistId: string): Promise<ExportedRecord[]> {
    const owner = await this.ownerOf(artistId);
    const places = (await this.ledger.placesOfMovements(artistId)).filter(({ key }) =>
      !key?.startsWith(prefixes.coinsTransaction) ||
      partsOf(key, prefixes.coinsTransaction).owner !== owner
    );
    const movements: ExportedRecord[] = [];
    for (const some of portions(places)) {
      const rows = await this.send<Record<string, unknown>[]>(
        this.client.from("coin_transactions").select("*").in("id", some.map(({ id }) => id)),
      );
      for (const { id, key, version } of some) {
        const row = rows.find((row) => row.id === id);
        if (row === undefined) continue;
        movements.push({ id, key, version, row: canonicalRow("coin_transactions", row) });
      }
    }
    return movements;
  }

  /** The deliveries of one sheet of a campaign. */
  async deliveriesOn(campaignId: string, sheet: number): Promise<ExportedRecord[]> {
    const first = sheet * deliveriesOnSheet + 1;
    const rows = await this.send<Record<string, unknown>[]>(
      this.client.from("campaign_deliveries").select("*").eq("campaign_id", campaignId)
        .gte("position", first).lt("position", first + deliveriesOnSheet),
    );
    return rows.map((row) => ({
      id: String(row.id),
      key: null,
      version: 0,
      row: canonicalRow("campaign_deliveries", row),
    }));
  }

  /** Whether the row is there. */
  async has(entity: Entity, { row }: ExportedRecord): Promise<boolean> {
    // Nobody but their sale takes events along, and a sale stays.
    if (entity === "ticket_events") return true;
    const columns = keyColumns[entity] ?? ["id"];
    const wanted = Object.fromEntries(columns.map((column) => [column, row[column]]));
    const found = await this.send<unknown[]>(
      this.client.from(entity).select(columns.join(",")).match(wanted).limit(1),
    );
    return found.length > 0;
  }

  /** As much of an artist as tells their owner's id. */
  private async artist(id: string): Promise<ExportedRecord> {
    const key = await this.keyInLedger("artists", id);
    const [row] = await this.send<{ legacy_id: string | null }[]>(
      this.client.from("artists").select("legacy_id").eq("id", id).limit(1),
    );
    return { id, key, version: 0, row: { id, legacy_id: row?.legacy_id ?? null } };
  }

  private async keyInLedger(entity: Entity, id: string): Promise<string | null> {
    const rows = await this.send<{ key: string | null }[]>(
      this.client.from("migration_records").select("key").eq("entity", entity).eq("id", id).limit(
        1,
      ),
    );
    return rows[0]?.key ?? null;
  }

  private async send<Data>(
    query: PromiseLike<{ data: unknown; error: PostgrestError | null; status: number }>,
  ): Promise<Data> {
    const { data, error, status } = await query;
    if (error) throw migrationTargetError(error, status, this.client.url);
    return data as Data;
  }
}
