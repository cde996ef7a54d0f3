import assert from "node:assert/strict";
import type { Concert, PublicConcert } from "../../supabase/functions/_shared/domain/concert.ts";
import { assertRefused } from "./api-client.ts";
import {
  approve,
  approved,
  artistWithCoins,
  daysFromToday,
  draft,
  past,
  pending,
} from "./concert-journeys.ts";
import type { Scenario } from "./scenario-context.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function lifecycleScenarios(scenario: Scenario): void {
  scenario("lifecycle: a new concert is an empty draft of its creator", async (context) => {
    const artist = await context.makeArtist();
    const before = Date.now();
    const reply = await context.api.send<Concert>("POST", "/concerts", {
      as: artist,
      body: { title: "  Первый концерт " },
    });
    assert.equal(reply.status, 201);
    assert.match(reply.body.message ?? "", /[а-я]/);
    const { id, created_at, updated_at, ...rest } = reply.body.data;
    assert.match(id, uuid);
    assert.ok(
      Date.parse(created_at) >= before - 1000 && Date.parse(created_at) <= Date.now() + 1000,
    );
    assert.equal(updated_at, created_at);
    assert.deepEqual(rest, {
      legacy_id: null,
      artist_id: artist.id,
      title: "Первый концерт",
      description: null,
      city: null,
      venue_name: null,
      venue_address: null,
      event_date: null,
      event_time: null,
      time_zone: "Europe/Moscow",
      event_type: null,
      banner_image_url: null,
      ticket_price_min: null,
      ticket_price_max: null,
      ticket_link: null,
      ticket_capacity: null,
      tickets_sold: 0,
      moderation_status: "draft",
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
    });
  });

  scenario("lifecycle: draft, submitted, approved, edited, moderated again", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const moderator = await context.makeModerator();
    const created = await draft(context, artist);
    const { id } = created;
    assertRefused(await api.send("GET", `/concerts/${id}`), "not_found");
    assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as: artist }), created);

    const submitted = await api.data<Concert>("POST", `/concerts/${id}/submit`, { as: artist });
    assert.equal(submitted.moderation_status, "pending");
    assertRefused(await api.send("GET", `/concerts/${id}`), "not_found");
    assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as: moderator }), submitted);
    assertRefused(
      await api.send("POST", `/concerts/${id}/submit`, { as: artist }),
      "invalid_transition",
    );

    const decided = await api.data<Concert>("POST", `/concerts/${id}/moderate`, {
      as: moderator,
      body: { decision: "approved" },
    });
    assert.equal(decided.moderation_status, "approved");
    assert.equal(decided.moderation_comment, null);
    assert.ok(Math.abs(Date.parse(decided.moderated_at ?? "") - Date.now()) < 10_000);
    const seen = await api.data<PublicConcert>("GET", `/concerts/${id}`);
    assert.equal(seen.title, created.title);
    assert.ok(!("views_count" in seen), "a visitor gets the public concert");
    const another = await context.makeArtist();
    assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as: another }), seen);
    assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as: "service" }), decided);
    assertRefused(
      await api.send("POST", `/concerts/${id}/submit`, { as: artist }),
      "invalid_transition",
    );

    const quiet = await api.data<Concert>("PATCH", `/concerts/${id}`, {
      as: artist,
      body: { description: "Новое описание", ticket_price_max: 3000, title: created.title },
    });
    assert.equal(quiet.moderation_status, "approved", "nothing a visitor was promised has changed");
    assert.equal(quiet.description, "Новое описание");
    assert.ok(quiet.updated_at >= decided.updated_at);

    const edited = await api.data<Concert>("PATCH", `/concerts/${id}`, {
      as: artist,
      body: { title: "Другое название" },
    });
    assert.equal(edited.moderation_status, "pending");
    assert.equal(edited.moderated_at, null);
    assertRefused(await api.send("GET", `/concerts/${id}`), "not_found");
    await approve(context, id);
    assert.equal(
      (await api.data<PublicConcert>("GET", `/concerts/${id}`)).title,
      "Другое название",
    );
  });

  scenario("lifecycle: which edits of an approved concert are moderated again", async (context) => {
    const artist = await context.makeArtist();
    const moderated = {
      title: "Другое название",
      city: "Казань",
      venue_name: "Другой зал",
      venue_address: null,
      time_zone: "Asia/Kamchatka",
      event_date: daysFromToday(31),
      event_time: "20:00",
      banner_image_url: "https://images.example.com/other.jpg",
    };
    const free = {
      description: null,
      event_type: "Фестиваль",
      ticket_price_min: 0,
      ticket_price_max: null,
      ticket_link: null,
      ticket_capacity: null,
    };
    const { id } = await approved(context, artist);
    const edit = (body: Record<string, unknown>) =>
      context.api.data<Concert>("PATCH", `/concerts/${id}`, { as: artist, body });
    for (const [field, value] of Object.entries(free)) {
      const edited = await edit({ [field]: value });
      assert.equal(edited.moderation_status, "approved", field);
      assert.equal(edited[field as keyof Concert], value, field);
    }
    for (const [field, value] of Object.entries(moderated)) {
      const edited = await edit({ [field]: value });
      assert.equal(edited.moderation_status, "pending", field);
      assert.equal(edited[field as keyof Concert], value, field);
      await approve(context, id);
      assert.equal(
        (await edit({ [field]: value })).moderation_status,
        "approved",
        `${field} again`,
      );
    }
  });

  scenario(
    "lifecycle: a rejection needs a reason, which the artist reads and answers",
    async (context) => {
      const { api } = context;
      const artist = await context.makeArtist();
      const { id } = await pending(context, artist);
      const moderate = async (body: unknown) =>
        await api.send<Concert>("POST", `/concerts/${id}/moderate`, {
          as: await context.makeModerator(),
          body,
        });
      assertRefused(await moderate({ decision: "rejected" }), "validation_failed", ["comment"]);
      assertRefused(
        await moderate({ decision: "rejected", comment: " \n " }),
        "validation_failed",
        [
          "comment",
        ],
      );
      assertRefused(await moderate({ decision: "rejected", comment: null }), "validation_failed", [
        "comment",
      ]);
      const { body } = await moderate({ decision: "rejected", comment: "Нет постера" });
      assert.equal(body.data.moderation_status, "rejected");
      assert.equal(body.data.moderation_comment, "Нет постера");
      assertRefused(
        await moderate({ decision: "approved" }),
        "invalid_transition",
      );
      assertRefused(await api.send("GET", `/concerts/${id}`), "not_found");

      const edited = await api.data<Concert>("PATCH", `/concerts/${id}`, {
        as: artist,
        body: { title: "С постером" },
      });
      assert.equal(edited.moderation_status, "rejected", "an edit alone does not submit");
      const again = await api.data<Concert>("POST", `/concerts/${id}/submit`, { as: artist });
      assert.equal(again.moderation_status, "pending");
      assert.equal(again.moderation_comment, null);
    },
  );

  scenario("lifecycle: an approval may carry a remark", async (context) => {
    const { id } = await pending(context, await context.makeArtist());
    const decided = await context.api.data<Concert>("POST", `/concerts/${id}/moderate`, {
      as: await context.makeAdmin(),
      body: { decision: "approved", comment: "Хороший постер" },
    });
    assert.equal(decided.moderation_comment, "Хороший постер");
  });

  scenario("lifecycle: hide and unhide, as often as one likes", async (context) => {
    const { api } = context;
    const artist = await context.makeArtist();
    const { id } = await approved(context, artist);
    for (const turn of [1, 2]) {
      const hidden = await api.data<Concert>("POST", `/concerts/${id}/hide`, { as: artist });
      assert.equal(hidden.is_hidden, true, `hide ${turn}`);
      assert.equal(hidden.moderation_status, "approved");
    }
    assertRefused(await api.send("GET", `/concerts/${id}`), "not_found");
    assertRefused(
      await api.send("GET", `/concerts/${id}`, { as: await context.makeArtist() }),
      "not_found",
    );
    assert.equal((await api.send("GET", `/concerts/${id}`, { as: artist })).status, 200);
    for (const turn of [1, 2]) {
      const shown = await api.data<Concert>("POST", `/concerts/${id}/unhide`, { as: artist });
      assert.equal(shown.is_hidden, false, `unhide ${turn}`);
    }
    assert.equal((await api.send("GET", `/concerts/${id}`)).status, 200);
  });

  scenario(
    "lifecycle: a cancelled concert stays as it is, and its reminders go",
    async (context) => {
      const { api, fixtures } = context;
      const artist = await context.makeArtist();
      const { id } = await approved(context, artist);
      const listener = await context.makeArtist();
      const other = await approved(context, artist);
      await fixtures.scheduleReminder({ userId: artist.id, concertId: id });
      await fixtures.scheduleReminder({ userId: listener.id, concertId: id });
      await fixtures.scheduleReminder({ userId: listener.id, concertId: other.id });
      const cancelled = await api.data<Concert>("POST", `/concerts/${id}/cancel`, { as: artist });
      assert.equal(cancelled.is_cancelled, true);
      assertRefused(await api.send("GET", `/concerts/${id}`), "not_found");
      assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as: artist }), cancelled);
      assertRefused(
        await api.send("POST", `/concerts/${id}/cancel`, { as: artist }),
        "invalid_transition",
      );
      assertRefused(
        await api.send("PATCH", `/concerts/${id}`, { as: artist, body: { city: "Уфа" } }),
        "invalid_transition",
      );
      assertRefused(
        await api.send("POST", `/concerts/${id}/promote`, { as: artist, body: { days: 1 } }),
        "invalid_transition",
      );
      assertRefused(await api.send("POST", `/concerts/${id}/views`), "not_found");
      const draftOne = await draft(context, artist);
      await api.data("POST", `/concerts/${draftOne.id}/cancel`, { as: artist });
      assertRefused(
        await api.send("POST", `/concerts/${draftOne.id}/submit`, { as: artist }),
        "invalid_transition",
      );
      const waiting = await pending(context, artist);
      await api.data("POST", `/concerts/${waiting.id}/cancel`, { as: artist });
      assertRefused(
        await api.send("POST", `/concerts/${waiting.id}/moderate`, {
          as: await context.makeModerator(),
          body: { decision: "approved" },
        }),
        "invalid_transition",
      );
      assert.deepEqual(await api.data("GET", `/concerts/${id}`, { as: artist }), cancelled);
      assert.deepEqual(await fixtures.remindersOf(id), []);
      assert.equal((await fixtures.remindersOf(other.id)).length, 1, "others keep theirs");
    },
  );

  scenario("lifecycle: a deleted concert is gone, one with sales stays", async (context) => {
    const { api, fixtures } = context;
    const artist = await context.makeArtist();
    for (const make of [draft, pending, approved]) {
      const { id } = await make(context, artist);
      const reply = await api.send("DELETE", `/concerts/${id}`, { as: artist });
      assert.equal(reply.status, 204);
      assertRefused(await api.send("GET", `/concerts/${id}`, { as: artist }), "not_found");
      assertRefused(await api.send("DELETE", `/concerts/${id}`, { as: artist }), "not_found");
    }
    assert.deepEqual(await api.data("GET", "/concerts/mine", { as: artist }), []);

    const sold = await approved(context, artist);
    await fixtures.sellTickets({
      artistId: artist.id,
      concertId: sold.id,
      quantity: 2,
      unitPrice: 500,
      commission: 0,
    });
    const before = await fixtures.everythingOf(artist.id);
    assertRefused(await api.send("DELETE", `/concerts/${sold.id}`, { as: artist }), "conflict");
    assert.equal(await fixtures.everythingOf(artist.id), before);
    assert.equal((await api.send("GET", `/concerts/${sold.id}`)).status, 200);
    const cancelled = await api.data<Concert>("POST", `/concerts/${sold.id}/cancel`, {
      as: artist,
    });
    assert.equal(cancelled.tickets_sold, 2);
  });

  scenario(
    "lifecycle: a promoted concert can be deleted, its coins stay spent",
    async (context) => {
      const { api } = context;
      const artist = await artistWithCoins(context, 300);
      const { id } = await approved(context, artist);
      await api.data("POST", `/concerts/${id}/promote`, { as: artist, body: { days: 7 } });
      assert.equal((await api.send("DELETE", `/concerts/${id}`, { as: artist })).status, 204);
      const ledger = await api.data<{ balance: number; transactions: { amount: number }[] }>(
        "GET",
        "/concerts/artists/me/coins",
        { as: artist },
      );
      assert.equal(ledger.balance, 200);
      assert.deepEqual(ledger.transactions.map(({ amount }) => amount), [-100, 300]);
    },
  );

  scenario("lifecycle: a concert that is over keeps its page", async (context) => {
    const { id } = await past(context, await context.makeArtist(), 10);
    assert.equal((await context.api.send("GET", `/concerts/${id}`)).status, 200);
  });
}
