import assert from "node:assert/strict";
import { withoutSecrets } from "../../migrate/without-secrets.ts";
import { openConnection } from "../../supabase/functions/_shared/database/kv/ticket-connections.ts";

const key = "ticket_provider:somebody:nobody";

Deno.test("a connection's secrets are kept nowhere, whatever they look like", () => {
  for (
    const value of [
      { apiKey: "987654321" },
      { apiKey: 987654321 },
      { API_KEY: { value: "987654321" } },
      { more: [{ webhookSecret: ["987654321"] }] },
      JSON.stringify({ password: "987654321" }),
      { api_key_2: "987654321" },
      { credentials: { login: "x", pass: "987654321" } },
      { config: JSON.stringify({ apiKey: "987654321" }) },
      { Authorization: "Bearer 987654321" },
      { name: { pin: 987654321 } },
      { "": "987654321" },
      ["987654321"],
      "987654321",
      "ключ 987654321",
      987654321,
    ]
  ) {
    const kept = withoutSecrets(key, JSON.stringify(value));
    assert.ok(!kept.includes("987654321"), kept);
    assert.ok(kept.includes("(left out)"), kept);
  }
  assert.ok(!withoutSecrets(key, "98765432109876543210").includes("9876"), "a very long number");
});

Deno.test("all else is kept whole", () => {
  for (const value of ['{"enabled":true,"commission":1e400}', '{"api_key_encrypted":"v1.abc"}']) {
    assert.equal(withoutSecrets(key, value), value);
  }
  assert.equal(withoutSecrets("ticket_sale:a:b", '{"apiKey":"1"}'), '{"apiKey":"1"}');
});

Deno.test("what is kept of an old connection beside the new one has no secrets, at any depth", () => {
  const opened = openConnection({
    key: "ticket_provider:somebody:kassir",
    value: {
      name: "Кассир.ру",
      apiKey: "one",
      API_KEY: "two",
      x: { apiKey: "three", y: 1 },
      api_key_2: "four",
      config: '{"apiKey":"five"}',
      "": "six",
    },
  });
  assert.ok("document" in opened);
  assert.deepEqual(opened.document.legacy, { name: "Кассир.ру" });
});
