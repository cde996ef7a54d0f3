import assert from "node:assert/strict";
import {
  allAccepted,
  allRefused,
  claim,
  longLease,
  sellTo,
  sendAll,
  words,
} from "../conformance/campaign-making.ts";
import { completeConcert, publicConcert } from "../conformance/concert-making.ts";
import type { ConformanceContext, Somebody } from "../conformance/conformance-context.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import { connect, eventOf, sell } from "../conformance/sale-making.ts";
import { signIn } from "../support/caller-tokens.ts";

/** Somebody whose account, and perhaps records, there were before. */
export async function knownPerson(
  { stack, backend }: ConformanceContext,
  id: string,
): Promise<Somebody> {
  const person = await signIn(stack, { id });
  const caller = { kind: "user" as const, isModerator: false, ...person };
  return { ...caller, database: backend.open(caller) };
}

/** Whatever artists, buyers, moderators and dispatchers do: every method that writes is called, and succeeds. */
export async function workingDay(context: ConformanceContext, artist: Somebody): Promise<void> {
  await profileAndSettings(context, artist);
  await oldRecords(artist);
  const concertId = await concertLife(context, artist);
  await tickets(context, artist, concertId);
  await reminders(context, artist, concertId);
  await mail(context, artist, concertId);
}

async function profileAndSettings(_: ConformanceContext, { database }: Somebody): Promise<void> {
  const username = `artist_${crypto.randomUUID().slice(0, 8)}`;
  await database.artists.updateOwn({ username, city: "Казань" });
  await database.artists.updateOwn({ username: `${username}x`, full_name: "Имя" });
  await database.notifications.updateSettings({ push_enabled: true, reminder_days_before: [1, 3] });
  const keys = { p256dh: "BNcRd…", auth: "tBH…" };
  const endpoints = [1, 2].map(() => `https://push.example.org/${crypto.randomUUID()}`);
  for (const endpoint of endpoints) await database.notifications.subscribe({ endpoint, keys });
  await database.notifications.unsubscribe(endpoints[0]);
}

/** What an owner of old records does with them, as far as there are any: changes and removes. */
async function oldRecords({ database }: Somebody): Promise<void> {
  const { concerts, notifications, campaigns } = database;
  const page = { limit: 100, after: null };
  const old = <Item extends { legacy_id: string | null }>(items: Item[]) =>
    items.filter(({ legacy_id }) => legacy_id !== null);

  const own = old((await concerts.listOwn({ status: null, when: "all" }, page)).items);
  const [edited, hidden] = own.filter(({ is_cancelled }) => !is_cancelled);
  if (edited) await concerts.update(edited.id, { description: "Обновлено" });
  if (hidden) await concerts.setHidden(hidden.id, !hidden.is_hidden);
  const unsold = own.find(({ tickets_sold }) => tickets_sold === 0);
  // One whose sales were all cancelled stays.
  if (unsold) await concerts.delete(unsold.id).catch(unlessConflict);

  const any = { type: null, status: null, unread: null, archived: null };
  const told = old((await notifications.list(any, page)).items);
  for (const { id } of told.slice(0, 2)) await notifications.delete(id);
  if (told[2]) await notifications.update(told[2].id, { is_archived: true });

  const [written, ...others] = old((await campaigns.listOwn({ status: "draft" }, page)).items);
  if (written) await campaigns.update(written.id, { subject: "Новая тема" });
  if (others[0]) await campaigns.delete(others[0].id);
}

function unlessConflict(error: unknown): void {
  if (!(error instanceof Refusal) || error.code !== "conflict") throw error;
}

async function concertLife(context: ConformanceContext, artist: Somebody): Promise<string> {
  const { concerts, coins } = artist.database;
  const { id } = await publicConcert(context, artist, { ticket_capacity: 8 });
  const { balance } = await coins.listOwn({ limit: 1, after: null });
  if (balance >= 100) {
    await concerts.promote(id, 7, { key: crypto.randomUUID(), fingerprint: "promote" });
  }
  for (const event of ["views", "clicks", "shares"] as const) {
    await context.visitor.concerts.countEvent(id, event);
  }
  await concerts.setHidden(id, true);
  await concerts.setHidden(id, false);
  const draft = await concerts.create(completeConcert({ title: "Черновик" }));
  await concerts.update(draft.id, { description: null });
  await concerts.delete(draft.id);
  const cancelled = await publicConcert(context, artist);
  await artist.database.notifications.createReminders(cancelled.id);
  await concerts.cancel(cancelled.id);
  return id;
}

async function tickets(
  { service }: ConformanceContext,
  artist: Somebody,
  concertId: string,
): Promise<void> {
  const { sales, ticketConnections } = artist.database;
  // Nobody who has left an artist's list on another day.
  const buyers = [1, 2, 3, 4].map((buyer) => `${buyer}-${crypto.randomUUID()}@example.com`);
  await sellTo(artist, concertId, buyers);
  const first = await sell(artist, concertId, { quantity: 1 });
  await sales.cancel(first.id, { key: crypto.randomUUID(), fingerprint: "cancel" });
  const second = await sell(artist, concertId, { quantity: 1 });
  await sales.refund(second.id, { amount: 100, reason: "Половина" }, null);
  await sales.refund(second.id, { reason: "Остальное" }, null);
  await connect(artist, "kassir");
  await connect(artist, "afisha");
  await ticketConnections.remove("afisha");
  const external_transaction_id = `tx-${crypto.randomUUID()}`;
  for (const status of ["pending", "confirmed", "refunded"] as const) {
    const event = eventOf(concertId, { external_transaction_id, quantity: 1, status });
    assert.equal((await service.sales.applyEvent("kassir", event)).applied, true);
  }
}

async function reminders(
  context: ConformanceContext,
  artist: Somebody,
  concertId: string,
): Promise<void> {
  const { notifications, concerts } = artist.database;
  const own = await notifications.create({
    concert_id: concertId,
    title: "Позвонить в клуб",
    message: "",
    scheduled_for: new Date(Date.now() + 3_600_000).toISOString(),
    channel: "both",
  });
  await notifications.createReminders(concertId);
  await concerts.update(concertId, { event_time: "20:15" });
  await notifications.update(own.id, { is_archived: true });
  await notifications.markAllRead();
  await notifications.delete(own.id);
  await context.fixtures.notifications.addDue({
    userId: artist.id,
    type: "system",
    channel: "both",
  });
  const due = await context.service.notifications.claimDue(100);
  assert.ok(due);
  await context.service.notifications.recordDeliveries([due.id], {
    outcomes: new Map(
      due.notifications.map(({ id }, index) => [
        id,
        index === 0
          ? { status: "retry", reason: "try later", inSeconds: 600 } as const
          : { status: "sent" } as const,
      ]),
    ),
    goneEndpoints: [],
  });
}

async function mail(
  context: ConformanceContext,
  artist: Somebody,
  concertId: string,
): Promise<void> {
  await sendAll(context);
  const { campaigns } = artist.database;
  const { service } = context;
  const letter = { ...words, concert_id: concertId };
  const { id } = await campaigns.create(letter);
  await campaigns.update(id, { subject: "Совсем скоро" });
  await campaigns.schedule(id, new Date(Date.now() + 86_400_000).toISOString());
  await campaigns.pause(id);
  await campaigns.resume(id);
  await campaigns.send(id, { key: crypto.randomUUID(), fingerprint: "send" });
  const batch = await claim(context, 2);
  await service.campaigns.recordBatch(batch.id, allAccepted(batch));
  const [{ reference }] = batch.deliveries;
  for (const kind of ["delivered", "opened", "complained"] as const) {
    await service.campaigns.recordEvent({
      reference,
      provider_message_id: null,
      recipient: null,
      kind,
      happened_at: new Date().toISOString(),
      is_permanent: false,
    });
  }
  const late = await claim(context, 2, longLease);
  await service.campaigns.postponeBatch(late.id, {
    reason: "busy",
    retrySeconds: 0,
    mayBeTaken: true,
  });
  const again = await claim(context, 2);
  await service.campaigns.recordBatch(again.id, allRefused(again, true));
  await service.campaigns.suppress(artist.id, "nobody@example.com", "unsubscribed");

  const stopped = await campaigns.create(letter);
  await campaigns.send(stopped.id, null);
  await campaigns.cancel(stopped.id);
  const unsent = await campaigns.create(letter);
  await campaigns.delete(unsent.id);
}
