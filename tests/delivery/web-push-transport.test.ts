import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createECDH, randomBytes } from "node:crypto";
import ece from "http_ece";
import { importJWK, jwtVerify } from "jose";
import { createWebPushTransport } from "../../supabase/functions/_shared/delivery/web-push-transport.ts";

/** A browser that can read what it is sent, by another implementation than the one that encrypts. */
function openBrowser(endpoint = "https://push.example.com/send/abc") {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  const auth = randomBytes(16);
  return {
    subscription: {
      endpoint,
      keys: { p256dh: keys.getPublicKey("base64url"), auth: auth.toString("base64url") },
    },
    read: (body: Uint8Array): unknown =>
      JSON.parse(
        ece.decrypt(Buffer.from(body), {
          version: "aes128gcm",
          privateKey: keys,
          authSecret: auth.toString("base64url"),
        }).toString(),
      ),
  };
}

function makeVapid() {
  const keys = createECDH("prime256v1");
  keys.generateKeys();
  return {
    subject: "mailto:admin@example.com",
    publicKey: keys.getPublicKey("base64url"),
    privateKey: keys.getPrivateKey("base64url").padStart(43, "A"),
  };
}

interface Posted {
  url: string;
  method: string;
  headers: Headers;
  body: Uint8Array;
  redirect: RequestRedirect;
}

/** A push service: keeps what it is sent and answers `status`. */
function openService(
  answer: () => Response | Promise<Response> = () => new Response(null, { status: 201 }),
) {
  const posted: Posted[] = [];
  const post: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    posted.push({
      url: request.url,
      method: request.method,
      headers: request.headers,
      body: new Uint8Array(await request.arrayBuffer()),
      redirect: request.redirect,
    });
    return await answer();
  };
  return { posted, post };
}

const message = {
  id: "7d1f4c52-0a3e-4b7e-9a55-2f1d3c9be001",
  title: "Концерт через 1 день",
  body: "Напоминаем: «Весна» состоится завтра.",
  link: "/concerts/1",
};

Deno.test("the browser, and only it, reads what it is sent", async () => {
  const [browser, vapid, service] = [openBrowser(), makeVapid(), openService()];
  const transport = createWebPushTransport({ transport: "webpush", vapid }, service.post);
  const outcome = await transport.send({ ...message, to: browser.subscription });
  assert.deepEqual(outcome, { accepted: true });
  const [{ url, method, headers, body, redirect }] = service.posted;
  assert.deepEqual([url, method.toUpperCase(), redirect], [
    browser.subscription.endpoint,
    "POST",
    "manual",
  ]);
  assert.equal(headers.get("content-encoding"), "aes128gcm");
  assert.equal(headers.get("ttl"), "86400");
  assert.equal(headers.get("topic"), "7d1f4c520a3e4b7e9a552f1d3c9be001");
  assert.deepEqual(browser.read(body), message);
  assert.ok(body.length <= 4096);
  assert.ok(!new TextDecoder().decode(body).includes("Весна"));
});

Deno.test("the sender is known by the project's key", async () => {
  const [vapid, service] = [makeVapid(), openService()];
  const transport = createWebPushTransport({ transport: "webpush", vapid }, service.post);
  await transport.send({ ...message, to: openBrowser().subscription });
  const authorization = service.posted[0].headers.get("authorization") ?? "";
  const { token, key } = /^vapid t=(?<token>[^,]+), k=(?<key>.+)$/.exec(authorization)?.groups ??
    {};
  assert.equal(key, vapid.publicKey);
  const point = Buffer.from(key, "base64url");
  const publicKey = await importJWK({
    kty: "EC",
    crv: "P-256",
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
  }, "ES256");
  const { payload } = await jwtVerify(token, publicKey, { audience: "https://push.example.com" });
  assert.equal(payload.sub, vapid.subject);
  // RFC 8292: at most a day.
  assert.ok(payload.exp && payload.exp * 1000 - Date.now() <= 86_400_000);
});

Deno.test("long texts are cut to what push services take, at whole characters", async () => {
  const [browser, service] = [openBrowser(), openService()];
  const transport = createWebPushTransport(
    { transport: "webpush", vapid: makeVapid() },
    service.post,
  );
  for (const character of ["я", "🎸", '"', "\n", "\u0001"]) {
    const long = {
      ...message,
      title: character.repeat(5000),
      body: character.repeat(5000),
      link: `https://example.com/${"x".repeat(1900)}`,
    };
    const outcome = await transport.send({ ...long, to: browser.subscription });
    assert.deepEqual(outcome, { accepted: true });
    const read = browser.read(service.posted.at(-1)?.body ?? new Uint8Array()) as typeof message;
    assert.ok(long.body.startsWith(read.body.slice(0, -1)) && read.body.endsWith("…"));
    assert.ok(read.body.isWellFormed() && read.body.length > 300);
    assert.equal(read.link, null);
  }
});

Deno.test("what the push service answers decides", async () => {
  const expected: [number, { permanent: boolean; gone: boolean }][] = [
    [400, { permanent: true, gone: false }],
    [403, { permanent: true, gone: false }],
    [404, { permanent: true, gone: true }],
    [410, { permanent: true, gone: true }],
    [413, { permanent: true, gone: false }],
    [429, { permanent: false, gone: false }],
    [500, { permanent: false, gone: false }],
    [503, { permanent: false, gone: false }],
    [307, { permanent: true, gone: false }],
  ];
  for (const [status, outcome] of expected) {
    const { post } = openService(() =>
      new Response(status === 204 ? null : "secret words", { status })
    );
    const transport = createWebPushTransport({ transport: "webpush", vapid: makeVapid() }, post);
    assert.deepEqual(await transport.send({ ...message, to: openBrowser().subscription }), {
      accepted: false,
      reason: `Сервис push-уведомлений push.example.com ответил: ${status}`,
      ...outcome,
    });
  }
});

Deno.test("a push service that is away is asked again, an address or key of no use never", async () => {
  const send = async (post: typeof fetch, subscription = openBrowser().subscription) =>
    await createWebPushTransport({ transport: "webpush", vapid: makeVapid() }, post)
      .send({ ...message, to: subscription });
  assert.deepEqual(await send(() => Promise.reject(new TypeError("connection refused"))), {
    accepted: false,
    reason: "Сервис push-уведомлений push.example.com не отвечает",
    permanent: false,
    gone: false,
  });
  const unused = openService();
  const inside = openBrowser("https://127.0.0.1/push").subscription;
  const keyless = { ...openBrowser().subscription, keys: { p256dh: "abc", auth: "def" } };
  for (const subscription of [inside, keyless]) {
    const outcome = await send(unused.post, subscription);
    assert.ok(!outcome.accepted && outcome.permanent && outcome.gone);
  }
  assert.deepEqual(unused.posted, []);
});
