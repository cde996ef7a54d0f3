import assert from "node:assert/strict";
import { campaigns } from "../../supabase/functions/campaigns/campaigns.ts";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import { createApp } from "../../supabase/functions/_shared/http/create-app.ts";
import { signIn } from "../support/caller-tokens.ts";
import { assertRefused } from "./api-client.ts";
import {
  artistWithBuyers,
  dispatchAll,
  mailTo,
  sendOff,
  someAddress,
  unsubscribeToken,
  writeCampaign,
} from "./campaign-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";
import { sellTickets } from "./ticket-journeys.ts";

/** Who wants no more mail, and those who would say so for others. */
export function campaignUnsubscribingScenarios(scenario: Scenario): void {
  scenario("campaigns: a mail's own link unsubscribes, at once and for good", async (context) => {
    const { api } = context;
    const addresses = [someAddress(), someAddress()];
    const { artist } = await artistWithBuyers(context, addresses.map((address) => ({ address })));
    const { id } = await writeCampaign(context, artist);
    await sendOff(context, artist, id);
    const [{ headers, text }] = await mailTo(context, addresses[0]);
    const link = headers["List-Unsubscribe"].replace(/^<|>$/g, "");
    assert.ok(text.includes(link), "the text has it, too");
    const { pathname, searchParams } = new URL(link);
    assert.equal(pathname, "/functions/v1/campaigns/unsubscribe");
    const token = searchParams.get("token") ?? "";
    // The campaign may be gone by then.
    await api.send("DELETE", `/campaigns/${id}`, { as: artist });

    const asked = await api.send("GET", "/campaigns/unsubscribe", { query: { token } });
    assert.match(asked.text, /b\*\*\*@example\.com/);
    assert.ok(asked.text.includes(`${link}&confirm=yes`), asked.text);
    const next = await writeCampaign(context, artist);
    const count = async () =>
      (await api.data<{ count: number }>("GET", `/campaigns/${next.id}/recipients`, { as: artist }))
        .count;
    assert.equal(await count(), 2, "asking changes nothing");
    for (let index = 0; index < 2; index++) {
      const done = await api.data("POST", "/campaigns/unsubscribe", {
        query: { token },
        rawBody: "List-Unsubscribe=One-Click",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
      assert.deepEqual(done, { unsubscribed: true });
      assert.equal(await count(), 1);
    }
    const other = await unsubscribeToken(context.stack, artist.id, addresses[1]);
    await api.send("HEAD", "/campaigns/unsubscribe", { query: { token: other, confirm: "yes" } });
    assert.equal(await count(), 1, "to look where a link leads is not to follow it");
    const confirmed = await api.send("GET", "/campaigns/unsubscribe", {
      query: { token: other, confirm: "yes" },
    });
    assert.match(confirmed.text, /^Готово/);
    assert.equal(await count(), 0);
    await assertNothingSent(context, artist, next.id, addresses[0]);
  });

  scenario(
    "campaigns: an address with the token's separator in it unsubscribes as well",
    async (context) => {
      const { api, stack } = context;
      const address = `a|b-${crypto.randomUUID()}@example.com`;
      const { artist } = await artistWithBuyers(context, [{ address }]);
      const { id } = await writeCampaign(context, artist);
      const token = await unsubscribeToken(stack, artist.id, address);
      await api.data("POST", "/campaigns/unsubscribe", { query: { token } });
      await assertNothingSent(context, artist, id, address);
    },
  );

  scenario(
    "campaigns: a link in mail from before a claim unsubscribes from whoever claimed the profile",
    async (context) => {
      const { api, fixtures, stack } = context;
      for (const ownerId of [`demo-${crypto.randomUUID()}`, crypto.randomUUID()]) {
        const email = someAddress();
        const oldConcert = `1795346618538-${crypto.randomUUID().slice(0, 8)}`;
        await fixtures.leaveProfile({
          ownerId,
          email,
          fullName: "Анна Певица",
          concertId: oldConcert,
          concertTitle: "Концерт из прошлого",
          coins: 1,
        });
        const old = await signIn(stack, { id: await artistIdOf(ownerId) });
        const addresses = [someAddress(), someAddress()].sort();
        for (const address of addresses) {
          await sellTickets(context, old, oldConcert, { buyer_email: address });
        }
        const { id } = await writeCampaign(context, old);
        await sendOff(context, old, id);
        const [{ headers }] = await mailTo(context, addresses[0]);
        const link = new URL(headers["List-Unsubscribe"].replace(/^<|>$/g, ""));
        const token = link.searchParams.get("token") ?? "";

        const account = await context.makeAccount({ email, verified: true });
        await api.data("POST", "/concerts/artists/me/claim", { as: account });
        assert.deepEqual(await api.data("POST", "/campaigns/unsubscribe", { query: { token } }), {
          unsubscribed: true,
        });
        const next = await writeCampaign(context, account);
        await sendOff(context, account, next.id);
        const mails = await Promise.all(addresses.map((address) => mailTo(context, address)));
        assert.deepEqual(mails.map(({ length }) => length), [1, 2], ownerId);
      }
    },
  );

  scenario("campaigns: a forged link unsubscribes nobody", async (context) => {
    const { api, stack } = context;
    const address = someAddress();
    const { artist } = await artistWithBuyers(context, [{ address }]);
    const { id } = await writeCampaign(context, artist);
    const token = await unsubscribeToken(stack, artist.id, address);
    const [content, signature] = token.split(".");
    const foreign = await unsubscribeToken(
      { ...stack, environment: { ...stack.environment, UNSUBSCRIBE_KEY: "x".repeat(40) } },
      artist.id,
      address,
    );
    const other = (await unsubscribeToken(stack, artist.id, someAddress())).split(".")[0];
    const forged = [
      content,
      `${content}.`,
      `.${signature}`,
      `${other}.${signature}`,
      `${content}.${signature}.x`,
      `${content}.${signature.slice(0, -2)}`,
      foreign,
      "abc",
      "%00",
    ];
    for (const token of forged) {
      for (const method of ["GET", "POST"]) {
        const reply = await api.send(method, "/campaigns/unsubscribe", { query: { token } });
        assertRefused(reply, "validation_failed", ["token"]);
      }
    }
    const { count } = await api.data<{ count: number }>("GET", `/campaigns/${id}/recipients`, {
      as: artist,
    });
    assert.equal(count, 1);
  });

  scenario("campaigns: people are asked on a page where there is one", async (context) => {
    const app = createApp(campaigns, {
      ...context.stack.environment,
      UNSUBSCRIBE_PAGE_URL: "https://promo.example/unsubscribe?lang=ru",
    });
    const token = await unsubscribeToken(context.stack, crypto.randomUUID(), someAddress());
    const reply = await app.request(`/campaigns/unsubscribe?token=${token}`);
    assert.equal(reply.status, 303);
    assert.equal(
      reply.headers.get("location"),
      `https://promo.example/unsubscribe?lang=ru&token=${token}`,
    );
  });
}

async function assertNothingSent(
  context: ScenarioContext,
  artist: Parameters<typeof sendOff>[1],
  id: string,
  address: string,
): Promise<void> {
  const before = (await mailTo(context, address)).length;
  const reply = await context.api.send("POST", `/campaigns/${id}/send`, { as: artist });
  assertRefused(reply, "validation_failed", ["recipient_filter"]);
  await dispatchAll(context.api);
  assert.equal((await mailTo(context, address)).length, before);
}
