import { hasShape } from "../kv/document-shapes.ts";
import type { Row } from "../kv/kv-table.ts";
import {
  readSaleRow,
  type RefundDocument,
  type SaleDocument,
  saleFrom,
  saleKey,
  type SaleReading,
} from "../kv/sale-documents.ts";
import { idOfKey } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import type { Lookups } from "./lookups.ts";
import type { ExportedRecord, TransferRecord } from "./record.ts";
import { tracesOfSale } from "./traces.ts";
import {
  documentIn,
  isAtHome,
  leftOut,
  merged,
  migrated,
  recordOf,
  rejected,
  type TransferOptions,
  type Transferred,
} from "./transferred.ts";

/** `ticket_sale:{concert}:{id}`; an old refunded sale brings its refund along. */
export async function transferSale(
  row: Row,
  lookups: Lookups,
  options: TransferOptions,
): Promise<Transferred> {
  const reading = await readSaleRow(row);
  const transferred = await transferReading(reading, row, lookups, options);
  return { ...transferred, seats: tracesOfSale(reading, options) };
}

async function transferReading(
  reading: SaleReading,
  row: Row,
  lookups: Lookups,
  { includeTestSales = false }: TransferOptions,
): Promise<Transferred> {
  if ("unreadable" in reading) return rejected(reading.unreadable);
  if ("old" in reading) {
    const { old, repairs } = reading;
    if (old.is_test && !includeTestSales) return leftOut("test_sale");
    const concert = await lookups.concertNamed(old.concert_name);
    if (concert === null) return rejected("unknown_concert");
    const document = saleFrom(old, concert, row.value);
    const sale = recordOf("ticket_sales", row.key, 0, document);
    const refund = await madeRefund(row.key, document);
    if (refund === null) return migrated([sale], repairs);
    return migrated([sale, refund], [...repairs, "refund_made"]);
  }
  const { document } = reading;
  if (!await isAtHome(row.key, document.id)) return rejected("broken_document");
  const concert = await lookups.concertNamed(document.concert_id);
  if (concert === null) return rejected("unknown_concert");
  const { artist_id } = concert;
  return migrated(
    [recordOf("ticket_sales", row.key, document.rev, { ...document, artist_id })],
    [],
  );
}

/** The old store knew that a sale was refunded, not by what: without this one refunds would not add up. */
async function madeRefund(key: string, sale: SaleDocument): Promise<TransferRecord | null> {
  if (sale.refund_amount === null) return null;
  return recordOf("ticket_refunds", key, 0, {
    id: await idOfKey(prefixes.ticketRefund + key),
    sale_id: sale.id,
    artist_id: sale.artist_id,
    amount: sale.refund_amount,
    created_at: sale.purchased_at,
  });
}

/** `ticket_refund:{sale}:{id}` */
export async function transferRefund(row: Row, lookups: Lookups): Promise<Transferred> {
  const document = documentIn<RefundDocument>(row, (value) => hasShape("refund", value));
  if (document === null || !await isAtHome(row.key, document.id)) {
    return rejected("broken_document");
  }
  const artist_id = await lookups.artistIdOf(document.artist_id);
  return migrated(
    [recordOf("ticket_refunds", row.key, document.rev, { ...document, artist_id })],
    [],
  );
}

/** `ticket_external:{artist}:{provider}:{id}`: said by the sale as well. */
export async function transferExternalSale(row: Row, lookups: Lookups): Promise<Transferred> {
  const document = documentIn<ExternalSale>(row, (value) => hasShape("externalSale", value));
  if (document === null) return rejected("broken_document");
  if (await lookups.row(document.sale_key) === null) return rejected("unknown_sale");
  return merged(document.sale_key, []);
}

interface ExternalSale {
  rev: number;
  legacy: unknown;
  sale_key: string;
  concert_id: string;
}

/** The way back: the sale, and where a provider's id leads to it. */
export function saleRows({ key, version, row }: ExportedRecord): Row[] {
  const sale = { ...row, rev: Math.max(version, 1) } as unknown as SaleDocument;
  const { artist_id, provider_id, external_transaction_id: externalId, concert_id } = sale;
  const sale_key = key ?? saleKey(concert_id, sale.id);
  const rows: Row[] = [{ key: sale_key, value: sale }];
  if (provider_id !== null && externalId !== null) {
    const document: ExternalSale = { sale_key, concert_id, rev: 1, legacy: null };
    const place = `${artist_id}:${provider_id}:${externalId}`;
    rows.push({ key: prefixes.ticketExternal + place, value: document });
  }
  return rows;
}

/** The way back of a refund. */
export function refundRow({ version, row }: ExportedRecord): Row {
  const document = { ...row, rev: Math.max(version, 1), legacy: null };
  return { key: `${prefixes.ticketRefund}${row.sale_id}:${row.id}`, value: document };
}
