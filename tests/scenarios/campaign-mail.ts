import assert from "node:assert/strict";
import { simpleParser } from "mailparser";
import type {
  Campaign,
  CampaignDelivery,
} from "../../supabase/functions/_shared/domain/campaign.ts";
import { startMailProvider } from "../support/mail-provider.ts";
import { startSmtpInbox } from "../support/smtp-inbox.ts";
import {
  artistWithBuyers,
  dispatchAll,
  instanceWith,
  resendInstance,
  sendOff,
  someAddress,
  writeCampaign,
} from "./campaign-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

/** Campaigns on their way through real transports. */
export function campaignMailScenarios(scenario: Scenario): void {
  scenario("campaign mail: through an SMTP server, to the byte", async (context) => {
    const inbox = await startSmtpInbox();
    try {
      const address = someAddress();
      const refused = someAddress();
      inbox.refusals.set(refused, { code: 550, message: "No such user" });
      const evil = 'Анна" <x@y.z>, "Б';
      const { artist } = await artistWithBuyers(context, [
        { address, name: evil },
        { address: refused },
      ]);
      const { id } = await writeCampaign(context, artist, {
        subject: "Привет, {{buyer_name}} 🎸",
        html_content: "<html><body><h1>Привет, {{buyer_name}}</h1></body></html>",
      });
      const campaign = await sendOff(
        context,
        artist,
        id,
        instanceWith(context, {
          EMAIL_TRANSPORT: "smtp",
          SMTP_URL: `smtp://127.0.0.1:${inbox.port}`,
        }),
      );
      assert.deepEqual([campaign.status, campaign.emails_sent], ["sent", 1]);
      assert.equal(inbox.received.length, 1);
      const [{ raw, to }] = inbox.received;
      assert.deepEqual(to, [address]);
      const headers = raw.split("\r\n\r\n")[0].replace(/\r\n[ \t]+/g, " ").split("\r\n");
      const valueOf = (name: string) =>
        headers.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}: `))
          .map((line) => line.slice(name.length + 2));
      assert.deepEqual(valueOf("List-Unsubscribe-Post"), ["List-Unsubscribe=One-Click"]);
      assert.equal(valueOf("List-Unsubscribe").length, 1);
      assert.match(
        valueOf("List-Unsubscribe")[0].replaceAll(" ", ""),
        /^<http:\/\/.*\/functions\/v1\/campaigns\/unsubscribe\?token=[\w.-]+>$/,
      );
      assert.equal(valueOf("Message-ID").length, 1);
      assert.match(valueOf("Message-ID")[0], /^<[\w-]+@promo\.example>$/);
      assert.match(valueOf("Subject")[0], /^=\?UTF-8\?/);
      const parsed = await simpleParser(raw);
      assert.equal(parsed.subject, `Привет, ${evil} 🎸`);
      assert.match(parsed.text ?? "", /^Здравствуйте, Анна/);
      const escaped = "Анна&quot; &lt;x@y.z&gt;, &quot;Б";
      assert.ok(String(parsed.html).includes(`<h1>Привет, ${escaped}</h1>`), String(parsed.html));
      assert.match(String(parsed.html), /Отписаться<\/a><\/p>\s*<\/body>/);

      const failed = await context.api.data<CampaignDelivery[]>(
        "GET",
        `/campaigns/${id}/deliveries`,
        { as: artist, query: { status: "failed" } },
      );
      assert.deepEqual(failed.map(({ address }) => address), [refused]);
      assert.match(failed[0].error_message ?? "", /550/);
    } finally {
      await inbox.close();
    }
  });

  scenario("campaign mail: through a Resend-compatible API, a request a batch", async (context) => {
    const provider = startMailProvider();
    try {
      const addresses = Array.from({ length: 5 }, someAddress);
      provider.unwanted.add(addresses[1]);
      const { artist } = await artistWithBuyers(
        context,
        addresses.map((address) => ({ address })),
      );
      const { id } = await writeCampaign(context, artist);
      const api = resendInstance(context, provider, { MAIL_BATCH_SIZE: "2" });
      const campaign = await sendOff(context, artist, id, api);
      assert.deepEqual(
        [campaign.status, campaign.recipient_count, campaign.emails_sent],
        ["sent", 5, 4],
      );
      assert.equal(provider.keys.length, 3);
      assert.equal(new Set(provider.keys).size, 3);
      assert.ok(provider.keys.every((key) => key.length <= 256));
      assert.deepEqual(
        provider.sent.flatMap(({ to }) => to).toSorted(),
        addresses.filter((address) => address !== addresses[1]).toSorted(),
      );
      for (const { headers, tags, from, html } of provider.sent) {
        assert.equal(headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
        assert.match(headers["List-Unsubscribe"], /^<http.*>$/);
        assert.match(tags?.[0].value ?? "", /^[A-Za-z0-9_-]{1,256}$/);
        assert.match(from, /<mail@promo\.example>$/);
        assert.match(html ?? "", /<p>Здравствуйте, слушатель!<\/p>/);
      }
    } finally {
      await provider.close();
    }
  });

  scenario(
    "campaign mail: a provider in trouble costs nobody their mail, and pauses after three failures",
    async (context) => {
      const provider = startMailProvider();
      try {
        const addresses = [someAddress(), someAddress()];
        const { artist } = await artistWithBuyers(
          context,
          addresses.map((address) => ({ address })),
        );
        const { id } = await writeCampaign(context, artist);
        await dispatchAll(context.api);
        await context.api.data("POST", `/campaigns/${id}/send`, { as: artist });
        const api = resendInstance(context, provider);
        const broken = resendInstance(context, { ...provider, apiKey: "re_revoked" });
        const dispatch = (by = broken) =>
          by.data<{ sent: number; remaining: number }>("POST", "/campaigns/dispatch", {
            as: "service",
          });
        const read = () => context.api.data<Campaign>("GET", `/campaigns/${id}`, { as: artist });
        assert.deepEqual(await dispatch(), { claimed: 2, sent: 0, failed: 0, remaining: 2 });
        assert.deepEqual(await dispatch(), { claimed: 0, sent: 0, failed: 0, remaining: 2 });
        assert.equal((await read()).status, "sending", "not at once again");
        for (let failure = 2; failure <= 3; failure++) {
          await context.fixtures.endRetryWait(id);
          await dispatch();
        }
        const paused = await read();
        assert.equal(paused.status, "paused");
        assert.match(paused.error_message ?? "", /401/);
        assert.doesNotMatch(paused.error_message ?? "", /re_revoked/);
        await context.api.data("POST", `/campaigns/${id}/resume`, { as: artist });
        await dispatchAll(api);
        assert.deepEqual([(await read()).status, (await read()).emails_sent], ["sent", 2]);
        assert.deepEqual(
          provider.sent.flatMap(({ to }) => to).toSorted(),
          addresses.toSorted(),
        );
      } finally {
        await provider.close();
      }
    },
  );

  scenario(
    "campaign mail: not faster than it may, whatever the size of a batch",
    async (context) => {
      const provider = startMailProvider();
      try {
        const addresses = Array.from({ length: 4 }, someAddress);
        const { artist } = await artistWithBuyers(
          context,
          addresses.map((address) => ({ address })),
        );
        const { id } = await writeCampaign(context, artist);
        const api = resendInstance(context, provider, {
          MAIL_BATCH_SIZE: "100",
          MAIL_RATE_PER_SECOND: "2",
        });
        await dispatchAll(context.api);
        await context.api.data("POST", `/campaigns/${id}/send`, { as: artist });
        const started = performance.now();
        await dispatchAll(api);
        assert.ok(performance.now() - started >= 990, "a second between two and two");
        assert.deepEqual([provider.sent.length, provider.keys.length], [4, 2]);
      } finally {
        await provider.close();
      }
    },
  );

  scenario(
    "campaign mail: a server that puts strangers off gets it later, not at once",
    async (context) => {
      const inbox = await startSmtpInbox();
      try {
        const address = someAddress();
        inbox.refusals.set(address, { code: 450, message: "Greylisted, come back later" });
        const { artist } = await artistWithBuyers(context, [{ address }]);
        const { id } = await writeCampaign(context, artist);
        const api = instanceWith(context, {
          EMAIL_TRANSPORT: "smtp",
          SMTP_URL: `smtp://127.0.0.1:${inbox.port}`,
        });
        await dispatchAll(context.api);
        assert.equal((await sendOff(context, artist, id, api)).status, "sending");
        const deliveries = () =>
          context.api.data<CampaignDelivery[]>("GET", `/campaigns/${id}/deliveries`, {
            as: artist,
          });
        const [{ status, attempts, error_message }] = await deliveries();
        assert.deepEqual([status, attempts], ["queued", 1]);
        assert.match(error_message ?? "", /^Почтовый сервис отказал: 450 /);
        inbox.refusals.clear();
        await context.fixtures.endRetryWait(id);
        await dispatchAll(api);
        assert.deepEqual(inbox.received.map(({ to }) => to), [[address]]);
        assert.deepEqual((await deliveries()).map(({ attempts }) => attempts), [2]);
      } finally {
        await inbox.close();
      }
    },
  );
}
