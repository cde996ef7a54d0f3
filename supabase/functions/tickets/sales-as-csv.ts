import { stringify } from "deno-std/csv/stringify.js";
import type { TicketSale } from "../_shared/domain/ticket-sale.ts";

const columns = [
  "id",
  "legacy_id",
  "concert_id",
  "purchased_at",
  "status",
  "provider_id",
  "external_transaction_id",
  "quantity",
  "unit_price",
  "total_amount",
  "commission_amount",
  "net_amount",
  "refund_amount",
  "refunded_at",
  "refund_reason",
  "buyer_name",
  "buyer_email",
  "buyer_phone",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof TicketSale)[];

/** Spreadsheets take the byte order mark as the sign of UTF-8; without it Cyrillic letters come out garbled. */
const byteOrderMark = "\ufeff";

/**
 * The sales as CSV with a line of column names. A portion is asked for when the one before was taken, so that no more
 * than one is held however many there are.
 */
export function salesAsCsv(
  first: IteratorResult<TicketSale[], void>,
  rest: AsyncIterator<TicketSale[], void>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let portion: IteratorResult<TicketSale[], void> | null = first;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(byteOrderMark + stringify([[...columns]], {})));
    },
    async pull(controller) {
      const { done, value } = portion ?? await rest.next();
      portion = null;
      if (done || !value) controller.close();
      else controller.enqueue(encoder.encode(stringify(value.map(cellsOf), {})));
    },
    async cancel() {
      await rest.return?.();
    },
  }, { highWaterMark: 1 });
}

function cellsOf(sale: TicketSale): string[] {
  return columns.map((column) => cellOf(sale[column]));
}

function cellOf(value: string | number | null): string {
  if (typeof value === "number") return String(value);
  // A lone carriage return is a line's end to some readers, and left unquoted.
  return harmless((value ?? "").replace(/\r\n?/g, "\n"));
}

/** A text that a spreadsheet would take for a formula, and run, is marked as text. */
function harmless(text: string): string {
  return /^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text;
}
