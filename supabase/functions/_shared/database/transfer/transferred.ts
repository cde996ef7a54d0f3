import { isDocument, type StoredDocument } from "../kv/documents.ts";
import { idOfKey } from "../legacy/ids.ts";
import { canonicalRow, idOfRow } from "./columns.ts";
import type { Row } from "../kv/kv-table.ts";
import type { LeftOutRule, RejectionReason, Repair } from "./outcome-codes.ts";
import type { Entity, KeyOutcome, TransferRecord } from "./record.ts";
import type { Trace } from "./traces.ts";

/** What becomes of one key. */
export interface Transferred {
  records: TransferRecord[];
  outcome: KeyOutcome;
  /** Of a sale, which is read only once: what `tracesOf` its row would tell. */
  seats?: Trace[];
}

/** The choices of whoever runs a migration. */
export interface TransferOptions {
  /** Takes along what the old generator of sample data made. */
  includeTestSales?: boolean;
}

export function migrated(records: TransferRecord[], repairs: readonly Repair[]): Transferred {
  return { records, outcome: { outcome: "migrated", repairs: [...repairs] } };
}

export function merged(
  into: string,
  repairs: readonly Repair[],
  records: TransferRecord[] = [],
): Transferred {
  return { records, outcome: { outcome: "merged", into, repairs: [...repairs] } };
}

export function leftOut(rule: LeftOutRule): Transferred {
  return { records: [], outcome: { outcome: "left_out", rule } };
}

export function rejected(reason: RejectionReason): Transferred {
  return { records: [], outcome: { outcome: "rejected", reason } };
}

/** A record of the columns that `source` has. */
export function recordOf(
  entity: Entity,
  key: string | null,
  version: number,
  source: object,
): TransferRecord {
  const row = canonicalRow(entity, source);
  return { entity, id: idOfRow(entity, row), key, version, row };
}

/** Whether the document under `key` is the one that belongs there: its id ends the key or was made of it. */
export async function isAtHome(key: string, id: string): Promise<boolean> {
  return key.endsWith(`:${id}`) || await idOfKey(key) === id;
}

/** The document in a row of a kind the old store does not have; null when it is none. */
export function documentIn<Document extends StoredDocument>(
  { value }: Row,
  hasShape: (value: object) => boolean,
): Document | null {
  return isDocument(value) && hasShape(value) ? value as Document : null;
}
