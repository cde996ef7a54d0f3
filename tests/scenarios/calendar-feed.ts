import assert from "node:assert/strict";
import {
  approved,
  artistWithCoins,
  daysFromToday,
  idsOf,
  past,
  uniqueWord,
} from "./concert-journeys.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

export function calendarFeedScenarios(scenario: Scenario): void {
  scenario("calendar: an iCalendar feed of the same concerts", async (context) => {
    const city = uniqueWord();
    const artist = await context.makeArtist();
    const first = await approved(context, artist, {
      city,
      event_date: "2027-07-01",
      event_time: "19:30",
      time_zone: "Asia/Kamchatka",
    });
    const second = await approved(context, artist, {
      city,
      title: "Открытие сезона",
      event_date: "2027-07-02",
      ticket_link: null,
      venue_address: null,
    });
    const gone = await past(context, artist, 4, { city });
    await approved(context, artist, { city: `${city}-2` });

    const feed = await readFeed(context, { city });
    assert.equal(feed.properties.get("VERSION"), "2.0");
    assert.match(feed.properties.get("PRODID") ?? "", /Promo\.Music/);
    assert.deepEqual(feed.events.map((event) => event.get("UID")), [
      `${first.id}@promo.music`,
      `${second.id}@promo.music`,
    ]);
    const [one, other] = feed.events;
    assert.equal(one.get("SUMMARY"), first.title);
    assert.equal(one.get("DESCRIPTION"), first.description);
    assert.equal(one.get("DTSTART"), "20270701T073000Z", "19:30 in Kamchatka");
    assert.equal(one.get("LOCATION"), `Дом культуры «Орион»\\, ул. Ленина\\, 1\\, ${city}`);
    assert.equal(one.get("URL"), first.ticket_link);
    assert.match(one.get("DTSTAMP") ?? "", /^\d{8}T\d{6}Z$/);
    assert.equal(other.get("DTSTART"), "20270702T160000Z", "19:00 in Moscow");
    assert.equal(other.get("LOCATION"), `Дом культуры «Орион»\\, ${city}`);
    assert.equal(other.has("URL"), false);

    const all = await readFeed(context, { city, when: "all" });
    assert.equal(all.events[0].get("UID"), `${gone.id}@promo.music`);
    assert.equal(all.events.length, 3);
    const searched = await readFeed(context, { city, q: "Открытие" });
    assert.deepEqual(searched.events.map((event) => event.get("UID")), [
      `${second.id}@promo.music`,
    ]);
  });

  scenario("calendar: the last day there is", async (context) => {
    const city = uniqueWord();
    const artist = await context.makeArtist();
    const { id } = await approved(context, artist, { city, event_date: "9999-12-31" });
    const [event] = (await readFeed(context, { city })).events;
    assert.equal(event.get("DTSTART"), "99991231T160000Z");
    await context.fixtures.forgetEventTime(id);
    // Its end is in a year of five digits, which iCalendar does not have.
    assert.deepEqual((await readFeed(context, { city })).events, []);
    for (const when of ["upcoming", "all"]) {
      assert.deepEqual(await idsOf(context, { city, when }), [id]);
    }
    assert.deepEqual(await idsOf(context, { city, when: "past" }), []);
    const beyond = { city: uniqueWord(), event_date: "9999-12-31", time_zone: "Etc/GMT+12" };
    await approved(context, artist, { ...beyond, event_time: "23:59" });
    assert.deepEqual((await readFeed(context, { city: beyond.city })).events, []);
  });

  scenario("calendar: a concert without an hour takes its whole day", async (context) => {
    const city = uniqueWord();
    const artist = await context.makeArtist();
    const { id } = await approved(context, artist, { city, event_date: "2027-02-28" });
    await context.fixtures.forgetEventTime(id);
    const [event] = (await readFeed(context, { city })).events;
    assert.equal(event.get("DTSTART;VALUE=DATE"), "20270228");
    assert.equal(event.get("DTEND;VALUE=DATE"), "20270301");
  });

  scenario("calendar: hostile texts stay texts, and long lines are folded", async (context) => {
    const city = uniqueWord();
    const artist = await context.makeArtist();
    const title = 'A;B,C\\D "E" :F END:VEVENT \\nBEGIN:VEVENT ' + "ё🎸".repeat(50);
    const description = "Первая строка\r\nEND:VEVENT\r\nBEGIN:VEVENT\nSUMMARY:чужое\n" +
      "\nEND:VCALENDAR\n" + "длинно ".repeat(200);
    const concert = await approved(context, artist, { city, title, description });
    const { events } = await readFeed(context, { city });
    assert.equal(events.length, 1);
    assert.equal(unescape(events[0].get("SUMMARY") ?? ""), concert.title);
    assert.equal(
      unescape(events[0].get("DESCRIPTION") ?? ""),
      concert.description?.replaceAll("\r\n", "\n"),
    );
  });

  scenario(
    "calendar: no events is a calendar too, and promotions can be filtered",
    async (context) => {
      assert.deepEqual((await readFeed(context, { city: uniqueWord() })).events, []);
      const city = uniqueWord();
      const artist = await artistWithCoins(context, 100);
      const { id } = await approved(context, artist, { city, event_date: daysFromToday(3) });
      await approved(context, artist, { city });
      await context.api.data("POST", `/concerts/${id}/promote`, { as: artist, body: { days: 7 } });
      const { events } = await readFeed(context, { city, promoted: "true" });
      assert.deepEqual(events.map((event) => event.get("UID")), [`${id}@promo.music`]);
    },
  );
}

interface Feed {
  properties: Map<string, string>;
  events: Map<string, string>[];
}

/** Reads the feed line by line as RFC 5545 has it, asserting its form. */
async function readFeed(context: ScenarioContext, query: Record<string, string>): Promise<Feed> {
  const reply = await context.api.send("GET", "/concerts/calendar.ics", { query });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.headers.get("content-type"), "text/calendar; charset=utf-8");
  const lines = reply.text.split("\r\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    assert.doesNotMatch(line, /[\r\n]/, "a line ends with CR and LF");
    const octets = new TextEncoder().encode(line).length;
    assert.ok(octets <= 75, `${octets} octets: ${line}`);
    assert.ok(line.isWellFormed(), `a character was cut: ${line}`);
  }
  const unfolded = lines.join("\r\n").replace(/\r\n[ \t]/g, "").split("\r\n");
  assert.equal(unfolded.shift(), "BEGIN:VCALENDAR");
  assert.equal(unfolded.pop(), "END:VCALENDAR");
  const feed: Feed = { properties: new Map(), events: [] };
  let into = feed.properties;
  for (const line of unfolded) {
    const colon = line.indexOf(":");
    assert.ok(colon > 0, `no property: ${line}`);
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1)];
    if (name === "BEGIN" || name === "END") {
      assert.equal(value, "VEVENT");
      assert.equal(into === feed.properties, name === "BEGIN", "events neither nest nor overlap");
      if (name === "BEGIN") feed.events.push(into = new Map());
      else into = feed.properties;
      continue;
    }
    assert.match(name, /^[A-Z-]+(;[A-Z-]+=("[^"]*"|[^";:,]*))*$/, `no property name: ${line}`);
    into.set(name === "URL;VALUE=URI" ? "URL" : name, value);
  }
  for (const event of feed.events) {
    for (const name of ["UID", "DTSTAMP", "SUMMARY"]) assert.ok(event.has(name), name);
  }
  return feed;
}

/** A text as RFC 5545 escapes it. */
function unescape(text: string): string {
  return text.replace(/\\([\\;,nN])/g, (_, escaped) => /n/i.test(escaped) ? "\n" : escaped);
}
