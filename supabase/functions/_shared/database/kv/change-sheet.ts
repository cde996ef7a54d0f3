import type { CampaignDocument, SheetDocument, StoredDelivery } from "./campaign-documents.ts";
import { sentOf, throughOf } from "./campaign-sheets.ts";
import type { KvContext } from "./kv-context.ts";

/**
 * Changes the deliveries of a sheet and, in the same decision, what the campaign counts of them; its key, or null when
 * there is no such sheet.
 */
export async function changeSheet(
  { documents }: KvContext,
  key: string,
  change: (delivery: StoredDelivery, sheet: SheetDocument, now: Date) => StoredDelivery,
  campaignFields: Partial<CampaignDocument> = {},
): Promise<string | null> {
  return await documents.change<SheetDocument, string | null>(key, (sheet) => {
    if (!sheet) return { result: null };
    const now = new Date();
    const deliveries = sheet.deliveries.map((delivery) => change(delivery, sheet, now));
    const isSame = deliveries.every((delivery, index) => delivery === sheet.deliveries[index]);
    if (isSame) return { result: sheet.campaign_key };
    const processed = throughOf(deliveries) - throughOf(sheet.deliveries);
    const emails_sent = sentOf(deliveries) - sentOf(sheet.deliveries);
    return {
      result: sheet.campaign_key,
      write: { ...sheet, deliveries },
      followUps: [{
        key: sheet.campaign_key,
        set: campaignFields,
        add: { processed, emails_sent },
      }],
    };
  });
}
