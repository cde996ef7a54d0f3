import assert from "node:assert/strict";
import {
  checkConcert,
  type Concert,
  type ConcertChanges,
  concertChangesSchema,
  fieldsToSubmit,
  isPast,
  isPublic,
  isSoldOut,
  moderationDecisionSchema,
  needsModerationAgain,
  newConcertSchema,
  problemsToSubmit,
  publicConcert,
} from "../../supabase/functions/_shared/domain/concert.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";

const complete: Concert = {
  id: "6c0f2a4e-5b1c-4a57-9c38-0d9b5a0e1f11",
  legacy_id: null,
  artist_id: "0e9f7a52-6f54-4b6e-8a1e-3f1f5f0b7c22",
  title: "Зимний вечер",
  description: "Акустика",
  city: "Москва",
  venue_name: "Клуб",
  venue_address: "Улица, 1",
  event_date: "2026-12-31",
  event_time: "19:00",
  time_zone: "Europe/Moscow",
  event_type: "Концерт",
  banner_image_url: "https://example.org/banner.png",
  ticket_price_min: 500,
  ticket_price_max: 1500,
  ticket_link: null,
  ticket_capacity: 100,
  tickets_sold: 0,
  moderation_status: "approved",
  moderation_comment: null,
  moderated_at: null,
  is_promoted: false,
  promotion_starts_at: null,
  promotion_ends_at: null,
  promotion_cost: null,
  is_hidden: false,
  is_cancelled: false,
  views_count: 0,
  clicks_count: 0,
  shares_count: 0,
  created_at: "2026-11-22T10:00:00.000Z",
  updated_at: "2026-11-22T10:00:00.000Z",
};
const now = new Date("2026-11-22T12:00:00Z");

Deno.test("a complete concert can be submitted; every missing field is named", () => {
  assert.deepEqual(problemsToSubmit(complete, now), []);
  for (const field of fieldsToSubmit) {
    for (const nothing of [null, ""]) {
      const problems = problemsToSubmit({ ...complete, [field]: nothing } as Concert, now);
      assert.deepEqual(problems.map(({ path }) => path), [field]);
      assert.match(problems[0].message, /[а-я]/);
    }
  }
  const empty = Object.fromEntries(fieldsToSubmit.map((field) => [field, null]));
  const problems = problemsToSubmit({ ...complete, ...empty } as Concert, now);
  assert.deepEqual(problems.map(({ path }) => path), [...fieldsToSubmit]);
});

Deno.test("a concert of today can be submitted, one of yesterday cannot, by the clocks of its place", () => {
  const on = (event_date: string, time_zone: string) => ({ ...complete, event_date, time_zone });
  const paths = (concert: Concert) => problemsToSubmit(concert, now).map(({ path }) => path);
  assert.deepEqual(paths(on("2026-11-22", "Europe/Moscow")), []);
  assert.deepEqual(paths(on("2026-11-21", "Europe/Moscow")), ["event_date"]);
  // At 12:00 UTC the 23rd begins in Kamchatka and the 22nd has just begun in Honolulu.
  assert.deepEqual(paths(on("2026-11-22", "Asia/Kamchatka")), ["event_date"]);
  assert.deepEqual(paths(on("2026-11-22", "Pacific/Honolulu")), []);
});

Deno.test("a concert is past when its day is over, to the millisecond", () => {
  const day = { event_date: "2026-11-22", time_zone: "Asia/Kamchatka" };
  assert.ok(!isPast(day, new Date("2026-11-22T11:59:59.999Z")));
  assert.ok(isPast(day, new Date("2026-11-22T12:00:00.000Z")));
  assert.ok(!isPast({ event_date: null, time_zone: "Europe/Moscow" }, now));
  // The day has 25 hours.
  const long = { event_date: "2026-10-25", time_zone: "Europe/Berlin" };
  assert.ok(!isPast(long, new Date("2026-10-25T22:59:59.999Z")));
  assert.ok(isPast(long, new Date("2026-10-25T23:00:00.000Z")));
});

Deno.test("only a changed promise sends an approved concert back to moderation", () => {
  const moderated: ConcertChanges[] = [
    { title: "Другой" },
    { city: "Тверь" },
    { venue_name: "Другой" },
    { venue_address: null },
    { time_zone: "Asia/Kamchatka" },
    { event_date: "2027-01-01" },
    { event_date: null },
    { event_time: "20:00" },
    { banner_image_url: "https://example.org/other.png" },
  ];
  for (const changes of moderated) {
    assert.ok(needsModerationAgain(complete, changes), JSON.stringify(changes));
    for (const moderation_status of ["draft", "pending", "rejected"] as const) {
      assert.ok(!needsModerationAgain({ ...complete, moderation_status }, changes));
    }
  }
  const free: ConcertChanges[] = [
    { title: complete.title },
    { description: "Другое", ticket_price_min: 1 },
    { ticket_capacity: null, ticket_link: "https://example.org/tickets" },
    { event_type: "Фестиваль" },
    {},
  ];
  for (const changes of free) {
    assert.ok(!needsModerationAgain(complete, changes), JSON.stringify(changes));
  }
});

Deno.test("the lowest price is not above the highest, the capacity not below what was sold", () => {
  const refusedPath = (concert: Concert) => {
    try {
      checkConcert(concert);
      return null;
    } catch (error) {
      assert.ok(error instanceof Refusal);
      assert.equal(error.code, "validation_failed");
      return error.details[0].path;
    }
  };
  assert.equal(refusedPath(complete), null);
  assert.equal(refusedPath({ ...complete, ticket_price_min: 1500 }), null);
  assert.equal(refusedPath({ ...complete, ticket_price_max: null }), null);
  assert.equal(refusedPath({ ...complete, ticket_price_min: 1500.01 }), "ticket_price_max");
  assert.equal(refusedPath({ ...complete, tickets_sold: 100 }), null);
  assert.equal(refusedPath({ ...complete, tickets_sold: 101 }), "ticket_capacity");
  assert.equal(refusedPath({ ...complete, tickets_sold: 101, ticket_capacity: null }), null);
});

Deno.test("the public sees what is approved, not hidden and not cancelled", () => {
  assert.ok(isPublic(complete));
  for (const moderation_status of ["draft", "pending", "rejected"] as const) {
    assert.ok(!isPublic({ ...complete, moderation_status }));
  }
  assert.ok(!isPublic({ ...complete, is_hidden: true }));
  assert.ok(!isPublic({ ...complete, is_cancelled: true }));
});

Deno.test("sold out is known only with a capacity", () => {
  assert.ok(!isSoldOut({ ticket_capacity: 10, tickets_sold: 9 }));
  assert.ok(isSoldOut({ ticket_capacity: 10, tickets_sold: 10 }));
  assert.ok(!isSoldOut({ ticket_capacity: null, tickets_sold: 10 }));
});

Deno.test("the public concert has the contract's fields and no other", () => {
  const card = { id: complete.artist_id, username: null, full_name: null, avatar_url: null };
  assert.deepEqual(Object.keys(publicConcert(complete, card)), [
    "id",
    "title",
    "description",
    "city",
    "venue_name",
    "venue_address",
    "event_date",
    "event_time",
    "time_zone",
    "event_type",
    "banner_image_url",
    "ticket_price_min",
    "ticket_price_max",
    "ticket_link",
    "is_promoted",
    "sold_out",
    "artist",
  ]);
});

Deno.test("a new concert needs a title only; nothing but what an artist writes is taken", () => {
  assert.ok(newConcertSchema.safeParse({ title: "Рок" }).success);
  assert.ok(!newConcertSchema.safeParse({ city: "Москва" }).success);
  assert.ok(!newConcertSchema.safeParse({ title: null }).success);
  const prices = { ticket_price_min: 2, ticket_price_max: 1 };
  assert.ok(!newConcertSchema.safeParse({ title: "Рок", ...prices }).success, "upside down");
  assert.ok(!concertChangesSchema.safeParse({}).success, "an empty change");
  for (
    const field of [
      "id",
      "artist_id",
      "moderation_status",
      "is_promoted",
      "promotion_ends_at",
      "promotion_cost",
      "is_hidden",
      "is_cancelled",
      "tickets_sold",
      "views_count",
      "created_at",
      "anything",
    ]
  ) {
    for (const schema of [newConcertSchema, concertChangesSchema]) {
      const result = schema.safeParse({ title: "Рок", [field]: complete[field as keyof Concert] });
      assert.ok(!result.success, field);
    }
  }
});

Deno.test("every field of a concert has its bounds", () => {
  const text = (length: number) => "a".repeat(length);
  const bounds: [field: string, accepted: unknown[], refused: unknown[]][] = [
    ["title", [text(3), text(200)], [text(2), text(201), null, 5]],
    ["description", [null, "", text(2000)], [text(2001)]],
    ["city", [null, text(2), text(100)], [text(1), text(101)]],
    ["venue_name", [null, text(2), text(200)], [text(1), text(201)]],
    ["venue_address", [null, text(1), text(500)], ["", text(501)]],
    ["event_date", [null, "2026-11-22"], ["2026-02-30", ""]],
    ["event_time", [null, "23:59"], ["24:00", ""]],
    ["time_zone", ["Europe/Moscow"], [null, "+03:00"]],
    ["event_type", [null, "DJ сет", "Другое"], ["Тур", "концерт", ""]],
    ["banner_image_url", [null, "https://example.org/"], ["javascript:alert(1)", ""]],
    ["ticket_price_min", [null, 0, 0.01, 1_000_000], [-1, 1_000_000.01, 0.001, "5"]],
    ["ticket_price_max", [null, 0, 0.01, 1_000_000], [-1, 1_000_000.01, 0.001, "5"]],
    ["ticket_link", [null, "https://example.org/"], ["//example.org", ""]],
    ["ticket_capacity", [null, 1, 1_000_000], [0, 1_000_001, 1.5, "5"]],
  ];
  for (const [field, accepted, refused] of bounds) {
    for (const value of accepted) {
      const result = concertChangesSchema.safeParse({ [field]: value });
      assert.ok(result.success, `${field} = ${String(value).slice(0, 30)}`);
    }
    for (const value of refused) {
      const result = concertChangesSchema.safeParse({ [field]: value });
      assert.ok(!result.success, `${field} = ${String(value).slice(0, 30)}`);
    }
  }
});

Deno.test("rejecting takes a reason, approving does not", () => {
  const accepts = (decision: unknown) => moderationDecisionSchema.safeParse(decision).success;
  assert.ok(accepts({ decision: "approved" }));
  assert.ok(accepts({ decision: "approved", comment: null }));
  assert.ok(accepts({ decision: "approved", comment: "Хорошо" }));
  assert.ok(accepts({ decision: "rejected", comment: "Нет афиши" }));
  assert.ok(!accepts({ decision: "rejected" }));
  assert.ok(!accepts({ decision: "rejected", comment: null }));
  assert.ok(!accepts({ decision: "rejected", comment: "  \n " }));
  assert.ok(!accepts({ decision: "pending", comment: "?" }));
  assert.ok(!accepts({ decision: "approved", moderator_id: "x" }));
});
