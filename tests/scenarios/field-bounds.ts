import assert from "node:assert/strict";
import { artistChangesSchema } from "../../supabase/functions/_shared/domain/artist.ts";
import { concertChangesSchema } from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused } from "./api-client.ts";
import { artistFields, type Bounds, concertFields } from "./bounds-tables.ts";
import { draft } from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

export function fieldBoundScenarios(scenario: Scenario): void {
  scenario("bounds: the tables name every field there is", () => {
    assert.deepEqual(Object.keys(concertFields), Object.keys(concertChangesSchema._zod.def.shape));
    assert.deepEqual(Object.keys(artistFields), Object.keys(artistChangesSchema._zod.def.shape));
    return Promise.resolve();
  });

  scenario("bounds: every field of a concert", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist, {
      ticket_price_min: null,
      ticket_price_max: null,
    });
    const created =
      (await context.api.data<unknown[]>("GET", "/concerts/mine", { as: artist })).length;
    await tryFields(concertFields, async (body) => [
      await context.api.send("PATCH", `/concerts/${id}`, { as: artist, body }),
    ]);
    await tryRefused(concertFields, (field, value) =>
      context.api.send("POST", "/concerts", {
        as: artist,
        body: { title: "Название", [field]: value },
      }));
    const now = (await context.api.data<unknown[]>("GET", "/concerts/mine", { as: artist })).length;
    assert.equal(now, created, "nothing refused was created");
  });

  scenario("bounds: a concert is made at every field's bounds", async (context) => {
    const artist = await context.makeArtist();
    for (const end of [0, -1] as const) {
      const body: Record<string, unknown> = Object.fromEntries(
        Object.entries(concertFields).map(([field, { accepted }]) => [
          field,
          accepted.filter((value) => value !== null).at(end),
        ]),
      );
      body.ticket_price_min = 0;
      const concert = await context.api.data<Record<string, unknown>>("POST", "/concerts", {
        as: artist,
        body,
      });
      for (const [field, value] of Object.entries(body)) assert.equal(concert[field], value, field);
      const read = await context.api.data("GET", `/concerts/${concert.id}`, { as: artist });
      assert.deepEqual(read, concert);
    }
  });

  scenario("bounds: every field of a profile", async (context) => {
    const artist = await context.makeArtist();
    await tryFields(artistFields, async (body) => [
      await context.api.send("PATCH", "/concerts/artists/me", { as: artist, body }),
    ]);
    const tag = crypto.randomUUID().slice(0, 2);
    for (const username of [`${tag}x`, `_.-${tag}`.padEnd(40, "Z")]) {
      const profile = await context.api.data<{ username: string }>(
        "PATCH",
        "/concerts/artists/me",
        {
          as: artist,
          body: { username },
        },
      );
      assert.equal(profile.username, username);
    }
  });

  scenario("bounds: an edit names something, and only what there is", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    for (const path of [`/concerts/${id}`, "/concerts/artists/me"]) {
      const edit = (body: unknown) => context.api.send("PATCH", path, { as: artist, body });
      assertRefused(await edit({}), "validation_failed", [""]);
      for (const body of [null, [], "text", 1, [{ city: "Уфа" }]]) {
        assertRefused(await edit(body), "validation_failed", [""]);
      }
      assertRefused(await edit({ city: "Уфа", oops: 1, "a.b": 2 }), "validation_failed", [
        "oops",
        "a.b",
      ]);
      assertRefused(await edit({ City: "Уфа", city: "Уфа" }), "validation_failed", ["City"]);
    }
    assertRefused(
      await context.api.send("POST", "/concerts", { as: artist, body: {} }),
      "validation_failed",
      ["title"],
    );
    const several = await context.api.send("POST", "/concerts", {
      as: artist,
      body: { title: "аб", city: "в", event_time: "25:00", unknown: 1 },
    });
    assert.deepEqual(
      several.body.details?.map(({ path }) => path).toSorted(),
      ["city", "event_time", "title", "unknown"],
      "everything at fault at once",
    );
  });

  scenario("bounds: the prototype is no field", async (context) => {
    const artist = await context.makeArtist();
    const { id } = await draft(context, artist);
    const before = await context.fixtures.everythingOf(artist.id);
    const bodies = [
      '{"__proto__":{"title":"Чужое"}}',
      '{"__proto__":{"is_promoted":true},"city":"Уфа"}',
      '{"constructor":{"prototype":{"is_promoted":true}},"city":"Уфа"}',
      '{"toString":"x","city":"Уфа"}',
      '{"hasOwnProperty":1,"city":"Уфа"}',
    ];
    for (const rawBody of bodies) {
      for (const path of [`/concerts/${id}`, "/concerts/artists/me"]) {
        const reply = await context.api.send("PATCH", path, {
          as: artist,
          rawBody,
          headers: { "content-type": "application/json" },
        });
        assertRefused(reply, "validation_failed");
      }
    }
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    assert.equal(Reflect.get({}, "is_promoted"), undefined);
  });
}

type Send = (
  body: Record<string, unknown>,
) => Promise<[Awaited<ReturnType<Parameters<typeof tryRefused>[1]>>]>;

/** Sends each value of each field alone. */
async function tryFields(fields: Record<string, Bounds>, send: Send): Promise<void> {
  for (const [field, { accepted, changed = [] }] of Object.entries(fields)) {
    const pairs = [...accepted.map((value) => [value, value]), ...changed];
    for (const [sent, stored] of pairs) {
      const [reply] = await send({ [field]: sent });
      assert.equal(reply.status, 200, `${field} = ${JSON.stringify(sent)}: ${reply.text}`);
      assert.equal(Reflect.get(Object(reply.body.data), field), stored, field);
    }
    const cleared = accepted.includes(null) ? null : accepted[0];
    await send({ [field]: cleared });
  }
  await tryRefused(fields, async (field, value) => (await send({ [field]: value }))[0]);
}

async function tryRefused(
  fields: Record<string, Bounds>,
  send: (
    field: string,
    value: unknown,
  ) => Promise<Parameters<typeof assertRefused>[0]>,
): Promise<void> {
  for (const [field, { refused }] of Object.entries(fields)) {
    for (const value of refused) {
      const reply = await send(field, value);
      assert.equal(reply.status, 400, `${field} = ${JSON.stringify(value)}: ${reply.text}`);
      assert.equal(reply.body.code, "validation_failed");
      for (const { path } of reply.body.details ?? []) {
        assert.equal(
          path.split(".")[0],
          field,
          `${field} = ${JSON.stringify(value)}: ${reply.text}`,
        );
      }
    }
  }
}
