import assert from "node:assert/strict";
import type { Concert } from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused } from "./api-client.ts";
import { allPages, approved, draft, pending } from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

export function moderationScenarios(scenario: Scenario): void {
  scenario(
    "moderation: the queue, longest waiting first, without what does not wait",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const first = await draft(context, artist);
      const second = await pending(context, artist);
      const third = await pending(context, await context.makeArtist());
      const back = await approved(context, artist);
      const cancelled = await pending(context, artist);
      await api.data("POST", `/concerts/${cancelled.id}/cancel`, { as: artist });
      const hidden = await pending(context, artist);
      await api.data("POST", `/concerts/${hidden.id}/hide`, { as: artist });
      await api.data("PATCH", `/concerts/${back.id}`, { as: artist, body: { venue_name: "Зал" } });
      await api.data("POST", `/concerts/${first.id}/submit`, { as: artist });
      const decided = await pending(context, artist);
      const moderator = await context.makeModerator();
      await api.data("POST", `/concerts/${decided.id}/moderate`, {
        as: moderator,
        body: { decision: "approved" },
      });

      const mine = [first, second, third, back, cancelled, hidden, decided].map(({ id }) => id);
      const expected = [second.id, third.id, hidden.id, back.id, first.id];
      for (const limit of [1, 3, 100]) {
        const queue = await allPages<Concert>(context, "/concerts/moderation", limit, {
          as: moderator,
        });
        assert.deepEqual(queue.map(({ id }) => id).filter((id) => mine.includes(id)), expected);
        assert.deepEqual([...new Set(queue.map((concert) => concert.moderation_status))], [
          "pending",
        ]);
      }
      // An edit while it waits does not cost the place.
      await api.data("PATCH", `/concerts/${second.id}`, { as: artist, body: { title: "Правка" } });
      const queue = await allPages<Concert>(context, "/concerts/moderation", 100, {
        as: moderator,
      });
      assert.equal(queue.find(({ id }) => mine.includes(id))?.id, second.id);
    },
  );

  scenario("moderation: for moderators and admins alone", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    const { id } = await pending(context, artist);
    const before = await fixtures.everythingOf(artist.id);
    const moderate = (as?: typeof artist | "service") =>
      api.send("POST", `/concerts/${id}/moderate`, { as, body: { decision: "approved" } });
    for (const as of [artist, await context.makeArtist(), "service" as const]) {
      assertRefused(await api.send("GET", "/concerts/moderation", { as }), "forbidden");
      assertRefused(await moderate(as), "forbidden");
    }
    assertRefused(await api.send("GET", "/concerts/moderation"), "unauthorized");
    assertRefused(await moderate(), "unauthorized");
    assert.equal(await fixtures.everythingOf(artist.id), before);
    for (const as of [await context.makeModerator(), await context.makeAdmin()]) {
      assert.equal((await api.send("GET", "/concerts/moderation", { as })).status, 200);
    }
  });

  scenario(
    "moderation: an artist who moderates may not decide twice, nor what is no queue",
    async (context) => {
      const { api } = context;
      const moderator = await context.makeModerator();
      const own = await draft(context, moderator);
      const moderate = (id: string) =>
        api.send("POST", `/concerts/${id}/moderate`, {
          as: moderator,
          body: { decision: "approved" },
        });
      assertRefused(await moderate(own.id), "invalid_transition");
      assertRefused(await moderate(crypto.randomUUID()), "not_found");
      assertRefused(await moderate("tour_1_none"), "not_found");
      const decided = await approved(context, await context.makeArtist());
      assertRefused(await moderate(decided.id), "invalid_transition");
    },
  );

  scenario("moderation: the artist is told once, in words", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    const title = "Концерт «Ночь» & 'Ко' %s";
    const { id } = await pending(context, artist, { title });
    const moderate = async (body: unknown) =>
      await api.send("POST", `/concerts/${id}/moderate`, {
        as: await context.makeModerator(),
        body,
      });
    assert.deepEqual(await fixtures.notificationsOf(artist.id), []);
    await moderate({ decision: "rejected", comment: "Нет постера" });
    await moderate({ decision: "rejected", comment: "Второй раз" });
    await api.data("POST", `/concerts/${id}/submit`, { as: artist });
    await moderate({ decision: "approved" });

    const common = {
      user_id: artist.id,
      concert_id: id,
      notification_type: "system",
      link: `/concerts/${id}`,
      channel: "in_app",
      status: "sent",
      is_read: false,
    };
    const told = await fixtures.notificationsOf(artist.id);
    assert.deepEqual(
      told.map((row) => ({
        ...Object.fromEntries(Object.keys(common).map((name) => [name, Reflect.get(row, name)])),
        title: row.title,
        message: row.message,
        metadata: row.metadata,
      })),
      [
        {
          ...common,
          title: "Концерт отклонён",
          message: `Концерт «${title}» отклонён: Нет постера`,
          metadata: { concert_id: id, decision: "rejected" },
        },
        {
          ...common,
          title: "Концерт одобрен",
          message: `Концерт «${title}» прошёл модерацию и опубликован.`,
          metadata: { concert_id: id, decision: "approved" },
        },
      ],
    );
  });

  scenario("moderation: of two moderators at once, one decides", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    const { id } = await pending(context, artist);
    const bodies = [{ decision: "approved" }, { decision: "rejected", comment: "Нет" }];
    const replies = await Promise.all(
      bodies.map(async (body) =>
        api.send<Concert>("POST", `/concerts/${id}/moderate`, {
          as: await context.makeModerator(),
          body,
        })
      ),
    );
    assert.deepEqual(replies.map(({ status }) => status).toSorted(), [200, 409]);
    const winner = replies.find(({ status }) => status === 200)?.body.data;
    const now = await api.data<Concert>("GET", `/concerts/${id}`, { as: artist });
    assert.equal(now.moderation_status, winner?.moderation_status);
    assert.equal((await fixtures.notificationsOf(artist.id)).length, 1);
  });
}
