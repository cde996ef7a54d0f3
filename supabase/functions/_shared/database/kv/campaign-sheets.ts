import { type SheetDocument, sheetKey, type StoredDelivery } from "./campaign-documents.ts";

/** Whether the message is to be sent now. */
export function isWaiting({ status, retry_at }: StoredDelivery, now: string): boolean {
  return status === "queued" && (retry_at ?? "") <= now;
}

/** Whether the message is being sent with that batch. */
export function isInBatch({ status, batch }: StoredDelivery, number: number): boolean {
  return status === "sending" && batch === number;
}

/** Whether the worker that claimed the message has not said in time what became of it. */
export function isLeftBehind(
  { status, batch }: StoredDelivery,
  { leases }: SheetDocument,
  now: string,
): boolean {
  return status === "sending" && (leases[String(batch)] ?? "") <= now;
}

/** The first batch that its worker has left behind; null when there is none. */
export function batchLeftBehind(sheet: SheetDocument, now: string): number | null {
  return sheet.deliveries.find((delivery) => isLeftBehind(delivery, sheet, now))?.batch ?? null;
}

/** The leases of batches of which something is not written down yet. */
export function leasesUnderWay({ leases, deliveries }: SheetDocument): Record<string, string> {
  return Object.fromEntries(
    Object.entries(leases).filter(([batch]) =>
      deliveries.some((delivery) => isInBatch(delivery, Number(batch)))
    ),
  );
}

/** How many messages nothing more will become of. */
export function throughOf(deliveries: StoredDelivery[]): number {
  return deliveries.filter(({ status }) => status !== "queued" && status !== "sending").length;
}

export function sentOf(deliveries: StoredDelivery[]): number {
  return deliveries.filter(({ status }) => status === "sent").length;
}

/** A batch's id: the key of its sheet and its number there. */
export function batchIdOf(key: string, batch: number): string {
  return `${key}:${batch}`;
}

export function partsOfBatch(batchId: string): { key: string; batch: number } {
  const colon = batchId.lastIndexOf(":");
  return { key: batchId.slice(0, colon), batch: Number(batchId.slice(colon + 1)) };
}

/** How a message's events name it: `{campaign}_{sheet}_{place}`. */
export function referenceOf(key: string, index: number): string {
  return `${key.split(":").slice(1).join("_")}_${index}`;
}

/** The sheet and the place that a message's events name; null when they are no campaign's of this store. */
export function placeOf(reference: string): { key: string; index: number } | null {
  const parts = /^([0-9a-f-]{36})_(\d{1,9})_(\d{1,9})$/.exec(reference);
  return parts && { key: sheetKey(parts[1], Number(parts[2])), index: Number(parts[3]) };
}
