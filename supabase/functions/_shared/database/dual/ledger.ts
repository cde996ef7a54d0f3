import type { PostgrestClient, PostgrestError } from "@supabase/postgrest-js";
import { isUuid } from "../../domain/uuid.ts";
import { idOfKey } from "../legacy/ids.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { migrationTargetError } from "../transfer/migration-target-error.ts";
import type { Entity, TransferRecord } from "../transfer/record.ts";

/** Rows the Data API gives at once, and ids that go into one address. */
const rowsAtOnce = 1000;
const idsAtOnce = 50;

interface Answer {
  data: unknown;
  error: PostgrestError | null;
  status: number;
}

/** What the tables remember of where their rows came from. */
export class Ledger {
  /** @param client acts with a secret key */
  constructor(private readonly client: PostgrestClient) {}

  /** Where the movements of an artist's coins came from, those that are known; without a key they follow from others. */
  async placesOfMovements(
    artistId: string,
  ): Promise<{ id: string; key: string | null; version: number }[]> {
    const rows = await this.everyRow<{ id: string }>((from, to) =>
      this.client.from("coin_transactions").select("id").eq("artist_id", artistId).order("id")
        .range(from, to)
    );
    const places: { id: string; key: string | null; version: number }[] = [];
    for (const ids of portions(rows.map(({ id }) => id))) {
      places.push(
        ...await this.everyRow<{ id: string; key: string | null; version: number }>((from, to) =>
          this.ledger("id,key,version").eq("entity", "coin_transactions").in("id", ids)
            .order("id").range(from, to)
        ),
      );
    }
    return places;
  }

  /** Whose concerts the tables have under these keys. */
  async artistsOfConcerts(keys: readonly string[]): Promise<string[]> {
    const ids = await Promise.all(keys.map((key) => {
      const { id } = partsOf(key, prefixes.concert);
      return isUuid(id) ? id : idOfKey(key);
    }));
    const artists: string[] = [];
    for (const some of portions(ids)) {
      const rows = await this.everyRow<{ artist_id: string }>((from, to) =>
        this.client.from("concerts").select("artist_id").in("id", some).order("id").range(from, to)
      );
      artists.push(...rows.map(({ artist_id }) => artist_id));
    }
    return artists;
  }

  /** Those of `records` that the tables know in a later version. */
  async laterThan(records: readonly TransferRecord[]): Promise<TransferRecord[]> {
    const later: TransferRecord[] = [];
    for (const some of portions(records)) {
      const ids = some.map(({ id }) => id);
      const known = await this.everyRow<{ entity: Entity; id: string; version: number }>((
        from,
        to,
      ) =>
        this.ledger("entity,id,version").in("id", ids).order("entity").order("id").range(from, to)
      );
      later.push(
        ...some.filter((record) =>
          known.some(({ entity, id, version }) =>
            entity === record.entity && id === record.id && version > record.version
          )
        ),
      );
    }
    return later;
  }

  private ledger(columns: string) {
    return this.client.from("migration_records").select(columns);
  }

  private async everyRow<Row = { key: string | null }>(
    page: (from: number, to: number) => PromiseLike<Answer>,
  ): Promise<Row[]> {
    const rows: Row[] = [];
    while (true) {
      const { data, error, status } = await page(rows.length, rows.length + rowsAtOnce - 1);
      if (error) throw migrationTargetError(error, status, this.client.url);
      const found = data as Row[];
      rows.push(...found);
      if (found.length < rowsAtOnce) return rows;
    }
  }
}

/** Lists of which the ids fit into one address each. */
export function portions<Item>(items: readonly Item[]): Item[][] {
  return Array.from(
    { length: Math.ceil(items.length / idsAtOnce) },
    (_, index) => items.slice(index * idsAtOnce, (index + 1) * idsAtOnce),
  );
}
