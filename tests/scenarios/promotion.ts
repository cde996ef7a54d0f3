import assert from "node:assert/strict";
import type { CoinTransaction } from "../../supabase/functions/_shared/domain/coins.ts";
import type { Concert } from "../../supabase/functions/_shared/domain/concert.ts";
import type { Person } from "../support/caller-tokens.ts";
import { assertRefused } from "./api-client.ts";
import { approve, approved, artistWithCoins, draft, pending } from "./concert-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

interface Ledger {
  balance: number;
  transactions: CoinTransaction[];
}

export function promotionScenarios(scenario: Scenario): void {
  scenario("promotion: 100 coins for every week begun", async (context) => {
    for (const [days, cost] of [[1, 100], [7, 100], [8, 200], [14, 200], [29, 500], [30, 500]]) {
      const artist = await artistWithCoins(context, 1000);
      const concert = await approved(context, artist, { title: `На ${days} дней` });
      const before = Date.now();
      const reply = await promote(context, artist, concert.id, days);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.headers.get("idempotent-replayed"), null);
      const { is_promoted, promotion_starts_at, promotion_ends_at, promotion_cost } =
        reply.body.data;
      assert.deepEqual([is_promoted, promotion_cost], [true, cost], `${days} days`);
      const start = Date.parse(promotion_starts_at ?? "");
      assert.ok(start >= before - 1000 && start <= Date.now() + 1000);
      assert.equal(Date.parse(promotion_ends_at ?? "") - start, days * 86_400_000);

      const { balance, transactions } = await ledgerOf(context, artist);
      assert.equal(balance, 1000 - cost);
      assert.equal(transactions[0].amount, -cost);
      assert.equal(transactions[0].type, "spend");
      assert.equal(
        transactions[0].description,
        `Продвижение концерта «На ${days} дней» на ${days} дн.`,
      );
      assert.equal(transactions.reduce((sum, { amount }) => sum + amount, 0), balance);
      const profile = await context.api.data<{ coins_balance: number }>(
        "GET",
        "/concerts/artists/me",
        { as: artist },
      );
      assert.equal(profile.coins_balance, balance);
    }
  });

  scenario("promotion: not without the coins, and then nothing changes", async (context) => {
    for (const [coins, days] of [[99, 1], [100, 8], [499, 30]]) {
      const artist = await artistWithCoins(context, coins);
      const { id } = await approved(context, artist);
      const before = await context.fixtures.everythingOf(artist.id);
      assertRefused(await promote(context, artist, id, days), "insufficient_coins");
      assert.equal(await context.fixtures.everythingOf(artist.id), before);
      assert.equal((await ledgerOf(context, artist)).balance, coins);
    }
    const penniless = await context.makeArtist();
    const { id } = await approved(context, penniless);
    assertRefused(await promote(context, penniless, id, 1), "insufficient_coins");
  });

  scenario("promotion: only what the public can see, and not twice", async (context) => {
    const { api } = context;
    const artist = await artistWithCoins(context, 1000);
    const hidden = await approved(context, artist);
    await api.data("POST", `/concerts/${hidden.id}/hide`, { as: artist });
    const waiting = await pending(context, artist);
    const draftOne = await draft(context, artist);
    for (const { id } of [hidden, waiting, draftOne]) {
      assertRefused(await promote(context, artist, id, 7), "invalid_transition");
    }
    const { id } = await approved(context, artist);
    assert.equal((await promote(context, artist, id, 7)).status, 200);
    const before = await context.fixtures.everythingOf(artist.id);
    assertRefused(await promote(context, artist, id, 7), "already_promoted");
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    assert.equal((await ledgerOf(context, artist)).balance, 900);
  });

  scenario("promotion: of two at once with coins for one, one succeeds", async (context) => {
    const artist = await artistWithCoins(context, 199);
    const [one, other] = [await approved(context, artist), await approved(context, artist)];
    const replies = await Promise.all([
      promote(context, artist, one.id, 7),
      promote(context, artist, other.id, 7),
    ]);
    assert.deepEqual(replies.map(({ status }) => status).toSorted(), [200, 409]);
    const refused = replies.find(({ status }) => status === 409);
    assert.equal(refused?.body.code, "insufficient_coins");
    const { balance, transactions } = await ledgerOf(context, artist);
    assert.equal(balance, 99);
    assert.deepEqual(transactions.map(({ amount }) => amount), [-100, 199]);
    const promoted = (await context.api.data<Concert[]>("GET", "/concerts/mine", { as: artist }))
      .filter(({ is_promoted }) => is_promoted);
    assert.equal(promoted.length, 1);
  });

  scenario("promotion: of the same concert ten times at once, it is paid once", async (context) => {
    const artist = await artistWithCoins(context, 5000);
    const { id } = await approved(context, artist);
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => promote(context, artist, id, 7)),
    );
    const codes = replies.map(({ body }) => body.code ?? "promoted").toSorted();
    assert.deepEqual(codes, [...Array(9).fill("already_promoted"), "promoted"]);
    assert.equal((await ledgerOf(context, artist)).balance, 4900);
  });

  scenario("promotion: a repeated request is answered again and paid once", async (context) => {
    const artist = await artistWithCoins(context, 1000);
    const { id } = await approved(context, artist);
    const headers = { "idempotency-key": `ключ ${crypto.randomUUID()}`.replace(/[^ -~]/g, "~") };
    const first = await promote(context, artist, id, 7, headers);
    assert.equal(first.status, 200);
    await context.api.data("PATCH", `/concerts/${id}`, { as: artist, body: { city: "Уфа" } });
    const again = await promote(context, artist, id, 7, headers);
    assert.equal(again.status, 200);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
    assert.equal(again.text, first.text, "the first answer, not the state of now");
    const spaced = await context.api.send("POST", `/concerts/${id}/promote`, {
      as: artist,
      rawBody: '{\n  "days" : 7.0\n}',
      headers: { ...headers, "content-type": "application/json; charset=utf-8" },
    });
    assert.equal(
      spaced.headers.get("idempotent-replayed"),
      "true",
      "the same JSON, written otherwise",
    );
    assert.equal((await ledgerOf(context, artist)).balance, 900);
  });

  scenario("promotion: a key stands for one request", async (context) => {
    const artist = await artistWithCoins(context, 1000);
    const [one, other] = [await approved(context, artist), await approved(context, artist)];
    const headers = { "idempotency-key": "k'\"%_*,()\\;--" };
    assert.equal((await promote(context, artist, one.id, 7, headers)).status, 200);
    assertRefused(await promote(context, artist, one.id, 8, headers), "idempotency_mismatch");
    assertRefused(await promote(context, artist, other.id, 7, headers), "idempotency_mismatch");
    assert.equal((await ledgerOf(context, artist)).balance, 900);
    assert.equal(
      (await promote(context, artist, other.id, 7, { "idempotency-key": "k%" })).status,
      200,
      "another key",
    );

    const stranger = await artistWithCoins(context, 100);
    const theirs = await approved(context, stranger);
    const reply = await promote(context, stranger, theirs.id, 7, headers);
    assert.equal(reply.status, 200, "another artist's key of the same text");
    assert.equal(reply.headers.get("idempotent-replayed"), null);
  });

  scenario("promotion: a refusal is not remembered for its key", async (context) => {
    const artist = await artistWithCoins(context, 100);
    const { id } = await pending(context, artist);
    const headers = { "idempotency-key": crypto.randomUUID() };
    assertRefused(await promote(context, artist, id, 7, headers), "invalid_transition");
    await approve(context, id);
    const reply = await promote(context, artist, id, 7, headers);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers.get("idempotent-replayed"), null);
  });

  scenario("promotion: a key has 1 to 255 characters", async (context) => {
    const artist = await artistWithCoins(context, 200);
    const { id } = await approved(context, artist);
    for (const key of ["", "k".repeat(256)]) {
      const reply = await promote(context, artist, id, 7, { "idempotency-key": key });
      assertRefused(reply, "validation_failed", ["Idempotency-Key"]);
    }
    const longest = { "idempotency-key": "k".repeat(255) };
    assert.equal((await promote(context, artist, id, 7, longest)).status, 200);
    const again = await promote(context, artist, id, 7, longest);
    assert.equal(again.headers.get("idempotent-replayed"), "true");
  });

  scenario("promotion: the same key five times at once is one promotion", async (context) => {
    const artist = await artistWithCoins(context, 1000);
    const { id } = await approved(context, artist);
    const headers = { "idempotency-key": crypto.randomUUID() };
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => promote(context, artist, id, 7, headers)),
    );
    const answered = replies.filter(({ status }) => status === 200);
    const fresh = answered.filter(({ headers }) => headers.get("idempotent-replayed") === null);
    assert.equal(fresh.length, 1);
    for (const reply of answered) assert.deepEqual(reply.body, fresh[0].body);
    for (const reply of replies) {
      if (reply.status !== 200) assertRefused(reply, "idempotency_in_flight");
    }
    assert.equal((await ledgerOf(context, artist)).balance, 900);
  });
}

function promote(
  { api }: ScenarioContext,
  artist: Person,
  id: string,
  days: number,
  headers: Record<string, string> = {},
) {
  return api.send<Concert>("POST", `/concerts/${id}/promote`, {
    as: artist,
    body: { days },
    headers,
  });
}

function ledgerOf({ api }: ScenarioContext, artist: Person): Promise<Ledger> {
  return api.data("GET", "/concerts/artists/me/coins", { as: artist });
}
