import { pooledMap } from "deno-std/async/pool.js";
import type {
  ClaimedNotifications,
  DeliveryRecord,
  NotificationRepository,
} from "../_shared/database/notification-repository.ts";
import { isMailAddress } from "../_shared/delivery/mailbox.ts";
import {
  type Mail,
  MailProviderError,
  type MailTransport,
  provesUntaken,
} from "../_shared/delivery/mail-transport.ts";
import type { PushOutcome, PushTransport } from "../_shared/delivery/push-transport.ts";
import { reportMailFailure } from "../_shared/delivery/report-mail-failure.ts";
import {
  afterFailure,
  type DeliveryOutcome,
  type DueNotification,
  largestClaim,
  planDelivery,
} from "../_shared/domain/delivery.ts";
import { notificationNotes } from "../_shared/domain/notification.ts";
import type { PushSubscription } from "../_shared/domain/push-subscription.ts";

/** What one run has done. `failed` counts what is tried again, too. */
export interface DispatchReport {
  claimed: number;
  sent: number;
  failed: number;
  skipped: number;
}

export interface DispatchOptions {
  /** At most so many notifications; one claim that was abandoned may be more. */
  limit: number;
  /** Milliseconds after which nothing is begun any more, and after which nothing is waited for. */
  budget?: { begin: number; finish: number };
  /** Milliseconds that only go forward. */
  now?: () => number;
  random?: () => number;
}

/** The ways out, each opened with the first notification that takes it. */
export interface Transports {
  mail(): Promise<MailTransport>;
  push(): Promise<PushTransport>;
}

/** A function has 150 seconds to answer; a mail provider may take 30 of them. */
const usualBudget = { begin: 60_000, finish: 95_000 };

const parallelPushes = 10;

/** When to come back for what was not tried, or not to the end, in seconds. */
const comeBackAfter = 60;

/**
 * Sends what is due, claim by claim, until nothing is left, the limit is reached or the time is over. What was claimed
 * and not begun is handed back. What is neither recorded nor handed back, because its outcome is not known, is claimed
 * again under the same id when its lease ends.
 */
export async function dispatchNotifications(
  notifications: NotificationRepository,
  transports: Transports,
  { limit, budget = usualBudget, now = () => performance.now(), random = Math.random }:
    DispatchOptions,
): Promise<DispatchReport> {
  const started = now();
  const left = (milliseconds: number) => started + milliseconds - now();
  const report: DispatchReport = { claimed: 0, sent: 0, failed: 0, skipped: 0 };
  while (report.claimed < limit && left(budget.begin) > 0) {
    const claim = await notifications.claimDue(Math.min(limit - report.claimed, largestClaim));
    if (claim === null) break;
    const deliveries = new Deliveries(notifications, transports, {
      mayBegin: () => left(budget.begin) > 0,
      timeLeft: () => left(budget.finish),
    });
    const record = await deliveries.of(claim, random);
    await notifications.recordDeliveries([claim.id, ...deliveries.ownClaims], record);
    add(report, record.outcomes);
    // Whoever is away now will be so for the next hundred.
    if (deliveries.isProviderAway) break;
  }
  return report;
}

function add(report: DispatchReport, outcomes: DeliveryRecord["outcomes"]): void {
  for (const { status } of outcomes.values()) {
    if (status === "released" || status === "unknown" || status === "apart") continue;
    report.claimed++;
    if (status === "sent") report.sent++;
    else if (status === "cancelled") report.skipped++;
    else report.failed++;
  }
}

/** What became of a notification on one of its ways. */
type WayOutcome =
  | { kind: "accepted" }
  | { kind: "failed"; reason: string; permanent: boolean }
  /** Nothing was sent. */
  | { kind: "untried"; reason: string | null }
  /** It may have been sent. Without a reason it was an attempt, of which nothing is recorded. */
  | { kind: "unknown"; reason: string | null };

interface Timing {
  mayBegin(): boolean;
  /** Milliseconds for what has begun. */
  timeLeft(): number;
}

/** Sends the notifications of one claim. */
class Deliveries {
  isProviderAway = false;
  /** The claims of those that went on apart. */
  readonly ownClaims: string[] = [];
  private readonly goneEndpoints: string[] = [];

  constructor(
    private readonly notifications: NotificationRepository,
    private readonly transports: Transports,
    private readonly timing: Timing,
  ) {}

  async of(claim: ClaimedNotifications, random: () => number): Promise<DeliveryRecord> {
    const outcomes = new Map<string, DeliveryOutcome>();
    const toMail: MailTask[] = [];
    const toPush: PushTask[] = [];
    for (const notification of claim.notifications) {
      const plan = planDelivery(notification);
      if ("outcome" in plan) outcomes.set(notification.id, plan.outcome);
      else {
        if (plan.email !== null) toMail.push({ notification, address: plan.email });
        for (const to of plan.subscriptions) toPush.push({ notification, to });
      }
    }

    const [mailed, pushed] = await Promise.all([this.mail(claim, toMail), this.push(toPush)]);
    for (const notification of claim.notifications) {
      if (outcomes.has(notification.id)) continue;
      const isOf = ({ id }: TaskOutcome) => id === notification.id;
      const ways = [...mailed, ...pushed].filter(isOf).map(({ outcome }) => outcome);
      const outcome = outcomeOf(notification, ways, random) ?? leaving(mailed.find(isOf));
      if (outcome) outcomes.set(notification.id, outcome);
    }
    return { outcomes, goneEndpoints: this.goneEndpoints };
  }

  private async mail(
    { id: claimId, mayBeTaken }: ClaimedNotifications,
    tasks: MailTask[],
  ): Promise<TaskOutcome[]> {
    if (tasks.length === 0) return [];
    if (!this.timing.mayBegin()) return all(tasks, { kind: "untried", reason: null });
    const sendable = tasks.filter(({ address }) => isMailAddress(address));
    const unsendable = all(tasks.filter((task) => !sendable.includes(task)), notAnAddress);
    if (sendable.length === 0) return unsendable;
    const transport = await this.transports.mail();
    const outcomes = await this.mailTogether(transport, sendable, claimId, mayBeTaken);
    if (!(outcomes instanceof MailProviderError)) return [...unsendable, ...outcomes];
    const isOpen = mayBeTaken && !provesUntaken(transport, outcomes);
    if (sendable.length === 1 || isOpen) {
      return [...unsendable, ...all(sendable, wayOutcomeOf(outcomes, isOpen))];
    }
    return [...unsendable, ...await this.mailOneByOne(transport, claimId, sendable)];
  }

  /**
   * One of them may be what the provider will not have: the others are not to share its fate. Each becomes a claim of
   * its own before it is sent, so that whose answer is lost comes back alone, under the key it was sent with.
   */
  private async mailOneByOne(
    transport: MailTransport,
    claimId: string,
    tasks: MailTask[],
  ): Promise<TaskOutcome[]> {
    const apart = tasks.map((task) => ({ task, ownClaim: crypto.randomUUID() }));
    await this.notifications.recordDeliveries([claimId], {
      outcomes: new Map(
        apart.map(({ task, ownClaim }) => [
          task.notification.id,
          { status: "apart", claimId: ownClaim },
        ]),
      ),
      goneEndpoints: [],
    });
    this.ownClaims.push(...apart.map(({ ownClaim }) => ownClaim));
    const outcomes: TaskOutcome[] = [];
    for (const { task, ownClaim } of apart) {
      outcomes.push(...await this.mailAlone(transport, task, ownClaim));
    }
    return outcomes;
  }

  private async mailAlone(
    transport: MailTransport,
    task: MailTask,
    claimId: string,
  ): Promise<TaskOutcome[]> {
    if (this.isProviderAway || !this.timing.mayBegin()) {
      return all([task], { kind: "untried", reason: null });
    }
    const outcome = await this.mailTogether(transport, [task], claimId, false);
    return outcome instanceof MailProviderError
      ? all([task], wayOutcomeOf(outcome, false))
      : outcome;
  }

  /** The outcomes; the error where the provider will not have all of them together but may have some. */
  private async mailTogether(
    transport: MailTransport,
    tasks: MailTask[],
    claimId: string,
    mayBeTaken: boolean,
  ): Promise<TaskOutcome[] | MailProviderError> {
    try {
      const mails = tasks.map((task) => mailOf(task, transport));
      const sending = transport.send(mails, `notifications/${claimId}`);
      const sent = await withinTime(sending, this.timing.timeLeft());
      if (sent === null) return all(tasks, { kind: "unknown", reason: null });
      return tasks.map(({ notification: { id } }, index): TaskOutcome => {
        const outcome = sent[index];
        return {
          id,
          outcome: outcome.accepted ? { kind: "accepted" } : { kind: "failed", ...outcome },
        };
      });
    } catch (error) {
      if (!(error instanceof MailProviderError)) throw error;
      reportMailFailure(transport, error);
      // A claim has its id for itself: what is known under it are its own messages, of before something changed. That
      // they were refused then, and the answer was lost, cannot be told from that they were taken.
      if (error.failure === "key_used") return all(tasks, { kind: "accepted" });
      const isAboutUs = error.status === 401 || error.status === 403;
      if (error.failure === "refused" && !isAboutUs) return error;
      // Whoever is away, or does not know us, will be so for the next message.
      this.isProviderAway = true;
      return all(tasks, wayOutcomeOf(error, mayBeTaken));
    }
  }

  private async push(tasks: PushTask[]): Promise<TaskOutcome[]> {
    if (tasks.length === 0) return [];
    const transport = await this.transports.push();
    return await Array.fromAsync(
      pooledMap(parallelPushes, tasks, async (task: PushTask): Promise<TaskOutcome> => {
        const { notification: { id }, to } = task;
        if (!this.timing.mayBegin()) return { id, outcome: { kind: "untried", reason: null } };
        const outcome = await withinTime(send(transport, task), this.timing.timeLeft());
        if (outcome === null) return { id, outcome: { kind: "unknown", reason: null } };
        if (outcome.accepted) return { id, outcome: { kind: "accepted" } };
        if (outcome.gone) this.goneEndpoints.push(to.endpoint);
        return { id, outcome: { kind: "failed", ...outcome } };
      }),
    ) as TaskOutcome[];
  }
}

interface MailTask {
  notification: DueNotification;
  address: string;
}

interface PushTask {
  notification: DueNotification;
  to: PushSubscription;
}

interface TaskOutcome {
  id: string;
  outcome: WayOutcome;
}

function all(tasks: MailTask[], outcome: WayOutcome): TaskOutcome[] {
  return tasks.map(({ notification: { id } }) => ({ id, outcome }));
}

const notAnAddress: WayOutcome = {
  kind: "failed",
  reason: notificationNotes.badAddress,
  permanent: true,
};

/**
 * A refusal is an attempt; that there is no answer, or that the provider has too much to do, is not. Of a claim that may
 * be taken neither tells what became of it before: it keeps its id. So it does after a refusal that may be of anybody's,
 * which is an attempt all the same: what a gateway will not have, it will not have the next time.
 */
function wayOutcomeOf(
  { failure, status, notice: reason }: MailProviderError,
  mayBeTaken: boolean,
): WayOutcome {
  if (failure === "refused" && !mayBeTaken) return { kind: "failed", reason, permanent: false };
  if (failure === "refused" || status === 400 || status === 422) {
    return { kind: "unknown", reason: null };
  }
  return { kind: failure === "busy" && !mayBeTaken ? "untried" : "unknown", reason };
}

/** Told by one way is told. Undefined while it is not known whether it was. */
function outcomeOf(
  { attempts }: DueNotification,
  ways: WayOutcome[],
  random: () => number,
): DeliveryOutcome | undefined {
  if (ways.some(({ kind }) => kind === "accepted")) return { status: "sent" };
  const unknown = ways.find((way) => way.kind === "unknown");
  if (unknown) {
    const { reason } = unknown;
    return reason === null ? undefined : { status: "unknown", reason, inSeconds: comeBackAfter };
  }
  const failures = ways.filter((way) => way.kind === "failed");
  const reason = failures.map((way) => way.reason).join("; ");
  if (failures.some(({ permanent }) => !permanent)) return afterFailure(attempts, reason, random());
  const untried = ways.filter((way) => way.kind === "untried");
  if (untried.length === 0) return { status: "failed", reason };
  const why = untried.map((way) => way.reason).find((text) => text !== null) ?? null;
  return { status: "released", reason: why, inSeconds: why === null ? 0 : comeBackAfter };
}

/**
 * Whose mail was not taken waits for its push in a claim of its own: left among those whose mail was, it would count as
 * mailed. Undefined where it may have been.
 */
function leaving(mail: TaskOutcome | undefined): DeliveryOutcome | undefined {
  const isOut = mail?.outcome.kind === "failed" || mail?.outcome.kind === "untried";
  return isOut ? { status: "apart", claimId: crypto.randomUUID() } : undefined;
}

function mailOf(
  { notification: { id, title, message, link }, address }: MailTask,
  { sender }: MailTransport,
): Mail {
  const subject = title || "Promo.Music";
  const isWebAddress = link !== null && /^https?:/.test(link);
  return {
    to: { address, name: null },
    from: sender,
    subject,
    text: [message || subject, isWebAddress ? link : ""].filter((part) => part !== "").join("\n\n"),
    html: null,
    headers: {
      // The same however often it is tried, so that mail programs know it again.
      "Message-ID": `<notification-${id}@${sender.address.split("@")[1]}>`,
      // RFC 3834: answering machines do not answer it.
      "Auto-Submitted": "auto-generated",
    },
  };
}

function send(transport: PushTransport, { notification, to }: PushTask): Promise<PushOutcome> {
  const { id, title, message, link } = notification;
  return transport.send({ to, id, title: title || "Promo.Music", body: message, link });
}

/** Null when it takes longer. */
async function withinTime<Value>(
  promise: Promise<Value>,
  milliseconds: number,
): Promise<Value | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeOver = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([promise, timeOver]);
  } finally {
    clearTimeout(timer);
    // Whatever it comes to after all, nobody waits for it.
    promise.catch(() => {});
  }
}
