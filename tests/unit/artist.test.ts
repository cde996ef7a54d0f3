import assert from "node:assert/strict";
import {
  type Artist,
  artistChangesSchema,
  publicArtist,
} from "../../supabase/functions/_shared/domain/artist.ts";

Deno.test("every field of a profile has its bounds", () => {
  const text = (length: number) => "a".repeat(length);
  const bounds: [field: string, accepted: unknown[], refused: unknown[]][] = [
    ["username", [null, "a.b_c-1", text(3), text(40)], [
      text(2),
      text(41),
      "имя",
      "a b",
      "a/b",
      "",
    ]],
    ["full_name", [null, "Я", text(200)], ["", text(201)]],
    ["bio", [null, "", text(2000)], [text(2001)]],
    ["avatar_url", [null, "https://example.org/a.png"], ["data:image/png;base64,AA", ""]],
    ["city", [null, "Уфа", text(100)], ["У", text(101)]],
    ["phone", [null, "+7 900 000-00-00", "12345"], ["1234", text(10), "+7".repeat(20), ""]],
  ];
  for (const [field, accepted, refused] of bounds) {
    for (const value of accepted) {
      const result = artistChangesSchema.safeParse({ [field]: value });
      assert.ok(result.success, `${field} = ${value}`);
    }
    for (const value of refused) {
      const result = artistChangesSchema.safeParse({ [field]: value });
      assert.ok(!result.success, `${field} = ${value}`);
    }
  }
});

Deno.test("what the backend alone writes is no field of a profile's change", () => {
  assert.ok(!artistChangesSchema.safeParse({}).success, "an empty change");
  for (
    const field of [
      "id",
      "email",
      "is_verified",
      "coins_balance",
      "subscribers_count",
      "total_plays",
      "total_tracks",
      "claimed_at",
    ]
  ) {
    assert.ok(!artistChangesSchema.safeParse({ full_name: "Артист", [field]: 1 }).success, field);
  }
});

Deno.test("a public profile shows neither e-mail, phone nor coins", () => {
  const artist: Artist = {
    id: "0e9f7a52-6f54-4b6e-8a1e-3f1f5f0b7c22",
    legacy_id: "demo-user",
    username: "artist",
    full_name: "Артист",
    bio: "О себе",
    avatar_url: null,
    city: "Москва",
    phone: "+7 900 000-00-00",
    email: "artist@example.org",
    is_verified: true,
    subscribers_count: 1,
    total_plays: 2,
    total_tracks: 3,
    coins_balance: 500,
    created_at: "2026-11-22T10:00:00.000Z",
    updated_at: "2026-11-22T10:00:00.000Z",
  };
  assert.deepEqual(publicArtist(artist), {
    id: artist.id,
    username: "artist",
    full_name: "Артист",
    avatar_url: null,
    bio: "О себе",
    city: "Москва",
    is_verified: true,
    subscribers_count: 1,
    total_plays: 2,
    total_tracks: 3,
  });
});
