import assert from "node:assert/strict";
import * as z from "zod/mini";
import { concertChangesSchema } from "../../supabase/functions/_shared/domain/concert.ts";
import { Refusal, type RefusalDetail } from "../../supabase/functions/_shared/domain/refusal.ts";
import { parseInput } from "../../supabase/functions/_shared/http/validation.ts";

function detailsOf(schema: z.ZodMiniType, input: unknown): readonly RefusalDetail[] {
  try {
    parseInput(schema, input);
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(error.code, "validation_failed");
    return error.details;
  }
  throw new Error(`accepted ${JSON.stringify(input)}`);
}

Deno.test("every field at fault is named, with a Russian sentence", () => {
  const details = detailsOf(concertChangesSchema, {
    title: "a",
    city: 5,
    event_date: "2026-02-30",
    event_type: "Тур",
    ticket_price_min: 0.001,
    ticket_capacity: 0,
    unknown: 1,
    another: 2,
  });
  assert.deepEqual(details.map(({ path }) => path).sort(), [
    "another",
    "city",
    "event_date",
    "event_type",
    "ticket_capacity",
    "ticket_price_min",
    "title",
    "unknown",
  ]);
  for (const { path, message } of details) assert.match(message, /[а-яё]/i, path);
});

Deno.test("bounds are told in the words of what has them", () => {
  const schema = z.strictObject({
    list: z.optional(z.array(z.string()).check(z.minLength(1), z.maxLength(2))),
    text: z.optional(z.string().check(z.minLength(2), z.maxLength(3))),
    number: z.optional(z.number().check(z.gte(1), z.lte(2))),
    count: z.optional(z.int().check(z.gte(1), z.lte(2))),
    record: z.optional(z.record(z.string(), z.string())),
    choice: z.optional(z.union([z.literal("a"), z.array(z.literal("a"))])),
  });
  for (
    const [input, message] of [
      [{ list: [] }, "Нужно элементов: не меньше 1"],
      [{ list: ["a", "b", "c"] }, "Нужно элементов: не больше 2"],
      [{ list: "a" }, "Нужно: список"],
      [{ text: "a" }, "Не короче 2 симв."],
      [{ text: "four" }, "Не длиннее 3 симв."],
      [{ number: 0 }, "Не меньше 1"],
      [{ number: 3 }, "Не больше 2"],
      [{ count: 1e16 }, "Слишком большое число"],
      [{ count: -1e16 }, "Слишком большое отрицательное число"],
      [{ record: 5 }, "Нужно: объект"],
      [{ choice: "b" }, "Недопустимое значение"],
    ] as const
  ) {
    const details = detailsOf(schema, input);
    assert.deepEqual(details, [{ path: Object.keys(input)[0], message }]);
  }
});

Deno.test("what is wrong with a field is not told of the whole as well", () => {
  const schema = z.partial(z.strictObject({ title: z.string() })).check(
    z.refine((changes) => Object.keys(changes).length > 0, { error: "Нечего менять" }),
  );
  assert.deepEqual(detailsOf(schema, {}), [{ path: "", message: "Нечего менять" }]);
  assert.deepEqual(detailsOf(schema, { nope: 1 }).map(({ path }) => path), ["nope"]);
});

Deno.test("what is deeper is named by its dotted path", () => {
  const schema = z.strictObject({ filter: z.strictObject({ cities: z.array(z.string()) }) });
  const paths = (input: unknown) => detailsOf(schema, input).map(({ path }) => path);
  assert.deepEqual(paths({ filter: { cities: ["a", 5] } }), ["filter.cities.1"]);
  assert.deepEqual(paths({ filter: { cities: [], city: 1 } }), ["filter.city"]);
  assert.deepEqual(paths({}), ["filter"]);
});

Deno.test("a body that is no object is refused as a whole", () => {
  for (const input of [null, 5, "text", [], true]) {
    const details = detailsOf(concertChangesSchema, input);
    assert.deepEqual(details.map(({ path }) => path), [""], JSON.stringify(input));
    assert.match(details[0].message, /[а-яё]/i);
  }
});

Deno.test("a field named as JavaScript's own is an unknown field like any other", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const input = JSON.parse(`{"title":"Рок-концерт","${name}":{"is_promoted":true}}`);
    assert.deepEqual(detailsOf(concertChangesSchema, input).map(({ path }) => path), [name]);
  }
});
