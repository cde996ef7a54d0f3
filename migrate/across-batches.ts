import type { ImportedBatch } from "../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { Entity } from "../supabase/functions/_shared/database/transfer/record.ts";
import type { RecordPage } from "./workspace/assembled-records.ts";
import { PlannedRecords } from "./workspace/planned-records.ts";
import type { Workspace } from "./workspace/workspace.ts";

type Rejection = ImportedBatch["rejected"][number];
type Identity = Pick<Rejection, "id" | "key">;

/**
 * Adds to the answers of a dry run what an import would meet because of other batches: a key of a unique index that a
 * record before has taken, and a parent that is refused, or not sent at all. Batches have to come in the order of an
 * import, each once the one before is done.
 */
export class AcrossBatches {
  private readonly planned;

  /** @param sent the tables that are sent */
  constructor(workspace: Workspace, private readonly sent: readonly Entity[]) {
    this.planned = new PlannedRecords(workspace);
  }

  /**
   * The answer that an import would get.
   *
   * @param tried the answer of a dry run
   * @param tryAgain another dry run, of a part of the batch: what excludes others may be out of their way now
   */
  async completed(
    entity: Entity,
    { count, json }: RecordPage,
    tried: ImportedBatch,
    tryAgain: (records: string) => Promise<ImportedBatch>,
  ): Promise<ImportedBatch> {
    const isAlone = count === 1;
    let answer = tried;
    let { refused, isNews } = this.refusedIn(answer, isAlone);
    if (isNews) {
      const batch: Identity[] = JSON.parse(json);
      const places = new Map(batch.map(({ id }, place) => [id, place]));
      const rejected: Rejection[] = [];
      let left = batch;
      while (isNews) {
        rejected.push(
          ...answer.rejected.filter(({ id, reason }) => !refused.has(id) && !isForAnother(reason)),
        );
        for (const { id, key } of left) {
          const reason = refused.get(id);
          if (reason !== undefined) rejected.push({ id, key, reason });
        }
        const gone = new Set(rejected.map(({ id }) => id));
        left = left.filter(({ id }) => !gone.has(id));
        answer = left.length > 0 ? await tryAgain(JSON.stringify(left)) : nothing;
        ({ refused, isNews } = this.refusedIn(answer, isAlone));
      }
      // As the target finds them: what shows without writing comes first.
      const rank = ({ id, reason }: Rejection) =>
        (isPlain(reason) ? 0 : batch.length) + (places.get(id) ?? 0);
      answer = {
        ...answer,
        rejected: [...rejected, ...answer.rejected].sort((one, other) => rank(one) - rank(other)),
      };
    }
    this.remember(entity, answer);
    return answer;
  }

  /** Which records an import refuses because of other batches, and why; whether the dry run says else of any. */
  private refusedIn(
    { rejected, claims = [], needs = [] }: ImportedBatch,
    isAlone: boolean,
  ): { refused: Map<string, string>; isNews: boolean } {
    const stated = new Map(rejected.map(({ id, reason }) => [id, reason]));
    const reasons = new Map(stated);
    const late = new Set<string>();
    const missing = this.missing(needs);
    // A parent that is missing shows without writing a record, a key that is taken does not; but nobody looks before
    // writing a record that is alone, of which PostgreSQL says the key first.
    if (!isAlone) missing.forEach((tables, id) => reasons.set(id, missingOf(tables.sort()[0])));
    claims.forEach((claim, place) => {
      for (const id of this.planned.taken(claim)) {
        const reason = reasons.get(id);
        const isFirst = isAlone && reason?.startsWith("missing:") ||
          claims.findIndex(({ name }) => reason === uniqueOf(name)) > place;
        if (reason === undefined || isFirst) reasons.set(id, uniqueOf(claim.name));
        if (reasons.get(id) === uniqueOf(claim.name)) late.add(id);
      }
    });
    if (isAlone) {
      missing.forEach(([table], id) => {
        const reason = reasons.get(id);
        if (reason === undefined || reason.startsWith("missing:")) {
          reasons.set(id, missingOf(table));
        }
      });
    }
    const isNew = ([id, reason]: [string, string]) => stated.get(id) !== reason;
    // A key that is taken is taken, whoever else in the batch wants it.
    const isTaken = ([id, reason]: [string, string]) => late.has(id) && isForAnother(reason);
    const all = [...reasons];
    return {
      refused: new Map(all.filter((one) => isNew(one) || isTaken(one))),
      isNews: all.some(isNew),
    };
  }

  /** The tables in which records lack a parent, in the order in which PostgreSQL asks them. */
  private missing(needs: NonNullable<ImportedBatch["needs"]>): Map<string, string[]> {
    const tables = new Map<string, string[]>();
    for (const [table, needed] of Map.groupBy(needs, ({ table }) => table)) {
      const ids = needed.map(({ id }) => id);
      const isSent = this.sent.some((entity) => entity === table);
      const absent = isSent ? this.planned.absent(table, ids) : new Set(ids);
      for (const { id, records } of needed) {
        if (!absent.has(id)) continue;
        for (const record of records) {
          tables.set(record, [...tables.get(record) ?? [], table]);
        }
      }
    }
    return tables;
  }

  private remember(entity: Entity, { rejected, claims = [] }: ImportedBatch): void {
    const refused = new Set(rejected.map(({ id }) => id));
    if (refused.size > 0) this.planned.refuse(entity, [...refused]);
    for (const { name, records } of claims) {
      this.planned.claim({ name, records: records.filter(([id]) => !refused.has(id)) });
    }
  }
}

const nothing: ImportedBatch = { created: 0, changed: 0, unchanged: 0, kept: [], rejected: [] };

function missingOf(table: string): string {
  return `missing:${table}`;
}

function uniqueOf(name: string): string {
  return `unique:${name}`;
}

/** Whether a record is only refused because another one is there. */
function isForAnother(reason: string): boolean {
  return reason.startsWith("unique:");
}

/** Whether the target finds it without writing the record. */
function isPlain(reason: string): boolean {
  return /^(not_null|constraint|missing):/.test(reason);
}
