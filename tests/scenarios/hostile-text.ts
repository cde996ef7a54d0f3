import assert from "node:assert/strict";
import type { Concert, PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { notifications } from "../../supabase/functions/notifications/notifications.ts";
import { assertRefused } from "./api-client.ts";
import { approve, approved, draft, pending } from "./concert-journeys.ts";
import { acceptedBodies } from "./every-route.ts";
import type { Scenario } from "./scenario-context.ts";

/** Texts that mean something to SQL, LIKE, the Data API, JSON, HTML or a shell, and nothing to people. */
const hostileTexts = [
  "%%%",
  "___",
  "a%b_c",
  "***",
  "x*y",
  "\\",
  "\\%\\_\\\\",
  "'; drop table concerts; --",
  "' or '1'='1",
  '"quoted"',
  '"',
  "''",
  "a,b",
  "a.b.c",
  "(a)",
  ")(",
  "),or(id.gt.0",
  "eq.1",
  "id.eq.1",
  "not.is.null",
  "is.null",
  "in.(1,2)",
  "like.*",
  "*)&select=*",
  "a&b=c",
  "a=b?c#d",
  "null",
  "NULL",
  "true",
  "undefined",
  "NaN",
  "{}",
  "[]",
  '{"a":1}',
  "$1",
  "$$",
  "${x}",
  "{{x}}",
  "%s",
  "%00",
  "%2F..%2F",
  "../../etc/passwd",
  "a/b",
  "a:b:c",
  "concert:*",
  "<script>alert(1)</script>",
  "&amp;",
  "`id`",
  "; ls",
  "a b",
  "​zero​width",
  "‮abc",
  "İıſK",
  "e\u0301",
  "é",
  "👩‍👩‍👧‍👦",
  "ﷺ",
  "𒐪".repeat(20),
];

/** Ids nobody has, of every kind of trouble; some are more than a path can carry as they are. */
const hostileIds = [
  ...hostileTexts,
  "\u0000",
  "a\u0000b",
  "\u001f",
  "\n",
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "00000000-0000-0000-0000-00000000000",
  "{00000000-0000-0000-0000-000000000000}",
  "00000000000000000000000000000000",
  "1",
  "-1",
  "9".repeat(400),
  "x".repeat(4000),
  "%",
  "%E0%A4%A",
  "%ED%A0%80",
  "%FF",
  "me%00",
];

const fewHostileIds = [
  "%%%",
  "'; drop table concerts; --",
  ")(",
  "\\",
  '"',
  "a\u0000b",
  "%00",
  "a/b",
];

export function hostileTextScenarios(scenario: Scenario): void {
  scenario(
    "hostile texts: every text field keeps them as they are, and nothing else changes",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const { id } = await draft(context, artist);
      const bystander = await context.makeArtist();
      await draft(context, bystander);
      const before = await context.fixtures.everythingOf(bystander.id);
      for (const text of hostileTexts) {
        const long = `xyz ${text}`;
        const body = {
          title: long,
          description: text,
          city: long,
          venue_name: long,
          venue_address: text,
          banner_image_url: `https://a.ru/${encodeURIComponent(text)}?q=${
            text.replace(/\s/g, "+")
          }`,
        };
        const edited = await api.data<Concert>("PATCH", `/concerts/${id}`, { as: artist, body });
        const read = await api.data<Concert>("GET", `/concerts/${id}`, { as: artist });
        for (const concert of [edited, read]) {
          for (const [field, value] of Object.entries(body)) {
            assert.equal(concert[field as keyof Concert], value, `${field}: ${text}`);
          }
        }
        const profile = { full_name: text, bio: text, city: long };
        const saved = await api.data<Record<string, unknown>>("PATCH", "/concerts/artists/me", {
          as: artist,
          body: profile,
        });
        for (const [field, value] of Object.entries(profile)) {
          assert.equal(
            saved[field],
            value,
            field,
          );
        }
      }
      assert.equal(await context.fixtures.everythingOf(bystander.id), before);
    },
  );

  scenario(
    "hostile texts: a moderator's comment and its notification keep them too",
    async (context) => {
      const artist = await context.makeArtist();
      const comment = hostileTexts.join(" | ").slice(0, 1000);
      const title = "'; %s %I \\ \" $1 {0}";
      const { id } = await pending(context, artist, { title });
      const decided = await context.api.data<Concert>("POST", `/concerts/${id}/moderate`, {
        as: await context.makeModerator(),
        body: { decision: "rejected", comment },
      });
      assert.equal(decided.moderation_comment, comment);
      const [told] = await context.fixtures.notificationsOf(artist.id);
      assert.equal(told.message, `Концерт «${title}» отклонён: ${comment}`);
    },
  );

  scenario(
    "hostile texts: a search, a city, an artist's id match literally or nothing",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const { id } = await approved(context, artist);
      const find = (query: Record<string, string>) =>
        api.send<PublicConcert[]>("GET", "/concerts", { query: { when: "all", ...query } });
      const ids = new Set<string>();
      for (const text of hostileTexts) {
        const city = `xyz ${text}`;
        await api.data("PATCH", `/concerts/${id}`, { as: artist, body: { city } });
        await approve(context, id);
        const byCity = await find({ city });
        assert.deepEqual(byCity.body.data?.map((concert) => concert.id), [id], byCity.text);
        for (const found of [await find({ city: text }), await find({ artist_id: text })]) {
          assert.deepEqual(found.body.data, [], `${text}: ${found.text}`);
        }
        const hasWords = /[\p{L}\p{N}]/u.test(text);
        for (const order of ["event_date", "relevance"]) {
          const found = await find({ q: text, order, artist_id: artist.id });
          if (!hasWords) assertRefused(found, "validation_failed", ["q"]);
          else assert.equal(found.status, 200, `${text}: ${found.text}`);
          for (const concert of found.body.data ?? []) ids.add(concert.id);
        }
        const feed = await api.send("GET", "/concerts/calendar.ics", { query: { q: text, city } });
        assert.equal(feed.status, hasWords ? 200 : 400, feed.text);
      }
      assert.deepEqual([...ids], [], "none of these is a word of the concert");
    },
  );

  scenario("hostile texts: as an id they are nobody's, on every route", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    await approved(context, artist);
    const moderator = await context.makeModerator();
    const before = await context.fixtures.everythingOf(artist.id);
    const withId = concerts.routes.filter(({ path }) => path.includes(":id"));
    for (const route of withId) {
      // All of them where a concert is read, where one is written and where an artist is read.
      const isThorough = ["GET /:id", "PATCH /:id", "GET /artists/:id"]
        .includes(`${route.method} ${route.path}`);
      for (const id of isThorough ? hostileIds : fewHostileIds) {
        const path = `/concerts${route.path.replace(":id", encodeURIComponent(id))}`;
        const reply = await api.send(route.method, path, {
          as: route.access === "moderator" ? moderator : artist,
          body: acceptedBodies[`${route.method} /concerts${route.path}`],
        });
        const about = `${route.method} ${path.slice(0, 200)}: ${reply.text}`;
        assert.equal(`${reply.status} ${reply.body.code}`, "404 not_found", about);
      }
    }
    for (const { method, path } of notifications.routes.filter(({ path }) => path.includes("/:"))) {
      const key = `${method} /notifications${path}`;
      for (const id of path === "/:id" ? hostileIds : fewHostileIds) {
        const reply = await api.send(
          method,
          `/notifications${path.replace(/:\w+/, encodeURIComponent(id))}`,
          { as: artist, body: acceptedBodies[key] },
        );
        const about = `${key} of ${id.slice(0, 200)}: ${reply.text}`;
        assert.equal(`${reply.status} ${reply.body.code}`, "404 not_found", about);
      }
    }
    for (const raw of ["%", "%zz", "%E0%A4%A", "%ED%A0%80", "%FF", "%00", "%C0%AF", "%uD800"]) {
      for (const path of [`/concerts/${raw}`, `/concerts/artists/${raw}`]) {
        assertRefused(await api.send("GET", path, { as: artist }), "not_found");
      }
    }
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
  });

  scenario(
    "hostile texts: a username and an old id with wildcards match themselves alone",
    async (context) => {
      const { api, fixtures } = context;
      const tag = crypto.randomUUID().slice(0, 8);
      const [one, other] = [await context.makeArtist(), await context.makeArtist()];
      await api.data("PATCH", "/concerts/artists/me", {
        as: one,
        body: { username: `a.b-${tag}` },
      });
      const reply = await api.send("PATCH", "/concerts/artists/me", {
        as: other,
        body: { username: `a_b-${tag}` },
      });
      assert.equal(reply.status, 200, "an underscore is no wildcard");
      const ownerIds = [
        `demo_${tag}`,
        `demo%${tag}`,
        `demo*${tag}`,
        `demo,${tag}`,
        `demo"${tag}`,
        `demo\\${tag}`,
      ];
      for (const ownerId of ownerIds) {
        await fixtures.leaveProfile({
          ownerId,
          email: `${crypto.randomUUID()}@example.com`,
          fullName: ownerId,
          concertId: `${ownerId}/1`,
          concertTitle: "Старый концерт",
          coins: 1,
        });
      }
      for (const ownerId of ownerIds) {
        const path = `/concerts/artists/${encodeURIComponent(ownerId)}`;
        const profile = await api.data<{ full_name: string }>("GET", path);
        assert.equal(profile.full_name, ownerId);
        const listed = await api.send("GET", "/concerts", { query: { artist_id: ownerId } });
        assert.deepEqual(listed.body.data, [], "drafts are nobody's to see");
      }
      assertRefused(await api.send("GET", `/concerts/artists/demo-${tag}`), "not_found");
    },
  );
}
