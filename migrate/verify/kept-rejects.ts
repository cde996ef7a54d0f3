import type { MigrationTarget } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { Entity } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { canonicalText } from "../canonical-text.ts";
import { patiently } from "../patiently.ts";
import { parseExactly } from "../sources/exact-json.ts";
import { KeyOutcomes } from "../workspace/key-outcomes.ts";
import { SourceRows } from "../workspace/source-rows.ts";
import { withoutSecrets } from "../without-secrets.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** So many keys are told one by one. */
const toldKeys = 1000;

/** Reasons that the target gives; any other is one of the source's own rules. */
const targetReason = /^(constraint|unique|missing|not_null|invalid):/;

/** What the target keeps of rejected keys, beside what a verification has read of the source. */
export interface RejectsComparison {
  /** Keys that the source's own rules reject; of these the ones the target does not keep, and keeps otherwise. */
  source: number;
  lost: string[];
  changed: string[];
  /** Records that the target refused, whose keys' values it keeps as they are. */
  refused: number;
  /** Keys kept that the source does not give as rejected any more, and such that it has not at all. */
  stale: number;
  gone: number;
}

/** The target's rejected keys in the workspace, beside the source's. */
export class KeptRejects {
  private readonly outcomes;
  private readonly rows;
  private refused = 0;

  private constructor(private readonly workspace: Workspace) {
    this.outcomes = new KeyOutcomes(workspace);
    this.rows = new SourceRows(workspace);
  }

  static async read(workspace: Workspace, target: MigrationTarget): Promise<KeptRejects> {
    workspace.exec(
      `create temp table kept_rejects (
         key text primary key, value text not null, reason text not null, refuses integer not null default 0
       ) without rowid`,
    );
    let page = await patiently(() => target.rejects());
    while (page.length > 0) {
      for (const { key, value, reason } of page) {
        workspace.run("insert into kept_rejects values (?, ?, ?, 0)", key, value, reason);
      }
      const last = page[page.length - 1].key;
      page = await patiently(() => target.rejects(last));
    }
    return new KeptRejects(workspace);
  }

  /**
   * Whether the target refused a record and keeps all that the source has of it, as the source has it now. What it
   * rejected when it was another value, or by a rule that does not reject it any more, is merely missing.
   */
  refuses(record: { entity: Entity; id: string; key: string | null }): boolean {
    const keys = this.outcomes.keysOf(record, record.key);
    const isRefused = keys.length > 0 && keys.every((key) => {
      const kept = this.kept(key);
      return kept !== null && targetReason.test(kept.reason) && this.isWhole(key, kept.value);
    });
    if (!isRefused) return false;
    for (const key of keys) {
      this.workspace.run("update kept_rejects set refuses = 1 where key = ?", key);
    }
    this.refused++;
    return true;
  }

  /** Once all records have been looked at. */
  comparison(): RejectsComparison {
    const found: Pick<RejectsComparison, "lost" | "changed"> = { lost: [], changed: [] };
    let count = 0;
    for (const key of this.outcomes.rejectedKeys()) {
      count++;
      const kept = this.kept(key);
      const list = kept === null ? found.lost : found.changed;
      const isKept = kept !== null && this.isWhole(key, kept.value);
      if (!isKept && list.length < toldKeys) list.push(key);
    }
    const { stale, gone } = this.workspace.get<{ stale: number; gone: number }>(
      `select count(outcomes.key) as stale, count(*) - count(outcomes.key) as gone
       from kept_rejects left join outcomes using (key)
       where outcomes.key is null or (outcomes.outcome <> 'rejected' and kept_rejects.refuses = 0)`,
    )!;
    return { source: count, ...found, refused: this.refused, stale, gone };
  }

  private kept(key: string): { value: string; reason: string } | null {
    return this.workspace.get<{ value: string; reason: string }>(
      "select value, reason from kept_rejects where key = ?",
      key,
    ) ?? null;
  }

  private isWhole(key: string, kept: string): boolean {
    const whole = this.rows.get(key);
    const value = whole && withoutSecrets(key, whole);
    return value !== null && (value === kept || exactText(value) === exactText(kept));
  }
}

function exactText(json: string): string | null {
  try {
    return canonicalText(parseExactly(json));
  } catch {
    return null; // What is kept was damaged: no value of the source's is that.
  }
}
