import assert from "node:assert/strict";
import {
  type Campaign,
  type CampaignAction,
  campaignTransitions,
} from "../../supabase/functions/_shared/domain/campaign.ts";
import {
  addressesOf,
  allRefused,
  artistWithBuyers,
  claim,
  sellTo,
  sendAll,
  words,
} from "./campaign-making.ts";
import type { ConformanceContext, ConformanceTest, Somebody } from "./conformance-context.ts";
import { assertRefused, outcomesOf } from "./expect.ts";

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

/** Campaigns as artists start and stop them. */
export function campaignActionTests(test: ConformanceTest): void {
  test("each action is possible in the statuses it names, and changes nothing in the others", async (context) => {
    await sendAll(context);
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    for (const [action, from] of Object.entries(campaignTransitions)) {
      for (const [status, bring] of Object.entries(waysTo)) {
        const { id } = await campaigns.create(words);
        await bring(context, artist, id);
        const before = await campaigns.find(id);
        assert.equal(before.status, status);
        if (from.some((name) => name === status)) {
          const { status: after } = await act(artist, id, action as CampaignAction);
          assert.equal(after, results[action as CampaignAction], `${action} when ${status}`);
        } else {
          await assertRefused(act(artist, id, action as CampaignAction), "invalid_transition");
          assert.deepEqual(await campaigns.find(id), before, `${action} when ${status}`);
        }
        await campaigns.cancel(id).catch(() => {});
      }
    }
  });

  test("a campaign is edited as a draft, scheduled or paused, and deleted unless being sent", async (context) => {
    await sendAll(context);
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    for (const [status, bring] of Object.entries(waysTo)) {
      const { id } = await campaigns.create(words);
      await bring(context, artist, id);
      const edit = campaigns.update(id, { subject: "Правка" });
      if (["draft", "scheduled", "paused"].includes(status)) {
        assert.equal((await edit).subject, "Правка");
        assert.equal((await campaigns.find(id)).status, status);
      } else await assertRefused(edit, "invalid_transition");
      if (status === "sending") {
        await assertRefused(campaigns.delete(id), "invalid_transition");
        await campaigns.cancel(id);
      }
      await campaigns.delete(id);
      await assertRefused(campaigns.find(id), "not_found");
    }
  });

  test("sending resolves the recipients, once", async (context) => {
    await sendAll(context);
    const { artist, concertId, buyers } = await artistWithBuyers(context, 3);
    const { campaigns } = artist.database;
    const { id } = await campaigns.create(words);
    const { value, replayed } = await campaigns.send(id, null);
    assert.equal(replayed, false);
    assert.deepEqual([value.status, value.recipient_count], ["sending", 3]);
    assert.ok(Math.abs(Date.parse(value.delivery_started_at ?? "") - Date.now()) < 60_000);
    assert.deepEqual(await campaigns.find(id), value);
    await sellTo(artist, concertId, ["later@example.com"]);
    await campaigns.pause(id);
    await assertRefused(
      campaigns.update(id, { recipient_filter: { cities: ["Омск"] } }),
      "validation_failed",
      ["recipient_filter"],
    );
    assert.equal((await campaigns.resume(id)).recipient_count, 3);
    assert.deepEqual(addressesOf(await sendAll(context)), buyers);
  });

  test("a campaign for nobody is not sent", async (context) => {
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    const draft = await campaigns.create({ ...words, recipient_filter: { cities: ["Нигде"] } });
    await assertRefused(campaigns.send(draft.id, null), "validation_failed", ["recipient_filter"]);
    assert.deepEqual(await campaigns.find(draft.id), draft);
  });

  test("a time that is past, and an end before the beginning, are refused", async (context) => {
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    const past = new Date(Date.now() - 1000).toISOString();
    const { id } = await campaigns.create(words);
    await assertRefused(campaigns.schedule(id, past), "validation_failed", ["scheduled_for"]);
    await campaigns.update(id, { send_before: past });
    await assertRefused(campaigns.send(id, null), "validation_failed", ["send_before"]);
    await assertRefused(campaigns.schedule(id, inAnHour()), "validation_failed", ["send_before"]);
    await campaigns.update(id, { send_before: null });
    await campaigns.schedule(id, inAnHour());
    await assertRefused(
      campaigns.update(id, { send_before: past }),
      "validation_failed",
      ["send_before"],
    );
    await campaigns.cancel(id);
  });

  test("a paused campaign whose time is still to come waits for it again", async (context) => {
    const { artist } = await artistWithBuyers(context, 1);
    const { campaigns } = artist.database;
    const { id } = await campaigns.create(words);
    const time = inAnHour();
    await campaigns.schedule(id, time);
    await campaigns.pause(id);
    const { status, scheduled_for } = await campaigns.resume(id);
    assert.deepEqual([status, scheduled_for], ["scheduled", time]);
    await campaigns.cancel(id);
  });

  test("the same request sent again gets the first answer; its key is good for no other", async (context) => {
    await sendAll(context);
    const { artist } = await artistWithBuyers(context, 2);
    const { campaigns } = artist.database;
    const [one, two] = [await campaigns.create(words), await campaigns.create(words)];
    const idempotency = { key: "отправить", fingerprint: "a" };
    const first = await campaigns.send(one.id, idempotency);
    await campaigns.pause(one.id);
    for (let index = 0; index < 2; index++) {
      assert.deepEqual(await campaigns.send(one.id, idempotency), {
        value: first.value,
        replayed: true,
      });
    }
    await assertRefused(
      campaigns.send(two.id, { key: "отправить", fingerprint: "b" }),
      "idempotency_mismatch",
    );
    assert.equal((await campaigns.find(two.id)).status, "draft");
    // A refusal is not remembered.
    await assertRefused(
      campaigns.send(one.id, { key: "ещё раз", fingerprint: "c" }),
      "invalid_transition",
    );
    await campaigns.send(two.id, { key: "ещё раз", fingerprint: "d" });
    await campaigns.cancel(one.id);
    await campaigns.cancel(two.id);
  });

  test("of those who send a campaign at once, one starts it", async (context) => {
    await sendAll(context);
    const { artist, buyers } = await artistWithBuyers(context, 3);
    const other = await context.openAnotherBackend();
    const { id } = await artist.database.campaigns.create(words);
    const sends = Array.from({ length: 6 }, (_, index) => {
      const database = index % 2 ? artist.database : other.open(artist);
      return database.campaigns.send(id, null);
    });
    const { succeeded, refused } = await outcomesOf(sends);
    assert.deepEqual([succeeded, refused], [1, { invalid_transition: 5 }]);
    assert.deepEqual(addressesOf(await sendAll(context)), buyers);
  });
}

/** How a draft gets into each status. */
const waysTo: Record<
  Campaign["status"],
  (context: ConformanceContext, artist: Somebody, id: string) => Promise<unknown>
> = {
  draft: () => Promise.resolve(),
  scheduled: (_, { database }, id) => database.campaigns.schedule(id, inAnHour()),
  sending: (_, { database }, id) => database.campaigns.send(id, null),
  async paused(_, { database }, id) {
    await database.campaigns.send(id, null);
    await database.campaigns.pause(id);
  },
  async sent(context, { database }, id) {
    await database.campaigns.send(id, null);
    await sendAll(context);
  },
  cancelled: (_, { database }, id) => database.campaigns.cancel(id),
  async failed(context, { database }, id) {
    await database.campaigns.send(id, null);
    const batch = await claim(context);
    await context.service.campaigns.recordBatch(batch.id, allRefused(batch, true));
  },
};

const results: Record<CampaignAction, Campaign["status"]> = {
  schedule: "scheduled",
  send: "sending",
  pause: "paused",
  resume: "sending",
  cancel: "cancelled",
};

async function act({ database }: Somebody, id: string, action: CampaignAction): Promise<Campaign> {
  const { campaigns } = database;
  if (action === "schedule") return await campaigns.schedule(id, inAnHour());
  if (action === "send") return (await campaigns.send(id, null)).value;
  return await campaigns[action](id);
}
