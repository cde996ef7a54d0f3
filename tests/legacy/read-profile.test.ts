import assert from "node:assert/strict";
import {
  blankProfile,
  readProfile,
} from "../../supabase/functions/_shared/database/legacy/read-profile.ts";
import { HostileValues } from "./hostile-values.ts";
import { readable } from "./readable.ts";

const artist = "01a6771d-e3c8-4477-8212-d4bcc2adaf1b";

async function read(key: string, value: unknown) {
  return readable(await readProfile(key, value));
}

Deno.test("JSON text: name, avatar and counters", async () => {
  const { record, repairs } = await read(
    `profile:${artist}`,
    JSON.stringify({
      userId: artist,
      name: "Ветер",
      avatar: "https://images.example.com/a.png",
      bio: "Играем с 2009 года. ",
      subscribers: 61326,
      totalPlays: 358078,
      totalTracks: 23,
      updatedAt: "2026-11-22T11:23:14.905Z",
    }),
  );
  assert.deepEqual(repairs, ["created_at_from_update"]);
  assert.deepEqual(record, {
    id: artist,
    legacy_id: null,
    owner: artist,
    username: null,
    full_name: "Ветер",
    bio: "Играем с 2009 года.",
    avatar_url: "https://images.example.com/a.png",
    city: null,
    phone: null,
    email: null,
    is_verified: false,
    subscribers_count: 61326,
    total_plays: 358078,
    total_tracks: 23,
    created_at: "2026-11-22T11:23:14.905Z",
    updated_at: "2026-11-22T11:23:14.905Z",
  });
});

Deno.test("object: username, full name, e-mail; verification is not taken from it", async () => {
  const { record, repairs } = await read(`profile:${artist}`, {
    id: artist,
    email: "a@example.com",
    username: "u_01a6771d",
    full_name: "Весна",
    is_verified: true,
    created_at: "2025-11-19T13:32:00.000Z",
    updated_at: "2025-11-20T13:32:00.000Z",
  });
  assert.deepEqual(repairs, []);
  assert.deepEqual([record.email, record.username, record.full_name], [
    "a@example.com",
    "u_01a6771d",
    "Весна",
  ]);
  assert.deepEqual(record.is_verified, false);
  assert.deepEqual(record.created_at, "2025-11-19T13:32:00.000Z");
  assert.deepEqual(record.updated_at, "2025-11-20T13:32:00.000Z");
});

Deno.test("an owner that is no account is known by its old id", async () => {
  const { record } = await read("profile:undefined", JSON.stringify({ name: "Кто-то" }));
  assert.deepEqual([record.owner, record.legacy_id], ["undefined", "undefined"]);
  assert.deepEqual(record.id, (await blankProfile("undefined", null)).id);
});

Deno.test("what is no profile is told with its reason", async () => {
  assert.deepEqual(await readProfile("profile:a", "5000"), { unreadable: "not_an_object" });
  assert.deepEqual(await readProfile("profile:a", "{"), { unreadable: "not_json" });
});

Deno.test("no value makes the reader throw or yield what the schema would refuse", async () => {
  const values = new HostileValues(7);
  const names = ["name", "avatar", "bio", "subscribers", "totalPlays", "email", "createdAt"];
  for (let round = 0; round < 1000; round++) {
    const reading = await readProfile("profile:a", values.stored(values.record(names)));
    if ("unreadable" in reading) continue;
    for (const field of Object.values(reading.record)) {
      if (typeof field === "string") assert(!field.includes("\0") && field.isWellFormed());
      if (typeof field === "number") assert(Number.isInteger(field) && field >= 0);
    }
    assert(!Number.isNaN(Date.parse(reading.record.created_at)));
  }
});

Deno.test("names, telephones and addresses that are none today are left out", async () => {
  const { record, repairs } = await read(`profile:${artist}`, {
    username: "Весна",
    phone: "нет",
    email: "e".repeat(321),
    city: "У",
    bio: "б".repeat(3000),
    full_name: "И".repeat(201),
    avatar_url: `https://images.example.com/${"a".repeat(2000)}`,
    created_at: "2025-11-19T13:32:00.000Z",
  });
  const { username, phone, email, city, avatar_url } = record;
  assert.deepEqual([username, phone, email, city, avatar_url], [null, null, null, null, null]);
  assert.deepEqual([record.bio?.length, record.full_name?.length], [2000, 200]);
  assert.deepEqual([...repairs].sort(), [
    "link_too_long",
    "text_malformed",
    "text_shortened",
    "text_too_short",
  ]);
  const kept = await read(`profile:${artist}`, { username: "Vesna_1", phone: "+7 900 000-00-00" });
  assert.deepEqual([kept.record.username, kept.record.phone], ["Vesna_1", "+7 900 000-00-00"]);
});
