import assert from "node:assert/strict";
import { campaigns } from "../../supabase/functions/campaigns/campaigns.ts";
import type {
  Campaign,
  CampaignDelivery,
} from "../../supabase/functions/_shared/domain/campaign.ts";
import { assertRefused } from "./api-client.ts";
import {
  artistWithBuyers,
  dispatchAll,
  mailTo,
  resendEvent,
  sendOff,
  signedEvent,
  someAddress,
  writeCampaign,
} from "./campaign-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

/** Campaigns from the first word to the last bounce. */
export function campaignScenarios(scenario: Scenario): void {
  scenario(
    "campaigns: written, looked at, tried on oneself, sent, and read about",
    async (context) => {
      const { api } = context;
      const [anna, boris] = [someAddress(), someAddress()];
      const { artist, concertId } = await artistWithBuyers(context, [
        { address: anna, name: "Анна" },
        { address: boris.toUpperCase() },
        { address: anna },
      ]);
      await api.data("PATCH", "/concerts/artists/me", {
        as: artist,
        body: { full_name: "Группа «Река»" },
      });
      const { id } = await writeCampaign(context, artist, {
        subject: "{{concert_title}}: ждём в городе {{concert_city}}",
        content: "Здравствуйте, {{buyer_name}}!\n\nБилеты: https://example.com/?a=1&b=2.",
        concert_id: concertId,
      });
      const path = `/campaigns/${id}`;

      const preview = await api.data<Record<string, string>>("GET", `${path}/preview`, {
        as: artist,
      });
      assert.equal(preview.subject, "Ночь на реке: ждём в городе Казань");
      assert.match(preview.text, /^Здравствуйте, Анна!/);
      assert.match(preview.text, /Отписаться: http/);
      assert.ok(
        preview.html.includes('<a href="https://example.com/?a=1&amp;b=2">'),
        preview.html,
      );
      const recipients = await api.data<{ count: number; sample: string[] }>(
        "GET",
        `${path}/recipients`,
        { as: artist },
      );
      assert.deepEqual(recipients, { count: 2, sample: ["b***@example.com", "b***@example.com"] });

      assert.deepEqual(await api.data("POST", `${path}/test`, { as: artist }), {
        sent_to: artist.email,
      });
      const [test] = await mailTo(context, artist.email);
      assert.equal(test.subject, "[Проверка] Ночь на реке: ждём в городе Казань");
      assert.equal(test.from.name, "Группа «Река»");
      assert.equal((await mailTo(context, anna)).length, 0);

      const sent = await sendOff(context, artist, id);
      assert.deepEqual([sent.status, sent.recipient_count, sent.emails_sent], ["sent", 2, 2]);
      const [mail, ...more] = await mailTo(context, anna);
      assert.equal(more.length, 0, "once");
      assert.match(mail.text, /^Здравствуйте, Анна!/);
      assert.equal(mail.to.name, "Анна");
      const [toBoris] = await mailTo(context, boris);
      assert.match(toBoris.text, /^Здравствуйте, слушатель!/);
      assert.equal(toBoris.headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
      assert.match(toBoris.headers["Message-ID"], /^<[\w-]+@[\w.-]+>$/);

      const reply = await api.send<CampaignDelivery[]>("GET", `${path}/deliveries`, {
        as: artist,
        query: { limit: 1 },
      });
      assert.equal(reply.body.data.length, 1);
      const rest = await api.send<CampaignDelivery[]>("GET", `${path}/deliveries`, {
        as: artist,
        query: { cursor: reply.body.next_cursor ?? "", status: "sent" },
      });
      assert.deepEqual(
        [...reply.body.data, ...rest.body.data].map(({ address }) => address),
        [anna, boris.toLowerCase()].toSorted(),
      );
      assert.equal(rest.body.next_cursor, null);
    },
  );

  scenario(
    "campaigns: delivery events count once each, and suppress who complains",
    async (context) => {
      const { api, stack } = context;
      const addresses = [someAddress(), someAddress(), someAddress()];
      const { artist } = await artistWithBuyers(context, addresses.map((address) => ({ address })));
      const { id } = await writeCampaign(context, artist);
      await sendOff(context, artist, id);
      const references = await Promise.all(addresses.map(async (address) => {
        const [{ headers }] = await mailTo(context, address);
        return headers["Message-ID"].slice(1).split("@")[0];
      }));
      const tell = async (event: object) => {
        const signed = signedEvent(stack, event);
        for (let index = 0; index < 2; index++) {
          const reply = await api.send("POST", "/campaigns/webhooks/resend", signed);
          assert.equal(reply.status, 204, reply.text);
        }
      };
      await tell(resendEvent("opened", references[0]));
      await tell(resendEvent("delivered", references[0]));
      await tell(
        resendEvent("delivered", references[1], {
          tags: [{ name: "reference", value: references[1] }],
        }),
      );
      await tell(resendEvent("complained", references[1]));
      await tell(resendEvent("bounced", references[2], { bounce: { type: "Permanent" } }));
      await tell(resendEvent("delivery_delayed", references[2]));
      await tell(resendEvent("delivered", crypto.randomUUID()));
      const campaign = await api.data<Campaign>("GET", `/campaigns/${id}`, { as: artist });
      assert.deepEqual(
        [
          campaign.emails_delivered,
          campaign.emails_opened,
          campaign.emails_bounced,
          campaign.emails_complained,
        ],
        [2, 1, 1, 1],
      );
      assert.deepEqual(
        [campaign.open_rate, campaign.click_rate, campaign.bounce_rate],
        [0.5, 0, 0.3333],
      );
      const { count } = await api.data<{ count: number }>("GET", `/campaigns/${id}/recipients`, {
        as: artist,
      });
      assert.equal(count, 1);
    },
  );

  scenario("campaigns: only what the provider has signed lately counts", async (context) => {
    const { api, stack } = context;
    const good = signedEvent(stack, resendEvent("delivered", crypto.randomUUID()));
    const bad = [
      { ...good, headers: {} },
      { ...good, rawBody: good.rawBody.replace("delivered", "bounced") },
      { ...good, headers: { ...good.headers, "svix-id": "msg_other" } },
      { ...good, headers: { ...good.headers, "svix-signature": "v1,AAAA" } },
      { ...good, headers: { ...good.headers, "svix-timestamp": "soon" } },
      signedEvent(stack, {}, { inSeconds: -310 }),
      signedEvent(stack, {}, { inSeconds: 310 }),
      signedEvent(stack, {}, { secret: `whsec_${btoa("another secret, as long")}` }),
    ];
    for (const request of bad) {
      assertRefused(
        await api.send("POST", "/campaigns/webhooks/resend", request),
        "unauthorized",
      );
    }
    assertRefused(await api.send("POST", "/campaigns/webhooks/sendgrid", good), "unauthorized");
    const odd = [
      resendEvent("opened", "a\u0000b", { email_id: "c\u0000d" }),
      resendEvent("opened", "\ud800", { email_id: "\udfff", to: ["\u0000@example.com"] }),
      { ...resendEvent("opened", crypto.randomUUID()), created_at: "+275760-09-13T00:00:00.000Z" },
    ];
    for (const event of odd) {
      const reply = await api.send("POST", "/campaigns/webhooks/resend", signedEvent(stack, event));
      assert.equal(reply.status, 204, reply.text);
    }
    const rotated = `v1,${btoa("old")} ${good.headers["svix-signature"]}`;
    const reply = await api.send("POST", "/campaigns/webhooks/resend", {
      ...good,
      headers: { ...good.headers, "svix-signature": rotated },
    });
    assert.equal(reply.status, 204);
    for (const event of [[], {}, "text", { type: 1, created_at: "", data: {} }]) {
      assertRefused(
        await api.send("POST", "/campaigns/webhooks/resend", signedEvent(stack, event)),
        "validation_failed",
      );
    }
  });

  scenario(
    "campaigns: without the operator's keys nothing is sent, and the rest works",
    async (context) => {
      const { artist } = await artistWithBuyers(context, [{ address: someAddress() }]);
      const { id } = await writeCampaign(context, artist);
      const api = context.instanceOf(campaigns, { UNSUBSCRIBE_KEY: "", RESEND_WEBHOOK_SECRET: "" });
      for (const action of ["send", "resume", "test", "schedule"]) {
        const body = action === "schedule" ? { scheduled_for: "2030-01-01T00:00:00Z" } : undefined;
        const reply = await api.send("POST", `/campaigns/${id}/${action}`, { as: artist, body });
        assertRefused(reply, "unavailable", ["UNSUBSCRIBE_KEY"]);
      }
      assertRefused(
        await api.send("POST", "/campaigns/dispatch", { as: "service" }),
        "unavailable",
        ["UNSUBSCRIBE_KEY"],
      );
      assertRefused(
        await api.send("POST", "/campaigns/webhooks/resend", signedEvent(context.stack, {})),
        "unavailable",
        ["RESEND_WEBHOOK_SECRET"],
      );
      assert.equal(
        (await api.data<Campaign>("GET", `/campaigns/${id}`, { as: artist })).status,
        "draft",
      );
      await api.data("GET", `/campaigns/${id}/preview`, { as: artist });
    },
  );

  scenario("campaigns: the longest one is taken, in whatever alphabet", async (context) => {
    const artist = await context.makeArtist();
    const longest = { content: "щ".repeat(50_000), html_content: "щ".repeat(100_000) };
    const { content, html_content } = await writeCampaign(context, artist, longest);
    assert.deepEqual({ content, html_content }, longest);
  });

  scenario("campaigns: fields out of bounds are refused by name", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const words = { subject: "Тема", content: "Текст" };
    const cases: [string, unknown][] = [
      ["subject", ""],
      ["subject", "a".repeat(301)],
      ["subject", "Тема\r\nBcc: victim@example.com"],
      ["subject", null],
      ["content", ""],
      ["content", "x".repeat(50_001)],
      ["content", "a\u0000b"],
      ["html_content", ""],
      ["concert_id", 7],
      ["concert_id", crypto.randomUUID()],
      ["recipient_filter", null],
      ["recipient_filter.cities", { cities: "Москва" }],
      ["recipient_filter.cities", { cities: [] }],
      ["recipient_filter.concert_ids.0", { concert_ids: [1] }],
      ["recipient_filter.purchased_after", { purchased_after: "2026-02-30T00:00:00Z" }],
      ["recipient_filter.purchased_before", { purchased_before: "вчера" }],
      ["recipient_filter.age", { age: 18 }],
      ["send_before", "2030-01-01"],
      ["status", "sent"],
      ["artist_id", crypto.randomUUID()],
      ["recipient_count", 5],
      ["scheduled_for", "2030-01-01T00:00:00Z"],
    ];
    const { id } = await writeCampaign(context, artist);
    for (const [path, value] of cases) {
      const field = path.split(".")[0];
      for (const [method, at] of [["POST", "/campaigns"], ["PATCH", `/campaigns/${id}`]]) {
        const body = { ...words, [field]: value };
        assertRefused(await api.send(method, at, { as: artist, body }), "validation_failed", [
          path,
        ]);
      }
    }
    for (const scheduled_for of ["2020-01-01T00:00:00Z", "2030-01-01T00:00", null, 5]) {
      const reply = await api.send("POST", `/campaigns/${id}/schedule`, {
        as: artist,
        body: { scheduled_for },
      });
      assertRefused(reply, "validation_failed", ["scheduled_for"]);
    }
    for (const [name, value] of [["status", "gone"], ["limit", 0], ["cursor", "a"], ["q", "x"]]) {
      const query = { [name]: value };
      const reply = await api.send("GET", "/campaigns", { as: artist, query });
      assert.equal(reply.status, 400, JSON.stringify(query));
    }
  });

  scenario("campaigns: sending twice with one key is sending once", async (context) => {
    const { api } = context;
    const { artist } = await artistWithBuyers(context, [{ address: someAddress() }]);
    const { id } = await writeCampaign(context, artist);
    const send = (path: string) =>
      api.send<Campaign>("POST", path, {
        as: artist,
        headers: { "idempotency-key": `key-${id}` },
      });
    const first = await send(`/campaigns/${id}/send`);
    assert.equal(first.body.data.status, "sending");
    const second = await send(`/campaigns/${id}/send`);
    assert.deepEqual(second.body.data, first.body.data);
    assert.equal(second.headers.get("idempotent-replayed"), "true");
    const other = await writeCampaign(context, artist);
    assertRefused(await send(`/campaigns/${other.id}/send`), "idempotency_mismatch");
    assertRefused(
      await api.send("POST", `/campaigns/${id}/send`, { as: artist }),
      "invalid_transition",
    );
    await dispatchAll(api);
  });
}
