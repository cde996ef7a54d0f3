import assert from "node:assert/strict";
import type { ClaimedNotifications } from "../../supabase/functions/_shared/database/notification-repository.ts";
import type { DeliveryOutcome } from "../../supabase/functions/_shared/domain/delivery.ts";
import { defaultNotificationSettings } from "../../supabase/functions/_shared/domain/notification-settings.ts";
import { maximumPushSubscriptions } from "../../supabase/functions/_shared/domain/push-subscription.ts";
import { completeConcert, dateInDays } from "./concert-making.ts";
import type { ConformanceContext, ConformanceTest } from "./conformance-context.ts";
import { assertRefused } from "./expect.ts";
import { listOf, newReminder } from "./notifications.ts";

/** Takes everything that other tests have left due. */
async function clear({ service, fixtures }: ConformanceContext): Promise<void> {
  await fixtures.notifications.endLeases();
  for (let claim = await claimDue(service); claim; claim = await claimDue(service)) {
    await recordAll(service, claim, { status: "cancelled", reason: "another test's" });
  }
}

function claimDue({ notifications }: ConformanceContext["service"], limit = 100) {
  return notifications.claimDue(limit);
}

async function recordAll(
  { notifications }: ConformanceContext["service"],
  claim: ClaimedNotifications,
  outcome: DeliveryOutcome,
): Promise<void> {
  const outcomes = new Map(claim.notifications.map(({ id }) => [id, outcome]));
  await notifications.recordDeliveries([claim.id], { outcomes, goneEndpoints: [] });
}

function idsOf(claim: ClaimedNotifications | null): string[] {
  return claim?.notifications.map(({ id }) => id) ?? [];
}

function subscription(name: string) {
  return {
    endpoint: `https://push.example.com/${crypto.randomUUID()}/${name}?a=b,c("d")`,
    keys: { p256dh: `key-${name}`, auth: `auth-${name}` },
  };
}

/** Claiming what is due and recording what became of it. */
export function notificationDeliveryTests(test: ConformanceTest): void {
  test("what is due comes with all that decides about it", async (context) => {
    await clear(context);
    const email = `${crypto.randomUUID()}@example.com`;
    const artist = await context.makeAccount({ email, verified: true });
    await artist.database.concerts.create({ title: "Рок" });
    const browser = subscription("one");
    await artist.database.notifications.subscribe(browser);
    await artist.database.notifications.updateSettings({ promotions_enabled: false });
    const reminder = await artist.database.notifications.create(newReminder({ channel: "push" }));
    assert.equal(await claimDue(context.service), null, "its time has not come");
    await context.fixtures.notifications.letTimePass(artist.id);
    const claim = await claimDue(context.service);
    assert.deepEqual(claim?.notifications, [{
      id: reminder.id,
      user_id: artist.id,
      notification_type: "reminder",
      title: reminder.title,
      message: reminder.message,
      link: null,
      channel: "push",
      attempts: 1,
      settings: { ...defaultNotificationSettings, promotions_enabled: false },
      email,
      subscriptions: [browser],
      pointless: null,
    }]);
    assert.equal((await listOf(artist))[0].status, "sending");
    assert.equal(await claimDue(context.service), null, "it is taken");
  });

  test("an address that nobody has confirmed, settings nobody has chosen", async (context) => {
    await clear(context);
    const user = await context.makeArtist();
    await context.fixtures.notifications.addDue({
      userId: user.id,
      type: "system",
      channel: "email",
    });
    const [due] = (await claimDue(context.service))?.notifications ?? [];
    assert.deepEqual([due.email, due.settings, due.subscriptions], [null, null, []]);
  });

  test("only services claim and record", async (context) => {
    for (const database of [context.visitor, (await context.makeModerator()).database]) {
      await assertRefused(database.notifications.claimDue(1), "forbidden");
      await assertRefused(
        database.notifications.recordDeliveries([crypto.randomUUID()], {
          outcomes: new Map(),
          goneEndpoints: [],
        }),
        "forbidden",
      );
    }
  });

  test("ten at once share what is due, and none gets anything twice", async (context) => {
    await clear(context);
    const user = await context.makeArtist();
    const due = await Promise.all(
      Array.from(
        { length: 30 },
        () =>
          context.fixtures.notifications.addDue({
            userId: user.id,
            type: "system",
            channel: "email",
          }),
      ),
    );
    const other = (await context.openAnotherBackend()).open({ kind: "service" });
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, index) => claimDue(index % 2 ? other : context.service, 7)),
    );
    const taken = claims.flatMap(idsOf);
    assert.equal(new Set(taken).size, taken.length, "nothing twice");
    // Who was too late for one may find others; nothing is lost.
    for (let claim = await claimDue(other); claim; claim = await claimDue(other)) {
      taken.push(...idsOf(claim));
    }
    assert.deepEqual(taken.toSorted(), due.toSorted());
    const ids = new Set(claims.map((claim) => claim?.id).filter((id) => id !== undefined));
    assert.equal(ids.size, claims.filter((claim) => claim !== null).length);
  });

  test("outcomes are recorded", async (context) => {
    await clear(context);
    const user = await context.makeArtist();
    const outcomes: DeliveryOutcome[] = [
      { status: "sent" },
      { status: "cancelled", reason: "Отключено в настройках" },
      { status: "failed", reason: "нет подтверждённого адреса почты" },
      { status: "retry", reason: "451 later", inSeconds: 300 },
      { status: "released", reason: null, inSeconds: 0 },
    ];
    for (let index = 0; index < outcomes.length; index++) {
      await context.fixtures.notifications.addDue({
        userId: user.id,
        type: "system",
        channel: "email",
      });
    }
    const claim = await claimDue(context.service);
    assert.ok(claim);
    const ids = idsOf(claim);
    const started = Date.now();
    await context.service.notifications.recordDeliveries([claim.id], {
      outcomes: new Map(ids.map((id, index) => [id, outcomes[index]])),
      goneEndpoints: [],
    });
    const rows = new Map((await listOf(user)).map((row) => [row.id, row]));
    assert.deepEqual(
      ids.map((id) => rows.get(id)).map((row) => [
        row?.status,
        row?.error_message,
        row?.attempts,
        row?.sent_at !== null,
      ]),
      [
        ["sent", null, 1, true],
        ["cancelled", "Отключено в настройках", 1, false],
        ["failed", "нет подтверждённого адреса почты", 1, false],
        ["pending", "451 later", 1, false],
        ["pending", null, 0, false],
      ],
    );
    const retryAt = await context.fixtures.notifications.retryAt(ids[3]);
    assert.ok(Math.abs((retryAt?.getTime() ?? 0) - started - 300_000) < 10_000);
    const back = await claimDue(context.service);
    assert.ok(back);
    assert.deepEqual(idsOf(back), [ids[4]], "what was handed back");
    await recordAll(context.service, back, { status: "sent" });
    await context.fixtures.notifications.letTimePass(user.id);
    const again = await claimDue(context.service);
    assert.deepEqual(again?.notifications.map(({ id, attempts }) => [id, attempts]), [[ids[3], 2]]);
  });

  test("what is not claimed under that id stays as it is", async (context) => {
    await clear(context);
    const user = await context.makeArtist();
    await context.fixtures.notifications.addDue({
      userId: user.id,
      type: "system",
      channel: "email",
    });
    const claim = await claimDue(context.service);
    assert.ok(claim);
    await recordAll(context.service, { ...claim, id: crypto.randomUUID() }, { status: "sent" });
    assert.equal((await listOf(user))[0].status, "sending");
    await recordAll(context.service, claim, { status: "sent" });
    await recordAll(context.service, claim, { status: "failed", reason: "too late" });
    assert.equal((await listOf(user))[0].status, "sent");
  });

  test("a claim that was abandoned comes back whole, once, and with its id", async (context) => {
    await clear(context);
    const user = await context.makeArtist();
    const add = () =>
      context.fixtures.notifications.addDue({ userId: user.id, type: "system", channel: "email" });
    await Promise.all([add(), add(), add()]);
    const lost = await claimDue(context.service);
    assert.equal(lost?.notifications.length, 3);
    const later = await add();
    assert.deepEqual(idsOf(await claimDue(context.service)), [later], "it is somebody's still");
    const [recorded] = idsOf(lost);
    await context.service.notifications.recordDeliveries([lost?.id ?? ""], {
      outcomes: new Map([[recorded, { status: "sent" }]]),
      goneEndpoints: [],
    });
    await context.fixtures.notifications.letTimePass(user.id);
    const other = (await context.openAnotherBackend()).open({ kind: "service" });
    // Of two at once one may find nothing: only one looks for abandoned claims, of which there are two.
    const claims = (await Promise.all([claimDue(context.service, 1), claimDue(other, 1)]))
      .filter((claim) => claim !== null);
    for (let next = await claimDue(other, 1); next; next = await claimDue(other, 1)) {
      claims.push(next);
    }
    const back = claims.find(({ id }) => id === lost?.id);
    assert.deepEqual(idsOf(back ?? null), idsOf(lost).slice(1), "all of it, whatever the limit");
    assert.deepEqual(back?.notifications.map(({ attempts }) => attempts), [2, 2]);
    assert.equal(claims.filter(({ id }) => id === lost?.id).length, 1);
  });

  test("a reminder of a concert that has begun is of no use", async (context) => {
    await clear(context);
    const artist = await context.makeArtist();
    const concert = await artist.database.concerts.create(
      completeConcert({ event_date: dateInDays(40) }),
    );
    await artist.database.notifications.createReminders(concert.id);
    const own = await artist.database.notifications.create(newReminder({ concert_id: concert.id }));
    await context.fixtures.notifications.letTimePass(artist.id);
    const first = await claimDue(context.service);
    assert.ok(first);
    assert.ok(first.notifications.every(({ pointless }) => pointless === null));
    await recordAll(context.service, first, { status: "released", reason: null, inSeconds: 0 });
    // What is due already does not move with the concert's past.
    await context.fixtures.notifications.beginConcert(concert.id);
    const claim = await claimDue(context.service);
    const reasons = new Map(claim?.notifications.map(({ id, pointless }) => [id, pointless]));
    assert.equal(reasons.size, 4);
    assert.equal(reasons.get(own.id), null, "its time was chosen");
    reasons.delete(own.id);
    assert.deepEqual([...new Set(reasons.values())], ["Концерт уже начался"]);
  });

  test("a browser is one person's, and a person has ten", async (context) => {
    await clear(context);
    const [one, two] = [await context.makeArtist(), await context.makeArtist()];
    const endpointsOf = async (userId: string) => {
      await context.fixtures.notifications.addDue({ userId, type: "system", channel: "push" });
      const claim = await claimDue(context.service);
      return claim?.notifications[0].subscriptions.map(({ endpoint }) => endpoint);
    };
    const shared = subscription("shared");
    await one.database.notifications.subscribe(shared);
    await one.database.notifications.subscribe(shared);
    assert.deepEqual(await endpointsOf(one.id), [shared.endpoint]);
    await two.database.notifications.subscribe({
      ...shared,
      keys: { p256dh: "other", auth: "other" },
    });
    assert.deepEqual(await endpointsOf(one.id), []);
    assert.deepEqual(await endpointsOf(two.id), [shared.endpoint]);
    await assertRefused(one.database.notifications.unsubscribe(shared.endpoint), "not_found");

    const browsers = Array.from({ length: 11 }, (_, index) => subscription(String(index)));
    for (const browser of browsers) await two.database.notifications.subscribe(browser);
    assert.deepEqual(
      await endpointsOf(two.id),
      browsers.slice(-maximumPushSubscriptions).map(({ endpoint }) => endpoint),
    );
    await two.database.notifications.unsubscribe(browsers[10].endpoint);
    await assertRefused(two.database.notifications.unsubscribe(browsers[10].endpoint), "not_found");
    assert.equal((await endpointsOf(two.id))?.length, 9);
  });

  test("browsers that are gone are forgotten", async (context) => {
    await clear(context);
    const user = await context.makeArtist();
    const [gone, here] = [subscription("gone"), subscription("here")];
    await user.database.notifications.subscribe(gone);
    await user.database.notifications.subscribe(here);
    await context.service.notifications.recordDeliveries([crypto.randomUUID()], {
      outcomes: new Map(),
      goneEndpoints: [gone.endpoint],
    });
    await assertRefused(user.database.notifications.unsubscribe(gone.endpoint), "not_found");
    await user.database.notifications.unsubscribe(here.endpoint);
  });
}
