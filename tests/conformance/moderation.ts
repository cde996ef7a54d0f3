import assert from "node:assert/strict";
import {
  completeConcert,
  dateInDays,
  pendingConcert,
  publicConcert,
  reread,
} from "./concert-making.ts";
import type { ConformanceTest } from "./conformance-context.ts";
import { assertRefused, readPages } from "./expect.ts";

/** From draft to a moderator's decision. */
export function moderationTests(test: ConformanceTest): void {
  test("submit names every field that is missing, in the form's order", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const draft = await artist.database.concerts.create({ title: "Рок" });
    await assertRefused(artist.database.concerts.submit(draft.id), "validation_failed", [
      "city",
      "venue_name",
      "event_date",
      "event_time",
      "event_type",
      "banner_image_url",
    ]);
    assert.deepEqual(await reread(artist, draft.id), draft);
  });

  test("submit refuses a day that is over, by the clocks of the concert's place", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const create = async (event_date: string, time_zone: string) =>
      (await artist.database.concerts.create(completeConcert({ event_date, time_zone }))).id;
    await assertRefused(
      artist.database.concerts.submit(await create(dateInDays(-2), "Europe/Moscow")),
      "validation_failed",
      ["event_date"],
    );
    // The first and the last place on earth where a day is.
    const [first, last] = ["Pacific/Kiritimati", "Pacific/Pago_Pago"];
    const todayIn = (timeZone: string) =>
      new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format();
    for (const zone of [first, last]) {
      const submitted = await artist.database.concerts.submit(await create(todayIn(zone), zone));
      assert.equal(submitted.moderation_status, "pending", zone);
    }
    await assertRefused(
      artist.database.concerts.submit(await create(todayIn(last), first)),
      "validation_failed",
      ["event_date"],
    );
  });

  test("a past date is named beside what is missing", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const { id } = await artist.database.concerts.create(
      completeConcert({ event_date: "2020-01-01", city: null, banner_image_url: null }),
    );
    await assertRefused(artist.database.concerts.submit(id), "validation_failed", [
      "city",
      "banner_image_url",
      "event_date",
    ]);
  });

  test("a draft is submitted once", async ({ makeArtist }) => {
    const artist = await makeArtist();
    const draft = await artist.database.concerts.create(completeConcert());
    const pending = await artist.database.concerts.submit(draft.id);
    assert.deepEqual(
      { ...pending, updated_at: "" },
      { ...draft, updated_at: "", moderation_status: "pending" },
    );
    await assertRefused(artist.database.concerts.submit(draft.id), "invalid_transition");
    assert.deepEqual(await reread(artist, draft.id), pending);
  });

  test("an approved or cancelled concert is not submitted", async (context) => {
    const artist = await context.makeArtist();
    const approved = await publicConcert(context, artist);
    await assertRefused(artist.database.concerts.submit(approved.id), "invalid_transition");
    const { id } = await artist.database.concerts.create(completeConcert());
    await artist.database.concerts.cancel(id);
    await assertRefused(artist.database.concerts.submit(id), "invalid_transition");
  });

  test("approving publishes the concert and tells the artist", async (context) => {
    const { makeArtist, makeModerator, fixtures } = context;
    const [artist, moderator] = [await makeArtist(), await makeModerator()];
    const pending = await pendingConcert(artist, { title: "Весна «2027»" });
    const approved = await moderator.database.concerts.moderate(pending.id, {
      decision: "approved",
    });
    assert.equal(approved.moderation_status, "approved");
    assert.equal(approved.moderation_comment, null);
    assert.ok(approved.moderated_at !== null && approved.moderated_at >= pending.created_at);
    assert.equal((await context.visitor.concerts.find(pending.id)).access, "public");

    const notifications = await fixtures.notificationsOf(artist.id);
    assert.deepEqual(notifications.map(essentials), [{
      user_id: artist.id,
      concert_id: pending.id,
      notification_type: "system",
      title: "Концерт одобрен",
      message: "Концерт «Весна «2027»» прошёл модерацию и опубликован.",
      link: `/concerts/${pending.id}`,
      channel: "in_app",
      status: "sent",
      is_read: false,
      metadata: { concert_id: pending.id, decision: "approved" },
    }]);
    assert.deepEqual(await fixtures.notificationsOf(moderator.id), []);
  });

  test("rejecting keeps the reason and tells it to the artist, who may try again", async (context) => {
    const { makeArtist, makeModerator, fixtures } = context;
    const [artist, moderator] = [await makeArtist(), await makeModerator()];
    const { id } = await pendingConcert(artist);
    const comment = "Нет афиши: 100% текста";
    const rejected = await moderator.database.concerts.moderate(id, {
      decision: "rejected",
      comment,
    });
    assert.deepEqual([rejected.moderation_status, rejected.moderation_comment], [
      "rejected",
      comment,
    ]);
    await assertRefused(context.visitor.concerts.find(id), "not_found");
    const [notification] = await fixtures.notificationsOf(artist.id);
    assert.equal(notification.title, "Концерт отклонён");
    assert.equal(notification.message, `Концерт «Зимний вечер» отклонён: ${comment}`);
    assert.deepEqual(notification.metadata, { concert_id: id, decision: "rejected" });

    const again = await artist.database.concerts.submit(id);
    assert.deepEqual(
      [again.moderation_status, again.moderation_comment, again.moderated_at],
      ["pending", null, null],
    );
  });

  test("a decision is made once, and only about what waits for one", async (context) => {
    const { makeArtist, makeModerator, fixtures } = context;
    const [artist, moderator] = [await makeArtist(), await makeModerator()];
    const approved = await publicConcert(context, artist);
    const draft = await artist.database.concerts.create(completeConcert());
    const rejected = await pendingConcert(artist);
    await moderator.database.concerts.moderate(rejected.id, {
      decision: "rejected",
      comment: "Нет",
    });
    const before = await fixtures.everythingOf(artist.id);
    for (const { id } of [approved, draft, rejected]) {
      for (
        const decision of [
          { decision: "approved" } as const,
          { decision: "rejected", comment: "Нет" } as const,
        ]
      ) {
        await assertRefused(
          moderator.database.concerts.moderate(id, decision),
          "invalid_transition",
        );
      }
    }
    assert.equal(await fixtures.everythingOf(artist.id), before);
  });

  test("only moderators decide: not the artist, not another one", async (context) => {
    const { makeArtist, fixtures } = context;
    const [artist, other] = [await makeArtist(), await makeArtist()];
    const { id } = await pendingConcert(artist);
    const before = await fixtures.everythingOf(artist.id);
    for (const { database } of [artist, other]) {
      await assertRefused(database.concerts.moderate(id, { decision: "approved" }), "forbidden");
    }
    assert.equal(await fixtures.everythingOf(artist.id), before);
  });

  test("the queue shows who has waited longest first, page by page", async ({ makeArtist, makeModerator }) => {
    const [artist, moderator] = [await makeArtist(), await makeModerator()];
    const { concerts } = artist.database;
    const drafts = [];
    for (let index = 0; index < 5; index++) drafts.push(await concerts.create(completeConcert()));
    const submitted = [];
    for (const index of [3, 0, 4, 1, 2]) {
      submitted.push(await concerts.submit(drafts[index].id));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await concerts.cancel(submitted[2].id);
    await moderator.database.concerts.moderate(submitted[3].id, { decision: "approved" });

    const queueOf = async (limit: number) =>
      (await readPages((page) => moderator.database.concerts.listPending(page), limit))
        .filter(({ artist_id }) => artist_id === artist.id);
    const expected = await Promise.all(
      [submitted[0], submitted[1], submitted[4]].map(({ id }) => reread(artist, id)),
    );
    for (const limit of [1, 2, 3, 100]) assert.deepEqual(await queueOf(limit), expected);
  });

  test("an edit of an approved concert joins the end of the queue", async (context) => {
    const { makeArtist, makeModerator } = context;
    const [artist, moderator] = [await makeArtist(), await makeModerator()];
    const edited = await publicConcert(context, artist);
    const waiting = await pendingConcert(artist);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await artist.database.concerts.update(edited.id, { title: "Новое название" });
    const queue = await readPages((page) => moderator.database.concerts.listPending(page), 100);
    assert.deepEqual(
      queue.filter(({ artist_id }) => artist_id === artist.id).map(({ id }) => id),
      [waiting.id, edited.id],
    );
  });

  test("the queue shows an artist nobody else's concerts", async ({ makeArtist }) => {
    const [artist, other] = [await makeArtist(), await makeArtist()];
    await pendingConcert(artist);
    const seen = await other.database.concerts.listPending({ limit: 100, after: null }).then(
      ({ items }) => items,
      () => [],
    );
    assert.deepEqual(seen, []);
  });
}

function essentials(notification: Record<string, unknown> | object) {
  const {
    user_id,
    concert_id,
    notification_type,
    title,
    message,
    link,
    channel,
    status,
    is_read,
    metadata,
  } = notification as Record<string, unknown>;
  return {
    user_id,
    concert_id,
    notification_type,
    title,
    message,
    link,
    channel,
    status,
    is_read,
    metadata,
  };
}
