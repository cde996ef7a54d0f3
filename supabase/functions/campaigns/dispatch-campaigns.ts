import { deadline } from "deno-std/async/deadline.js";
import { delay } from "deno-std/async/delay.js";
import type {
  CampaignRepository,
  ClaimedBatch,
  DeliveryResult,
} from "../_shared/database/campaign-repository.ts";
import {
  type Mail,
  type MailOutcome,
  MailProviderError,
  type MailTransport,
} from "../_shared/delivery/mail-transport.ts";
import type { UnsubscribeLinks } from "../_shared/delivery/unsubscribe-links.ts";
import { campaignMail } from "../_shared/domain/campaign-mail.ts";

/** What one run has done. */
export interface CampaignReport {
  /** Messages claimed; those whose outcome is not known are claimed again later. */
  claimed: number;
  sent: number;
  /** What is tried again included. */
  failed: number;
  /** Messages of campaigns being sent that are still to go. */
  remaining: number;
}

export interface DispatchTools {
  campaigns: CampaignRepository;
  transport: MailTransport;
  links: UnsubscribeLinks;
}

export interface DispatchOptions {
  batchSize: number;
  /** Messages a second at most; null: as fast as it goes. */
  ratePerSecond: number | null;
  /** Milliseconds after which no batch is begun any more, and after which nothing is waited for. */
  budget?: { begin: number; finish: number };
  /** How long a batch is kept from other workers: longer than a run takes. */
  leaseSeconds?: number;
  /** When to come back to a provider that would not take a batch. */
  retrySeconds?: number;
}

/** A function has 150 seconds to answer; a mail provider may take 30 of them. */
const usualBudget = { begin: 65_000, finish: 98_000 };

/**
 * Sends what is due, batch by batch, until nothing is left or the time is over.
 *
 * A batch is claimed, sent under its id as idempotency key, and written down: wherever this process dies, the batch is
 * claimed again under the same id when its lease is over, and a provider that knows the key has sent it once.
 */
export async function dispatchCampaigns(
  { campaigns, transport, links }: DispatchTools,
  { batchSize, ratePerSecond, budget = usualBudget, leaseSeconds = 150, retrySeconds = 5 }:
    DispatchOptions,
): Promise<CampaignReport> {
  const started = performance.now();
  const left = (milliseconds: number) => started + milliseconds - performance.now();
  const report: CampaignReport = { claimed: 0, sent: 0, failed: 0, remaining: 0 };
  while (left(budget.begin) > 0) {
    const claim = await campaigns.claimBatch(batchSize, leaseSeconds);
    if (claim.batch === null) {
      report.remaining = claim.remaining;
      break;
    }
    const { batch } = claim;
    const begun = performance.now();
    report.claimed += batch.deliveries.length;
    const mails = await mailsOf(batch, transport, links);
    const attempt = await send(transport, mails, batch.id, left(budget.finish));
    if (attempt === "unknown") {
      report.remaining += batch.deliveries.length;
      break;
    }
    if (attempt instanceof MailProviderError) {
      const reason = `Почтовый сервис не принял письма: ${attempt.message}`;
      const { remaining } = await campaigns.postponeBatch(batch.id, reason, retrySeconds);
      report.remaining = remaining;
      // Whoever is away now will be so for the next batch.
      break;
    }
    const { remaining } = await campaigns.recordBatch(batch.id, resultsOf(batch, attempt));
    report.remaining = remaining;
    const sent = attempt.filter(({ accepted }) => accepted).length;
    report.sent += sent;
    report.failed += attempt.length - sent;
    if (remaining === 0) break;
    await keepRate(mails.length, ratePerSecond, performance.now() - begun, left(budget.begin));
  }
  return report;
}

async function mailsOf(
  { material, deliveries }: ClaimedBatch,
  { sender }: MailTransport,
  links: UnsubscribeLinks,
): Promise<Mail[]> {
  const artistId = material.campaign.artist_id;
  return await Promise.all(deliveries.map(async ({ address, name, reference }) => {
    const unsubscribeUrl = await links.linkFor({ artistId, address });
    return campaignMail(material, { address, name, unsubscribeUrl }, sender, reference);
  }));
}

/** Unknown: the time was over before the answer came. */
async function send(
  transport: MailTransport,
  mails: Mail[],
  batchId: string,
  milliseconds: number,
): Promise<MailOutcome[] | MailProviderError | "unknown"> {
  try {
    return await deadline(
      transport.send(mails, `campaigns/${batchId}`),
      Math.max(0, milliseconds),
      {},
    );
  } catch (error) {
    if (error instanceof MailProviderError) return error;
    if (error instanceof DOMException && error.name === "TimeoutError") return "unknown";
    throw error;
  }
}

function resultsOf({ deliveries }: ClaimedBatch, outcomes: MailOutcome[]): DeliveryResult[] {
  return deliveries.map(({ id }, index) => {
    const outcome = outcomes[index];
    return outcome.accepted
      ? {
        id,
        accepted: true,
        provider_message_id: outcome.providerMessageId,
        reason: null,
        permanent: false,
      }
      : {
        id,
        accepted: false,
        provider_message_id: null,
        reason: `Почтовый сервис отказал: ${outcome.reason}`,
        permanent: outcome.permanent,
      };
  });
}

/** Waits as long as so many messages have to take at that rate, and no longer than there is time. */
async function keepRate(
  messages: number,
  ratePerSecond: number | null,
  taken: number,
  left: number,
): Promise<void> {
  if (ratePerSecond === null) return;
  const wait = Math.min((messages / ratePerSecond) * 1000 - taken, left);
  if (wait > 0) await delay(wait);
}
