import assert from "node:assert/strict";
import { assertRefused } from "./api-client.ts";
import { controls, surrogates, text } from "./bounds-tables.ts";
import { approved, artistWithCoins, pending, uniqueWord } from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

export function requestBoundScenarios(scenario: Scenario): void {
  scenario("bounds: of a promotion", async (context) => {
    const artist = await artistWithCoins(context, 500);
    const { id } = await approved(context, artist);
    const before = await context.fixtures.everythingOf(artist.id);
    for (const days of [0, 31, -1, 1.5, 1e9, "7", null, true, [7]]) {
      const reply = await context.api.send("POST", `/concerts/${id}/promote`, {
        as: artist,
        body: { days },
      });
      assertRefused(reply, "validation_failed", ["days"]);
    }
    const more = await context.api.send("POST", `/concerts/${id}/promote`, {
      as: artist,
      body: { days: 7, cost: 0 },
    });
    assertRefused(more, "validation_failed", ["cost"]);
    const none = await context.api.send("POST", `/concerts/${id}/promote`, {
      as: artist,
      body: {},
    });
    assertRefused(none, "validation_failed", ["days"]);
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
  });

  scenario("bounds: of a decision", async (context) => {
    const artist = await context.makeArtist();
    const moderator = await context.makeModerator();
    const { id } = await pending(context, artist);
    const before = await context.fixtures.everythingOf(artist.id);
    const decide = (body: unknown, concertId = id) =>
      context.api.send<{ moderation_comment: string }>("POST", `/concerts/${concertId}/moderate`, {
        as: moderator,
        body,
      });
    for (const decision of ["", "pending", "draft", "Approved", null, 1, ["approved"]]) {
      assertRefused(await decide({ decision, comment: "Причина" }), "validation_failed", [
        "decision",
      ]);
    }
    assertRefused(await decide({}), "validation_failed", ["decision"]);
    for (const comment of ["", " ", text(2001), controls[0], surrogates[0], 1, null]) {
      assertRefused(await decide({ decision: "rejected", comment }), "validation_failed", [
        "comment",
      ]);
    }
    assertRefused(
      await decide({ decision: "approved", comment: text(2001) }),
      "validation_failed",
      ["comment"],
    );
    assertRefused(
      await decide({ decision: "approved", artist_id: artist.id }),
      "validation_failed",
      ["artist_id"],
    );
    assert.equal(await context.fixtures.everythingOf(artist.id), before);
    for (const comment of [text(1), text(2000)]) {
      const waiting = await pending(context, artist, { title: text(200) });
      const reply = await decide({ decision: "rejected", comment }, waiting.id);
      assert.equal(reply.body.data.moderation_comment, comment);
    }
  });

  scenario("bounds: of query parameters", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const moderator = await context.makeModerator();
    const page: Record<string, { accepted: string[]; refused: string[] }> = {
      limit: {
        accepted: ["1", "100", "020"],
        refused: ["0", "101", "1000", "-1", "1.5", "1e1", "abc", "", " 1", "0x10", "١"],
      },
    };
    const filter: typeof page = {
      q: {
        accepted: ["ж", text(200), ` ${text(200)} `, "𐐨".repeat(200)],
        refused: ["", " ", "!", "🎸", text(201), "𐐨".repeat(201), "а\u0000б", "а\nб"],
      },
      city: { accepted: ["ж", text(100)], refused: ["", text(101), "а\u0000б"] },
      artist_id: { accepted: ["1", text(200)], refused: ["", text(201), "а\u0000б"] },
      event_type: { accepted: ["DJ сет"], refused: ["", "dj сет", "Тур"] },
      from: {
        accepted: ["1900-01-01", "9999-12-31"],
        refused: ["", "1899-12-31", "2026-02-30", "now"],
      },
      to: { accepted: ["1900-01-01", "9999-12-31"], refused: ["", "1899-12-31", "15.03.2026"] },
      when: { accepted: ["upcoming", "past", "all"], refused: ["", "now", "All"] },
      promoted: { accepted: ["true", "false"], refused: ["", "1", "yes", "TRUE"] },
    };
    const order = {
      order: { accepted: ["event_date", "-event_date"], refused: ["", "title", "relevance"] },
    };
    const own: typeof page = {
      status: {
        accepted: ["draft", "pending", "approved", "rejected"],
        refused: ["", "cancelled", "Draft"],
      },
      when: filter.when,
    };
    const lists = [
      { path: "/concerts", parameters: { ...page, ...filter, ...order } },
      { path: "/concerts/calendar.ics", parameters: filter },
      { path: "/concerts/mine", as: artist, parameters: { ...page, ...own } },
      { path: "/concerts/moderation", as: moderator, parameters: page },
      { path: "/concerts/analytics", as: artist, parameters: page },
      { path: "/concerts/artists/me/coins", as: artist, parameters: page },
    ];
    for (const { path, as, parameters } of lists) {
      for (const [name, { accepted, refused }] of Object.entries(parameters)) {
        for (const value of accepted) {
          const reply = await api.send("GET", path, { as, query: { [name]: value } });
          assert.equal(reply.status, 200, `${path} ${name}=${value}: ${reply.text}`);
        }
        for (const value of refused) {
          const reply = await api.send("GET", path, { as, query: { [name]: value } });
          assertRefused(reply, "validation_failed", [name]);
        }
        const [value] = accepted;
        const twice = await api.send("GET", `${path}?${name}=${value}&${name}=${value}`, { as });
        assertRefused(twice, "validation_failed", [name]);
      }
      for (
        const name of ["unknown", "Limit", "__proto__", "constructor", "select", "order.desc", "or"]
      ) {
        const reply = await api.send("GET", path, { as, query: { [name]: "1" } });
        assertRefused(reply, "validation_failed", [name]);
      }
    }
    const byRelevance = await api.send("GET", "/concerts", {
      query: { q: uniqueWord(), order: "relevance" },
    });
    assert.equal(byRelevance.status, 200);
  });
}
