import { pooledMap } from "deno-std/async/pool.js";
import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import { reminderTime } from "../../domain/concert-reminder.ts";
import { type DeliveryOutcome, type DueNotification, leaseSeconds } from "../../domain/delivery.ts";
import { notificationNotes } from "../../domain/notification.ts";
import { Refusal } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import type { ClaimedNotifications, DeliveryRecord } from "../notification-repository.ts";
import { openProfile } from "./artist-profiles.ts";
import { hasPending } from "./documents.ts";
import type { KvContext } from "./kv-context.ts";
import type { NotificationDocument, StoredNotification } from "./notification-documents.ts";
import { settingsByUser, settingsOf } from "./notification-settings.ts";
import { pushSubscriptionKey, pushSubscriptions } from "./push-subscriptions.ts";
import { isAutomatic } from "./automatic-reminders.ts";

/** Writes at once; each is a request. */
const parallelWrites = 10;

/** Takes what is due by conditional writes: of two dispatchers one gets each notification. */
export async function claimDue(
  context: KvContext,
  limit: number,
): Promise<ClaimedNotifications | null> {
  mustBeService(context);
  const all = await settledNotifications(context);
  const now = new Date();
  const claimed = await takeAbandoned(context, all, now) ?? await takeDue(context, all, limit, now);
  if (claimed === null) return null;
  const documents = claimed.documents.sort((one, other) => one.id < other.id ? -1 : 1);
  const { id, mayBeTaken } = claimed;
  return { id, mayBeTaken, notifications: await describe(context, documents, now) };
}

/** All notifications, after what a dead dispatcher had decided of some of them and not written to each is written. */
async function settledNotifications(context: KvContext): Promise<StoredNotification[]> {
  const all = await context.notifications.all();
  const unfinished = all.filter(({ document }) => hasPending(document));
  if (unfinished.length === 0) return all;
  for (const { row } of unfinished) await context.documents.settled(row.key);
  return await context.notifications.all();
}

interface Claim {
  id: string;
  mayBeTaken: boolean;
  documents: NotificationDocument[];
}

/**
 * Takes the whole of one claim whose time is over, under its old id. Its first notification decides who gets it, and
 * while any of it is somebody's all of it is: two who shared it would each send a part under the same id.
 */
async function takeAbandoned(
  context: KvContext,
  all: readonly StoredNotification[],
  now: Date,
): Promise<Claim | null> {
  const claims = Map.groupBy(
    all.filter(({ document }) => document.status === "sending"),
    ({ document }) => document.claim_id ?? "",
  );
  const isOver = ({ document }: StoredNotification) =>
    (document.lease_until ?? "") < now.toISOString();
  for (const [id, notifications] of claims) {
    if (!notifications.every(isOver)) continue;
    const [first, ...others] = notifications
      .sort((one, other) => one.document.id < other.document.id ? -1 : 1);
    const decider = await take(context, first, id, now);
    if (decider === null) continue;
    const documents = [decider, ...await takeRest(context, others, id, now)];
    return { id, mayBeTaken: true, documents };
  }
  return null;
}

/**
 * Takes those that are still in the claim, whoever has written to them since they were read: one that was left behind
 * would come back alone, under a key that the provider knows from the others.
 */
async function takeRest(
  { documents }: KvContext,
  others: readonly StoredNotification[],
  claimId: string,
  now: Date,
): Promise<NotificationDocument[]> {
  const taken = await Array.fromAsync(pooledMap(
    parallelWrites,
    others,
    ({ row: { key } }: StoredNotification) =>
      documents.change<NotificationDocument, NotificationDocument | null>(key, (current) => {
        if (!current || !isInClaim(current, [claimId])) return { result: null };
        const claimed = claimedBy(claimId, current, now);
        return { result: claimed, write: claimed };
      }),
  )) as (NotificationDocument | null)[];
  return taken.filter((document) => document !== null);
}

function isInClaim({ status, claim_id }: NotificationDocument, claimIds: readonly string[]) {
  return status === "sending" && claimIds.includes(claim_id ?? "");
}

async function takeDue(
  context: KvContext,
  all: readonly StoredNotification[],
  limit: number,
  now: Date,
): Promise<Claim | null> {
  const due = all.map((notification) => ({ notification, at: dueAt(notification.document) }))
    .filter(({ notification, at }) =>
      notification.document.status === "pending" && at !== null && at <= now.toISOString()
    )
    .sort((one, other) =>
      `${one.at} ${one.notification.document.id}` < `${other.at} ${other.notification.document.id}`
        ? -1
        : 1
    )
    .slice(0, limit)
    .map(({ notification }) => notification);
  const id = crypto.randomUUID();
  const documents = await takeAll(context, due, id, now);
  return documents.length === 0 ? null : { id, mayBeTaken: false, documents };
}

/** The later of both: a concert may have moved after it was decided when to try again. */
function dueAt({ retry_at = null, scheduled_for }: NotificationDocument): string | null {
  if (retry_at === null || scheduled_for === null) return retry_at ?? scheduled_for;
  return retry_at > scheduled_for ? retry_at : scheduled_for;
}

async function takeAll(
  context: KvContext,
  notifications: readonly StoredNotification[],
  claimId: string,
  now: Date,
): Promise<NotificationDocument[]> {
  const documents = await context.notifications.withConcerts(
    notifications.map(({ document }) => document),
  );
  const taken = await Array.fromAsync(pooledMap(
    parallelWrites,
    notifications.map(({ row }, index) => ({ row, document: documents[index] })),
    (notification: StoredNotification) => take(context, notification, claimId, now),
  )) as (NotificationDocument | null)[];
  return taken.filter((document) => document !== null);
}

/** Null when it is not as it was read any more: somebody else has taken or changed it. */
async function take(
  { table }: KvContext,
  { row, document }: StoredNotification,
  claimId: string,
  now: Date,
): Promise<NotificationDocument | null> {
  const claimed = claimedBy(claimId, document, now);
  return await table.replace(row, claimed) ? claimed : null;
}

function claimedBy(
  claim_id: string,
  document: NotificationDocument,
  now: Date,
): NotificationDocument {
  return {
    ...document,
    status: "sending",
    claim_id,
    lease_until: new Date(now.getTime() + leaseSeconds * 1000).toISOString(),
    attempts: document.attempts + 1,
    updated_at: now.toISOString(),
    rev: document.rev + 1,
  };
}

/** Adds what decides about the delivery: settings, addresses, and whether there is any use in it. */
async function describe(
  context: KvContext,
  documents: readonly NotificationDocument[],
  now: Date,
): Promise<DueNotification[]> {
  const [settings, browsers, emails, pointless] = await Promise.all([
    settingsByUser(context.table),
    pushSubscriptions(context.table),
    emailsOf(context, documents),
    pointlessReminders(context, documents, now),
  ]);
  const browsersByUser = Map.groupBy(browsers, ({ user_id }) => user_id);
  return documents.map((document) => {
    const chosen = settings.get(document.user_id);
    return {
      id: document.id,
      user_id: document.user_id,
      notification_type: document.notification_type,
      title: document.title,
      message: document.message,
      link: document.link,
      channel: document.channel,
      attempts: document.attempts,
      settings: chosen ? settingsOf(chosen) : null,
      email: emails.get(document.user_id) ?? null,
      subscriptions: (browsersByUser.get(document.user_id) ?? [])
        .sort((one, other) => one.created_at < other.created_at ? -1 : 1)
        .map(({ endpoint, keys }) => ({ endpoint, keys })),
      pointless: pointless.get(document.id) ?? null,
    };
  });
}

/** The addresses of the people's profiles, which come from their accounts. */
async function emailsOf(
  { table }: KvContext,
  documents: readonly NotificationDocument[],
): Promise<Map<string, string>> {
  const keys = new Set(documents.map(({ user_id }) => prefixes.profile + user_id));
  const emails = new Map<string, string>();
  for (const row of await table.getMany([...keys])) {
    const { id, email, claimed_by } = await openProfile(row);
    if (email !== null && claimed_by === undefined) emails.set(id, email);
  }
  return emails;
}

async function pointlessReminders(
  context: KvContext,
  documents: readonly NotificationDocument[],
  now: Date,
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  const reminders = documents.filter(({ notification_type }) => notification_type === "reminder");
  if (reminders.length === 0) return reasons;
  const concerts = new Map(
    (await context.finder.all()).map(({ document }) => [document.id, document]),
  );
  for (const reminder of reminders) {
    const concert = concerts.get(reminder.concert_id ?? "");
    const start = concert && reminderTime(concert, 0);
    const hasBegun = isAutomatic(reminder) && start && start <= now;
    if (concert?.is_cancelled) reasons.set(reminder.id, notificationNotes.concertCancelled);
    else if (hasBegun) reasons.set(reminder.id, notificationNotes.concertBegun);
    else if (isLongDue(reminder, now)) reasons.set(reminder.id, notificationNotes.tooLate);
  }
  return reasons;
}

/** The old store has reminders that nobody has ever sent. */
function isLongDue({ scheduled_for }: NotificationDocument, now: Date): boolean {
  return scheduled_for !== null && Date.parse(scheduled_for) < now.getTime() - 86_400_000;
}

/** Outcomes of what was to be mailed and was not. */
const unsent: readonly DeliveryOutcome["status"][] = ["apart", "failed", "retry", "released"];

/**
 * What was not sent leaves its claim first, all of it at once. Wherever the rest breaks off, what is still in the claim
 * was sent, or it is not known whether it was: what a provider that knows the key with other words is taken to mean.
 */
export async function recordDeliveries(
  context: KvContext,
  claimIds: readonly string[],
  { outcomes, goneEndpoints }: DeliveryRecord,
): Promise<void> {
  mustBeService(context);
  const recorded: Recorded[] = [];
  for (const notification of await context.notifications.all()) {
    const outcome = outcomes.get(notification.document.id);
    if (outcome && isInClaim(notification.document, claimIds)) {
      recorded.push({ ...notification, outcome });
    }
  }
  const isUnsent = ({ outcome }: Recorded) => unsent.includes(outcome.status);
  await recordTogether(context, recorded.filter(isUnsent), claimIds);
  await Array.fromAsync(pooledMap(
    parallelWrites,
    recorded.filter((notification) => !isUnsent(notification)),
    (notification: Recorded) => recordTogether(context, [notification], claimIds),
  ));
  for (const endpoint of goneEndpoints) {
    await context.table.removeKey(await pushSubscriptionKey(endpoint));
  }
}

interface Recorded extends StoredNotification {
  outcome: DeliveryOutcome;
}

/** One decision on the first that is still claimed, which writes it to the others. */
async function recordTogether(
  context: KvContext,
  [first, ...others]: readonly Recorded[],
  claimIds: readonly string[],
): Promise<void> {
  if (first === undefined) return;
  const isDecided = await context.documents.change<NotificationDocument, boolean>(
    first.row.key,
    (current) => {
      if (!current || !isInClaim(current, claimIds)) return { result: false };
      const now = new Date();
      return {
        result: true,
        write: { ...current, ...fieldsAfter(current, first.outcome, now) },
        followUps: others.map(({ row: { key }, document, outcome }) => ({
          key,
          set: fieldsAfter(document, outcome, now),
          where: { status: document.status, claim_id: document.claim_id },
        })),
      };
    },
  );
  if (!isDecided) await recordTogether(context, others, claimIds);
}

type DeliveryFields = Pick<
  NotificationDocument,
  | "status"
  | "sent_at"
  | "attempts"
  | "error_message"
  | "retry_at"
  | "claim_id"
  | "lease_until"
  | "updated_at"
>;

function fieldsAfter(
  current: NotificationDocument,
  outcome: DeliveryOutcome,
  now: Date,
): Partial<DeliveryFields> {
  const { status } = outcome;
  if (status === "apart") return { claim_id: outcome.claimId, updated_at: now.toISOString() };
  const told = {
    sent_at: status === "sent" ? now.toISOString() : null,
    error_message: "reason" in outcome ? outcome.reason : null,
    retry_at: null,
    claim_id: null,
    lease_until: null,
    updated_at: now.toISOString(),
  };
  if (!("inSeconds" in outcome)) return { ...told, status: outcome.status };
  const again = new Date(now.getTime() + outcome.inSeconds * 1000).toISOString();
  const attempts = Math.max(0, current.attempts - 1);
  if (status === "unknown") {
    // Tried again under the same claim, at no cost.
    const { claim_id } = current;
    return { ...told, status: "sending", attempts, claim_id, lease_until: again };
  }
  // Its concert may have moved meanwhile: then its new time decides.
  const isDue = (current.scheduled_for ?? "") <= now.toISOString();
  return {
    ...told,
    status: "pending",
    retry_at: isDue ? again : null,
    // What was handed back was not tried.
    attempts: status === "released" ? attempts : current.attempts,
  };
}

function mustBeService({ caller }: KvContext): void {
  if (!isAllowed(accessRules.notifications.dispatch, caller, null)) {
    throw new Refusal("forbidden");
  }
}
