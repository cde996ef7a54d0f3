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
  provesUntaken,
} from "../_shared/delivery/mail-transport.ts";
import { reportMailFailure } from "../_shared/delivery/report-mail-failure.ts";
import type { UnsubscribeLinks } from "../_shared/delivery/unsubscribe-links.ts";
import { campaignNotes } from "../_shared/domain/campaign.ts";
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

/**
 * A function has 150 seconds to answer; a mail provider may take 30 of them. The clock starts the next run a minute
 * after this one, which has begun its last batch by then, so that both together keep to the rate.
 */
const usualBudget = { begin: 55_000, finish: 98_000 };

/**
 * Sends what is due, batch by batch, until nothing is left or the time is over.
 *
 * A batch is claimed, sent under its id as idempotency key, and written down: wherever this process dies, the batch is
 * claimed again under the same id when its lease is over, and a provider that knows the key has sent it once. It keeps
 * the id as long as the provider may have taken it; of what it took nothing, another batch is made.
 */
export async function dispatchCampaigns(
  { campaigns, transport, links }: DispatchTools,
  { batchSize, ratePerSecond, budget = usualBudget, leaseSeconds = 150, retrySeconds = 5 }:
    DispatchOptions,
): Promise<CampaignReport> {
  const started = performance.now();
  const left = (milliseconds: number) => started + milliseconds - performance.now();
  const report: CampaignReport = { claimed: 0, sent: 0, failed: 0, remaining: 0 };
  // Not more than goes out in a second: a rate is no rate when the whole of a batch leaves at once.
  const size = Math.min(batchSize, ratePerSecond ?? batchSize);
  while (left(budget.begin) > 0) {
    const claim = await campaigns.claimBatch(size, leaseSeconds);
    if (claim.batch === null) {
      report.remaining = claim.remaining;
      break;
    }
    const { batch } = claim;
    const begun = performance.now();
    report.claimed += batch.deliveries.length;
    const mails = await mailsOf(batch, transport, links);
    if (mails === null) {
      const reason = campaignNotes.unusable;
      const { mayBeTaken } = batch;
      const postponement = { reason, retrySeconds: null, mayBeTaken };
      report.remaining = (await campaigns.postponeBatch(batch.id, postponement)).remaining;
      continue;
    }
    const attempt = await send(transport, mails, batch, left(budget.finish));
    if (attempt === "unknown") {
      report.remaining += batch.deliveries.length;
      break;
    }
    if (attempt instanceof MailProviderError) {
      reportMailFailure(transport, attempt);
      const { remaining } = await campaigns.postponeBatch(batch.id, {
        reason: attempt.notice,
        retrySeconds,
        // Most answers tell nothing of what became of the batch before.
        mayBeTaken: attempt.failure === "unknown" ||
          (batch.mayBeTaken && !provesUntaken(transport, attempt)),
      });
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

/** Null when no messages can be made of what is stored: one campaign must not keep the others from being sent. */
async function mailsOf(
  { id, material, deliveries }: ClaimedBatch,
  { sender }: MailTransport,
  links: UnsubscribeLinks,
): Promise<Mail[] | null> {
  if (material === null) return null;
  const artistId = material.campaign.artist_id;
  try {
    return await Promise.all(deliveries.map(async ({ address, name, reference }) => {
      const unsubscribeUrl = await links.linkFor({ artistId, address });
      return campaignMail(material, { address, name, unsubscribeUrl }, sender, reference);
    }));
  } catch (error) {
    console.error(JSON.stringify({ batch: id, error: String(error) }));
    return null;
  }
}

/**
 * Unknown: the time was over before the answer came. A provider that knows the key of a batch it may have taken, with
 * other words, has taken it: its campaign was edited since, or somebody has left the list.
 */
async function send(
  transport: MailTransport,
  mails: Mail[],
  { id, mayBeTaken }: ClaimedBatch,
  milliseconds: number,
): Promise<MailOutcome[] | MailProviderError | "unknown"> {
  try {
    return await deadline(
      transport.send(mails, `campaigns/${id}`),
      Math.max(0, milliseconds),
      {},
    );
  } catch (error) {
    if (error instanceof MailProviderError) {
      const isTaken = error.failure === "key_used" && mayBeTaken;
      return isTaken ? mails.map(() => ({ accepted: true, providerMessageId: null })) : error;
    }
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
        reason: outcome.reason,
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
