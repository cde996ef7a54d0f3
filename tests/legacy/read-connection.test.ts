import assert from "node:assert/strict";
import { readConnection } from "../../supabase/functions/_shared/database/legacy/read-connection.ts";
import { HostileValues } from "./hostile-values.ts";
import { readable } from "./readable.ts";

const key = "ticket_provider:01a6771d-e3c8-4477-8212-d4bcc2adaf1b:afisha";

const connection = {
  id: "afisha",
  logo: "https://images.example.com/logo.png",
  name: "Яндекс Афиша",
  apiKey: "demo_api_key_578091524",
  enabled: true,
  artistId: "01a6771d-e3c8-4477-8212-d4bcc2adaf1b",
  commission: 8,
  connectedAt: "2026-11-22T11:23:15.177Z",
};

Deno.test("a connection, of whose plain key only the end is read", () => {
  const { record, repairs } = readable(readConnection(key, connection));
  assert.deepEqual(record, {
    provider_id: "afisha",
    api_key_last4: "1524",
    is_active: true,
    connected_at: "2026-11-22T11:23:15.177Z",
  });
  assert.deepEqual(repairs, ["key_in_plain_text"]);
  assert.ok(!JSON.stringify(record).includes("demo_api_key"));
});

Deno.test("a key too short to hide the rest shows nothing; a missing date is noted", () => {
  const { record } = readable(readConnection(key, { ...connection, apiKey: "12345678901" }));
  assert.equal(record.api_key_last4, null);
  const bare = readable(readConnection(key, { enabled: "yes" }));
  assert.deepEqual(bare.record, {
    provider_id: "afisha",
    api_key_last4: null,
    is_active: false,
    connected_at: "1970-01-01T00:00:00.000Z",
  });
  assert.deepEqual(bare.repairs, ["connected_at_unknown", "flag_unreadable"]);
});

Deno.test("a provider nobody knows is no connection", () => {
  assert.deepEqual(readConnection("ticket_provider:a:nobody", connection), {
    unreadable: "unknown_provider",
  });
  assert.deepEqual(readConnection(key, "[1]"), { unreadable: "not_an_object" });
});

Deno.test("no value makes the reader throw, or lets a key out", () => {
  const values = new HostileValues(99);
  for (let round = 0; round < 2000; round++) {
    const fields = values.record(Object.keys(connection));
    const reading = readConnection(key, values.stored(fields));
    if ("unreadable" in reading) continue;
    assert.ok((reading.record.api_key_last4 ?? "").length <= 4);
  }
});
