import type {
  Campaign,
  CampaignChanges,
  CampaignDelivery,
  CampaignStatus,
  DeliveryStatus,
  MailEvent,
  NewCampaign,
  SuppressionReason,
} from "../domain/campaign.ts";
import type { CampaignMaterial } from "../domain/campaign-mail.ts";
import type { Idempotency, Outcome } from "../domain/idempotency.ts";
import type { Page, PageRequest } from "../domain/paging.ts";

/** E-mail campaigns: their life, their recipients and what became of every message. */
export interface CampaignRepository {
  /** The caller's campaigns, newest first; the position's value is `created_at`. */
  listOwn(filter: { status: CampaignStatus | null }, page: PageRequest): Promise<Page<Campaign>>;
  /** Throws `not_found`. */
  find(id: string): Promise<Campaign>;
  /** Creates a draft of the caller's, and their profile if they have none. Throws `validation_failed`. */
  create(campaign: NewCampaign): Promise<Campaign>;
  /**
   * Changes what is named of a draft, scheduled or paused campaign. Throws `not_found`, `invalid_transition`,
   * `validation_failed`: the concert is not the caller's, the recipients are known already, or `send_before` is over
   * before the campaign is due.
   */
  update(id: string, changes: CampaignChanges): Promise<Campaign>;
  /** With its deliveries; suppressions stay. Throws `not_found`, `invalid_transition` while it is being sent. */
  delete(id: string): Promise<void>;
  /** What the campaign's messages are made of. Throws `not_found`. */
  material(id: string): Promise<CampaignMaterial>;
  /** Whom it would reach if it were sent now, and the first `sampleSize` addresses. Throws `not_found`. */
  audience(id: string, sampleSize: number): Promise<CampaignAudience>;
  /** Draft or scheduled → scheduled. Throws `not_found`, `invalid_transition`, `validation_failed`. */
  schedule(id: string, scheduledFor: string): Promise<Campaign>;
  /**
   * Draft or scheduled → sending; the recipients are resolved, once. Throws `not_found`, `invalid_transition`,
   * `validation_failed` (nobody to send to, or too late), `idempotency_mismatch`, `idempotency_in_flight`.
   */
  send(id: string, idempotency: Idempotency | null): Promise<Outcome<Campaign>>;
  /** Scheduled or sending → paused; what a worker has claimed still goes. Throws `not_found`, `invalid_transition`. */
  pause(id: string): Promise<Campaign>;
  /**
   * Paused or failed → sending, or scheduled when that was its state and the time is still to come. Messages that
   * failed are tried again by a failed campaign. Throws `not_found`, `invalid_transition`, `validation_failed`.
   */
  resume(id: string): Promise<Campaign>;
  /** → cancelled for good; who was not mailed is skipped. Throws `not_found`, `invalid_transition`. */
  cancel(id: string): Promise<Campaign>;
  /** In the order of sending; the position's value is the delivery's `position`. Throws `not_found`. */
  listDeliveries(
    id: string,
    filter: { status: DeliveryStatus | null },
    page: PageRequest,
  ): Promise<Page<CampaignDelivery>>;

  /**
   * Starts the campaigns that are due, ends those it is too late for, and claims messages of one that is being sent,
   * at most `size`, for `leaseSeconds`; only what remains when nothing is to be sent now. Of several campaigns each has its turn.
   * A batch whose lease ran out is claimed again under its id, before anything new. Whoever was suppressed since the
   * campaign began is left out of either. For services: throws `forbidden`.
   */
  claimBatch(size: number, leaseSeconds: number): Promise<Claim>;
  /**
   * Writes down what became of a batch's messages and ends the campaign when none is left. What failed for the moment
   * is tried again in another batch after `deliveryRetryMinutes`, and given up after `maximumDeliveryAttempts`. Saying
   * it twice changes nothing. For services.
   */
  recordBatch(batchId: string, results: DeliveryResult[]): Promise<Remaining>;
  /**
   * Gives a batch back that came to nothing; the third time in a row pauses its campaign with the reason. A batch that
   * may be taken is claimed again under its id; the messages of another are queued again. For services.
   */
  postponeBatch(batchId: string, postponement: Postponement): Promise<Remaining>;

  /**
   * Counts what became of a message, each kind once, in any order; a complaint and a permanent bounce suppress the
   * address for the artist, also when the campaign is deleted. What else is no message of a campaign is ignored. For
   * services.
   */
  recordEvent(event: MailEvent): Promise<void>;
  /**
   * The artist mails the address no more. The id may be the one they had before an account claimed their profile, which
   * mail from before has in its links and, as the recipient's, in its events. For services.
   */
  suppress(artistId: string, address: string, reason: SuppressionReason): Promise<void>;
}

export interface CampaignAudience {
  count: number;
  /** Addresses, in their order. */
  sample: string[];
}

/** Messages to be sent together now. */
export interface ClaimedBatch {
  /** The same when the same messages are claimed again: the idempotency key of their sending. */
  id: string;
  /** Whether it was claimed before, and the provider may have taken it. */
  mayBeTaken: boolean;
  /** Null when what is stored cannot be read. */
  material: CampaignMaterial | null;
  deliveries: ClaimedDelivery[];
}

export type Claim = ({ batch: ClaimedBatch }) | ({ batch: null } & Remaining);

export interface ClaimedDelivery {
  id: string;
  address: string;
  name: string | null;
  /** How the message is named to the provider, and its events name it to us. */
  reference: string;
}

/** Why a batch came to nothing, and what is to become of it. */
export interface Postponement {
  /** For the artist. */
  reason: string;
  /** When to come back; null: not before the artist resumes the campaign, which is paused. */
  retrySeconds: number | null;
  mayBeTaken: boolean;
}

/** What became of a claimed message. */
export interface DeliveryResult {
  /** The delivery's. */
  id: string;
  accepted: boolean;
  provider_message_id: string | null;
  /** Why it was not accepted; `permanent`: trying again is of no use. */
  reason: string | null;
  permanent: boolean;
}

export interface Remaining {
  /** Messages of campaigns being sent that are still to go. */
  remaining: number;
}
