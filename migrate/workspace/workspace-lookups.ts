import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import type {
  Lookups,
  NamedConcert,
  ReminderPlace,
} from "../../supabase/functions/_shared/database/transfer/lookups.ts";
import { fullCounter } from "../../supabase/functions/_shared/domain/concert.ts";
import type { SourceRows } from "./source-rows.ts";
import type { Traces } from "./traces.ts";

/** Enough for the sales of one concert, which follow each other, and for its neighbours. */
const remembered = 1000;

/** Lookups in the rows of a workspace, however many there are. */
export class WorkspaceLookups implements Lookups {
  private readonly concerts = new Map<string, NamedConcert | null>();

  constructor(private readonly source: SourceRows, private readonly traces: Traces) {}

  row(key: string): Promise<Row | null> {
    const value = this.source.get(key);
    return Promise.resolve(value === null ? null : { key, value: JSON.parse(value) });
  }

  rows(prefix: string): Promise<Row[]> {
    const rows = this.source.withPrefix(prefix);
    return Promise.resolve(rows.map(({ key, value }) => ({ key, value: JSON.parse(value) })));
  }

  concertNamed(name: string): Promise<NamedConcert | null> {
    let concert = this.concerts.get(name);
    if (concert === undefined) {
      const found = this.traces.concertNamed(name);
      concert = found && { id: found.id, owner: found.owner, artist_id: found.artist };
      if (this.concerts.size >= remembered) this.concerts.clear();
      this.concerts.set(name, concert);
    }
    return Promise.resolve(concert);
  }

  async artistIdOf(name: string): Promise<string> {
    return this.traces.afterClaims(await artistIdOf(name));
  }

  ownersOf(artistId: string): Promise<string[]> {
    return Promise.resolve(this.traces.ownersOf(artistId));
  }

  firstSeen(artistId: string): Promise<string | null> {
    return Promise.resolve(this.traces.firstSeen(artistId));
  }

  seatsSoldOf(concertId: string): Promise<number> {
    return Promise.resolve(Math.min(this.traces.seatsSoldOf(concertId), fullCounter));
  }

  holderOf(username: string): Promise<string | null> {
    const holder = this.traces.holderOf(username.toLowerCase());
    return Promise.resolve(holder === null ? null : this.traces.afterClaims(holder));
  }

  reminderThatCounts({ concert, user_id, days_before }: ReminderPlace): Promise<string | null> {
    return Promise.resolve(this.traces.firstReminder(concert, user_id, days_before));
  }
}
