import assert from "node:assert/strict";
import type { Campaign } from "../../supabase/functions/_shared/domain/campaign.ts";
import { type MailProvider, startMailProvider, unclearRefusals } from "../support/mail-provider.ts";
import type { ApiClient } from "./api-client.ts";
import {
  artistWithBuyers,
  dispatchAll,
  resendInstance,
  signedEvent,
  someAddress,
  unsubscribeToken,
  writeCampaign,
} from "./campaign-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

/** Campaigns through a provider that refuses, falls silent or talks nonsense. */
export function campaignTroubleScenarios(scenario: Scenario): void {
  scenario(
    "campaign trouble: who leaves while the provider is away is not mailed",
    (context) =>
      withCampaign(context, 3, async ({ addresses, provider, api, change, leave, pausedAfter }) => {
        provider.failures.push(...Array.from({ length: 3 }, () => () => answer(503, "down")));
        await pausedAfter(3);
        await leave(addresses[0]);
        const { status } = await change("resume");
        assert.equal(status, "sending");
        await dispatchAll(api);
        assertMailed(provider, addresses.slice(1));
        const after = await change();
        assert.deepEqual([after.status, after.emails_sent], ["sent", 2]);
      }),
  );

  scenario(
    "campaign trouble: mail that was refused is not recorded as sent",
    (context) =>
      withCampaign(context, 3, async ({ addresses, provider, api, change, pausedAfter }) => {
        provider.remembersFailures = true;
        provider.failures.push(
          () => answer(403, "validation_error"),
          () => answer(422, "validation_error"),
          () => answer(429, "rate_limit_exceeded"),
        );
        const { error_message } = await pausedAfter(3);
        assert.equal(error_message, "Почтовый сервис сейчас не принимает письма (код 429)");
        await change(null, { subject: "Другая тема" });
        await change("resume");
        await dispatchAll(api);
        assertMailed(provider, addresses);
        assert.ok(provider.sent.every(({ subject }) => subject === "Другая тема"));
        const after = await change();
        assert.deepEqual([after.status, after.emails_sent], ["sent", 3]);
      }),
  );

  scenario(
    "campaign trouble: mail refused after an answer was lost is not recorded as sent",
    (context) =>
      withCampaign(context, 3, async ({ addresses, provider, api, change, pausedAfter }) => {
        provider.remembersFailures = true;
        // Nothing is known after the first; the second tells that nothing was taken.
        provider.failures.push(
          () => answer(502, "bad_gateway"),
          () => answer(422, "validation_error"),
          () => answer(422, "validation_error"),
        );
        await pausedAfter(3);
        await change(null, { subject: "Другая тема" });
        await change("resume");
        await dispatchAll(api);
        assertMailed(provider, addresses);
        const after = await change();
        assert.deepEqual([after.status, after.emails_sent], ["sent", 3]);
      }),
  );

  for (const [what, refusal] of Object.entries(unclearRefusals)) {
    scenario(
      `campaign trouble: ${what} after an answer was lost keeps the key`,
      (context) =>
        withCampaign(context, 3, async ({ addresses, provider, api, change, pausedAfter }) => {
          provider.lostAnswers = 1;
          await dispatchAll(api);
          assert.equal(provider.sent.length, 3, "and the answer is lost");
          provider.failures.push(refusal, refusal);
          await pausedAfter(2);
          await change("resume");
          await dispatchAll(api);
          assertMailed(provider, addresses);
          assert.equal(new Set(provider.keys).size, 1);
          const after = await change();
          assert.deepEqual([after.status, after.emails_sent], ["sent", 3]);
        }),
    );
  }

  scenario(
    "campaign trouble: mail whose answer was lost goes out once, edited or not",
    (context) =>
      withCampaign(context, 3, async ({ addresses, provider, api, change, leave, pausedAfter }) => {
        provider.lostAnswers = 1;
        // Later answers tell nothing of what became of the first.
        provider.failures.push(() => answer(500, "internal_server_error"));
        await dispatchAll(api);
        assert.equal(provider.sent.length, 0);
        await context.fixtures.endRetryWait((await change()).id);
        await dispatchAll(api);
        assert.equal(provider.sent.length, 3, "and the answer is lost");
        provider.failures.push(() => answer(429, "rate_limit_exceeded"));
        await pausedAfter(1);
        await change(null, { subject: "Другая тема" });
        await leave(addresses[2]);
        await change("resume");
        await dispatchAll(api);
        assertMailed(provider, addresses);
        const after = await change();
        assert.deepEqual([after.status, after.emails_sent], ["sent", 2]);
      }),
  );

  scenario(
    "campaign trouble: what is no answer counts nobody as mailed",
    (context) =>
      withCampaign(context, 2, async ({ addresses, provider, api, change, pausedAfter }) => {
        provider.failures.push(
          () => new Response("<h1>Welcome</h1>"),
          () => Response.json({}),
          () => Response.json({ data: "x" }),
        );
        const { emails_sent } = await pausedAfter(3);
        assert.equal(emails_sent, 0);
        await change("resume");
        provider.failures.push(
          () => Response.json({ data: [{ id: "one" }] }),
          () => Response.json({ data: [{ id: "one" }], errors: [{ index: 7, message: "x" }] }),
          () => Response.json({ data: [null, null] }),
        );
        assert.equal((await pausedAfter(3)).emails_sent, 0);
        await change("resume");
        await dispatchAll(api);
        assertMailed(provider, addresses);
      }),
  );

  scenario(
    "campaign trouble: artists are told what it means, not what the provider says",
    (context) =>
      withCampaign(context, 1, async ({ provider, pausedAfter }) => {
        const said = `bad key ${provider.apiKey}`;
        const refusal = () => Response.json({ name: "x", message: said }, { status: 401 });
        provider.failures.push(refusal, refusal, refusal);
        const lines: string[] = [];
        const { error } = console;
        console.error = (line: string) => lines.push(line);
        try {
          const { error_message } = await pausedAfter(3);
          assert.equal(error_message, "Почтовый сервис не принял письма (код 401)");
        } finally {
          console.error = error;
        }
        assert.ok(lines.some((line) => line.includes("bad key ***")), lines.join("\n"));
        assert.ok(!lines.some((line) => line.includes(provider.apiKey)));
      }),
  );

  scenario(
    "campaign trouble: a complaint counts when its campaign is deleted",
    (context) =>
      withCampaign(context, 2, async ({ addresses, artist, provider, api, change }) => {
        await dispatchAll(api);
        const { id } = await change();
        await context.api.send("DELETE", `/campaigns/${id}`, { as: artist });
        const mail = provider.sent.find(({ to }) => to[0].includes(addresses[0]));
        assert.ok(mail);
        const event = {
          type: "email.complained",
          created_at: new Date().toISOString(),
          data: {
            email_id: mail.id,
            to: mail.to,
            tags: Object.fromEntries((mail.tags ?? []).map(({ name, value }) => [name, value])),
          },
        };
        const reply = await context.api.send(
          "POST",
          "/campaigns/webhooks/resend",
          signedEvent(context.stack, event),
        );
        assert.equal(reply.status, 204, reply.text);
        const next = await writeCampaign(context, artist);
        const { count } = await context.api.data<{ count: number }>(
          "GET",
          `/campaigns/${next.id}/recipients`,
          { as: artist },
        );
        assert.equal(count, 1);
      }),
  );
}

interface SendingCampaign {
  artist: Awaited<ReturnType<typeof artistWithBuyers>>["artist"];
  addresses: string[];
  provider: MailProvider;
  /** The functions as they send through the provider. */
  api: ApiClient;
  /** Takes an action, changes fields, or neither; the campaign as it is then. */
  change(action?: string | null, fields?: object): Promise<Campaign>;
  leave(address: string): Promise<void>;
  /** Lets so many batches fail; the campaign, which has to be paused by that. */
  pausedAfter(failures: number): Promise<Campaign>;
}

async function withCampaign(
  context: ScenarioContext,
  recipients: number,
  body: (campaign: SendingCampaign) => Promise<void>,
): Promise<void> {
  const provider = startMailProvider();
  try {
    const addresses = Array.from({ length: recipients }, someAddress).toSorted();
    const { artist } = await artistWithBuyers(context, addresses.map((address) => ({ address })));
    await dispatchAll(context.api);
    const { id } = await writeCampaign(context, artist);
    const path = `/campaigns/${id}`;
    await context.api.data("POST", `${path}/send`, { as: artist });
    const api = resendInstance(context, provider);
    const change: SendingCampaign["change"] = async (action = null, body = undefined) => {
      if (body) return await context.api.data("PATCH", path, { as: artist, body });
      return action === null
        ? await context.api.data("GET", path, { as: artist })
        : await context.api.data("POST", `${path}/${action}`, { as: artist });
    };
    await body({
      artist,
      addresses,
      provider,
      api,
      change,
      async leave(address) {
        const token = await unsubscribeToken(context.stack, artist.id, address);
        await context.api.data("POST", "/campaigns/unsubscribe", { query: { token } });
      },
      async pausedAfter(failures) {
        for (let failure = 0; failure < failures; failure++) {
          await context.fixtures.endRetryWait(id);
          const { claimed } = await api.data<{ claimed: number }>("POST", "/campaigns/dispatch", {
            as: "service",
          });
          assert.ok(claimed > 0);
        }
        const campaign = await change();
        assert.equal(campaign.status, "paused");
        return campaign;
      },
    });
  } finally {
    await provider.close();
  }
}

/** Each of them once, and nobody else. */
function assertMailed({ sent }: MailProvider, addresses: string[]): void {
  assert.deepEqual(sent.flatMap(({ to }) => to).toSorted(), addresses);
}

function answer(status: number, name: string): Response {
  return Response.json({ name, message: `Refused: ${name}` }, { status });
}
