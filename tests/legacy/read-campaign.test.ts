import assert from "node:assert/strict";
import { idOfKey } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import { readCampaign } from "../../supabase/functions/_shared/database/legacy/read-campaign.ts";
import { HostileValues } from "./hostile-values.ts";

const artist = "11a4538f-d0b3-4fd7-b07a-f3d33c2b58fc";
const key = `campaign:${artist}:campaign_1795346590370_j2m8vdhy7`;
const old = {
  id: "campaign_1795346590370_j2m8vdhy7",
  status: "sent",
  content: "Приходите!",
  subject: "Анонс: Огни Ночь",
  artistId: artist,
  openRate: 0.3728467697951495,
  clickRate: 0.3847437361583934,
  concertId: "tour_1795346594960_85aywpe54",
  createdAt: "2026-11-22T11:23:10.370Z",
  sentAt: "2026-11-22T11:23:10.386Z",
  scheduledFor: "2026-12-01T10:00",
  recipientCount: 4856,
};

async function read(value: unknown, under = key) {
  const reading = await readCampaign(under, value);
  assert.ok("record" in reading, JSON.stringify(reading));
  return reading;
}

Deno.test("an old campaign keeps its words and dates; what was made up is not measured", async () => {
  const { record, repairs } = await read(old);
  assert.deepEqual(record, {
    id: await idOfKey(key),
    legacy_id: old.id,
    owner: artist,
    artist_id: artist,
    concert_name: old.concertId,
    subject: old.subject,
    content: old.content,
    html_content: null,
    recipient_filter: {},
    recipient_count: null,
    status: "sent",
    scheduled_for: "2026-12-01T07:00:00.000Z",
    send_before: null,
    sent_at: old.sentAt,
    delivery_started_at: null,
    delivery_completed_at: null,
    emails_sent: 0,
    emails_delivered: 0,
    emails_opened: 0,
    emails_clicked: 0,
    emails_bounced: 0,
    emails_complained: 0,
    open_rate: null,
    click_rate: null,
    bounce_rate: null,
    error_message: null,
    created_at: old.createdAt,
    updated_at: old.sentAt,
  });
  assert.deepEqual(repairs.toSorted(), [
    "instant_without_zone",
    "rates_made_up",
    "recipient_count_made_up",
  ]);
});

Deno.test("a draft without concert and time is a draft without both", async () => {
  const { record } = await read({ ...old, status: "draft", concertId: "", scheduledFor: "" });
  assert.equal(record.recipient_count, 0, "nobody yet, as of any draft");
  assert.deepEqual(
    [record.status, record.concert_name, record.scheduled_for, record.sent_at],
    ["draft", null, null, null],
  );
  assert.equal(record.updated_at, old.createdAt);
});

Deno.test("an owner who was no account has an id of their own", async () => {
  const { record } = await read(old, "campaign:demo-user:campaign_1795346590370_x");
  assert.equal(record.owner, "demo-user");
  assert.equal(record.artist_id, await idOfKey("profile:demo-user"));
  assert.equal(record.legacy_id, "campaign_1795346590370_x");
});

Deno.test("a subject is one line that fits; the rest stays in what is kept beside", async () => {
  const { record, repairs } = await read({ ...old, subject: ` Тема\r\nBcc: x ${"я".repeat(400)}` });
  assert.ok(record.subject.startsWith("Тема Bcc: x я"));
  assert.equal(record.subject.length, 300);
  assert.ok(repairs.includes("text_cleaned"));
});

Deno.test("an unknown status is a draft's, a missing date is in the id", async () => {
  const { createdAt: _, ...undated } = old;
  const { record, repairs } = await read({ ...undated, status: "queued" });
  assert.equal(record.status, "draft");
  assert.equal(record.created_at, new Date(1795346590370).toISOString());
  assert.ok(repairs.includes("status_unknown") && repairs.includes("created_at_from_id"));
});

Deno.test("what says neither whose it is nor what about is none", async () => {
  assert.deepEqual(await readCampaign(key, { ...old, subject: " " }), {
    unreadable: "missing_subject",
  });
  assert.deepEqual(await readCampaign("campaign:x", { ...old, artistId: "" }), {
    unreadable: "missing_owner",
  });
  assert.deepEqual(await readCampaign(key, "{"), { unreadable: "not_json" });
  assert.deepEqual(await readCampaign(key, 7), { unreadable: "not_an_object" });
});

Deno.test("whatever the fields hold, the reading is a campaign or a reason", async () => {
  const hostile = new HostileValues(7);
  const names = Object.keys(old);
  for (let round = 0; round < 3000; round++) {
    const reading = await readCampaign(key, hostile.record(names));
    if ("unreadable" in reading) {
      assert.equal(reading.unreadable, "missing_subject");
      continue;
    }
    const { subject, content, created_at, scheduled_for, sent_at, status } = reading.record;
    assert.ok(subject.length >= 1 && subject.length <= 300);
    for (const text of [subject, content]) assert.ok(text.isWellFormed() && !text.includes("\0"));
    for (const time of [created_at, scheduled_for, sent_at]) {
      if (time !== null) assert.equal(new Date(time).toISOString(), time);
    }
    assert.equal(sent_at !== null, status === "sent");
  }
});
