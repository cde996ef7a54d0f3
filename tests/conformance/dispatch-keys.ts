import assert from "node:assert/strict";
import { MailProviderError } from "../../supabase/functions/_shared/delivery/mail-transport.ts";
import { createResendTransport } from "../../supabase/functions/_shared/delivery/resend-transport.ts";
import { dispatchNotifications } from "../../supabase/functions/notifications/dispatch-notifications.ts";
import { type MailProvider, startMailProvider, unclearRefusals } from "../support/mail-provider.ts";
import type { ConformanceContext, ConformanceTest } from "./conformance-context.ts";
import { all, clear, mailedTo, makeReachable, only, openTransports } from "./dispatch.ts";
import { KeyedProvider } from "./keyed-provider.ts";

const refusal = "Почтовый сервис не принял письма (код 422)";

/** Mail whose answer was lost, at a provider that knows idempotency keys. */
export function dispatchKeyTests(test: ConformanceTest): void {
  for (const lost of ["lostRequests", "lostAnswers"] as const) {
    test(`dispatch: refused together after ${lost}, messages are tried one by one`, async (context) => {
      await clear(context);
      const [bad, good] = [await mailedTo(context), await mailedTo(context)];
      const provider = new KeyedProvider();
      provider.unwanted.add(bad.email);
      provider[lost] = 1;
      await run(context, provider);
      for (const user of [bad, good]) assert.equal((await only(user)).status, "sending");
      await bothWait(context, bad.id, good.id);
      await run(context, provider);
      assert.equal((await only(good)).status, "sent");
      for (let attempt = 2; attempt <= 5; attempt++) {
        const { status, attempts, error_message } = await only(bad);
        assert.deepEqual([status, attempts, error_message], ["pending", attempt - 1, refusal]);
        await context.fixtures.notifications.letTimePass(bad.id);
        await run(context, provider);
      }
      const { status, attempts, error_message } = await only(bad);
      assert.deepEqual([status, attempts, error_message], ["failed", 5, refusal]);
      assert.deepEqual(provider.arrived, [good.email]);
    });
  }

  test("dispatch: a dispatcher that died before a refusal was known keeps nobody from their mail", async (context) => {
    await clear(context);
    const [bad, good] = [await mailedTo(context), await mailedTo(context)];
    const provider = new KeyedProvider();
    provider.unwanted.add(bad.email);
    await context.service.notifications.claimDue(100);
    await bothWait(context, bad.id, good.id);
    await run(context, provider);
    assert.deepEqual(provider.arrived, [good.email]);
    assert.deepEqual(
      [(await only(good)).status, (await only(bad)).error_message],
      ["sent", refusal],
    );
  });

  test("dispatch: one message refused after its answer was lost is an attempt", async (context) => {
    await clear(context);
    const user = await mailedTo(context);
    const provider = new KeyedProvider();
    provider.unwanted.add(user.email);
    provider.lostRequests = 1;
    await run(context, provider);
    await context.fixtures.notifications.letTimePass(user.id);
    await run(context, provider);
    const { status, attempts, error_message } = await only(user);
    assert.deepEqual([status, attempts, error_message], ["pending", 1, refusal]);
    provider.unwanted.clear();
    await context.fixtures.notifications.letTimePass(user.id);
    await run(context, provider);
    assert.deepEqual(provider.arrived, [user.email]);
    assert.equal(new Set(provider.keys).size, 2, "an attempt has a key of its own");
  });

  test("dispatch: apart after a lost answer, and its own answer lost: a message arrives once", async (context) => {
    await clear(context);
    const [bad, good] = [await mailedTo(context), await mailedTo(context)];
    const provider = new KeyedProvider();
    provider.unwanted.add(bad.email);
    provider.lostRequests = 1;
    await run(context, provider);
    await bothWait(context, bad.id, good.id);
    // Of the batch the refusal arrives, of what follows nothing does.
    const { mail } = provider.transports;
    let requests = 0;
    await run(context, {
      transports: {
        ...provider.transports,
        mail: async () => {
          const transport = await mail();
          return {
            ...transport,
            send: (mails, key) => {
              provider.lostAnswers = requests++ === 0 ? 0 : 1;
              return transport.send(mails, key);
            },
          };
        },
      },
    });
    await bothWait(context, bad.id, good.id);
    provider.lostAnswers = 0;
    await run(context, provider);
    assert.deepEqual(provider.arrived, [good.email]);
    assert.equal((await only(good)).status, "sent");
  });

  test("dispatch: who we are and how much there is to do tells nothing of what a key has sent", async (context) => {
    await clear(context);
    const [one, two] = [await mailedTo(context), await mailedTo(context)];
    const provider = new KeyedProvider();
    provider.lostAnswers = 1;
    await run(context, provider);
    assert.equal(provider.arrived.length, 2);
    for (const [failure, status] of [["busy", 429], ["refused", 401], ["refused", 404]] as const) {
      await bothWait(context, one.id, two.id);
      const keys: string[] = [];
      const { transports } = openTransports({
        knowsKeys: true,
        mail: (_, key) => {
          keys.push(key);
          return Promise.reject(new MailProviderError("not now", failure, status));
        },
      });
      await run(context, { transports });
      assert.deepEqual(keys, [provider.keys[0]], `${status}: asked once, and nobody alone`);
      for (const user of [one, two]) assert.equal((await only(user)).status, "sending");
    }
    await bothWait(context, one.id, two.id);
    await run(context, provider);
    assert.equal(provider.arrived.length, 2);
    for (const user of [one, two]) assert.equal((await only(user)).status, "sent");
  });

  for (const [what, refusal] of Object.entries(unclearRefusals)) {
    test(`dispatch: ${what} after an answer was lost keeps the key`, async (context) => {
      await clear(context);
      const users = [await mailedTo(context), await mailedTo(context)];
      const provider = startMailProvider();
      try {
        provider.lostAnswers = 1;
        await run(context, overHttp(provider));
        assert.equal(provider.sent.length, 2, "and the answer is lost");
        provider.failures.push(refusal, refusal);
        for (let time = 0; time < 3; time++) {
          for (const user of users) assert.equal((await only(user)).status, "sending");
          await bothWait(context, ...users.map(({ id }) => id));
          await run(context, overHttp(provider));
        }
        for (const user of users) assert.equal((await only(user)).status, "sent");
        assert.equal(provider.sent.length, 2);
        assert.equal(new Set(provider.keys).size, 1);
      } finally {
        await provider.close();
      }
    });
  }

  test("dispatch: what a gateway will not have five times is given up", async (context) => {
    await clear(context);
    const user = await mailedTo(context);
    const provider = startMailProvider();
    try {
      for (let attempt = 1; attempt <= 6; attempt++) {
        provider.failures.push(...Object.values(unclearRefusals).slice(0, 1));
        await run(context, overHttp(provider));
        await context.fixtures.notifications.letTimePass(user.id);
      }
      assert.equal(provider.failures.length, 1, "five are sent");
      assert.equal((await only(user)).status, "failed");
    } finally {
      await provider.close();
    }
  });

  test("dispatch: a message refused beside others is not sent because its push is not known", async (context) => {
    await clear(context);
    const [other, user] = [await mailedTo(context), await makeReachable(context)];
    await context.fixtures.notifications.addDue({
      userId: user.id,
      type: "system",
      channel: "both",
    });
    const provider = new KeyedProvider({ permissive: true });
    provider.unwanted.add(user.email);
    const { mail } = provider.transports;
    const { push: silent } = openTransports({ push: () => new Promise(() => {}) }).transports;
    await dispatchNotifications(context.service.notifications, { mail, push: silent }, {
      limit: 10,
      budget: { begin: 100, finish: 300 },
      now: () => 0,
    });
    assert.deepEqual(
      [(await only(other)).status, (await only(user)).status],
      ["sent", "sending"],
    );
    await context.fixtures.notifications.letTimePass(user.id);
    const { push: closed } = openTransports({
      push: () =>
        Promise.resolve({ accepted: false, reason: "answered 400", permanent: true, gone: false }),
    }).transports;
    await run(context, { transports: { mail, push: closed } });
    const { status, error_message } = await only(user);
    assert.equal(status, "failed");
    assert.equal(error_message, "Почтовый сервис отказал: Invalid `to` field; answered 400");
    assert.deepEqual(provider.arrived, [other.email]);
  });

  test("dispatch: a provider without keys may have sent what it refuses later", async (context) => {
    await clear(context);
    const [one, two] = [await mailedTo(context), await mailedTo(context)];
    let requests = 0;
    const { transports } = openTransports({
      knowsKeys: false,
      mail: () =>
        Promise.reject(
          requests++ === 0
            ? new MailProviderError("connection reset", "unknown")
            : new MailProviderError("422: no words", "refused", 422),
        ),
    });
    for (let time = 0; time < 2; time++) {
      await run(context, { transports });
      for (const user of [one, two]) assert.equal((await only(user)).status, "sending");
      await bothWait(context, one.id, two.id);
    }
    assert.equal(requests, 2, "nobody is mailed alone");
  });
}

async function bothWait({ fixtures }: ConformanceContext, ...users: string[]): Promise<void> {
  for (const user of users) await fixtures.notifications.letTimePass(user);
}

function overHttp({ url, apiKey }: MailProvider) {
  const from = { address: "artist@promo.example", name: null };
  const mail = createResendTransport({ transport: "resend", url: new URL(url), apiKey, from });
  return { transports: { ...openTransports().transports, mail: () => Promise.resolve(mail) } };
}

function run(
  { service }: ConformanceContext,
  { transports }: { transports: Parameters<typeof dispatchNotifications>[1] },
) {
  return dispatchNotifications(service.notifications, transports, all);
}
