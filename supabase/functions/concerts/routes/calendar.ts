import * as z from "zod/mini";
import { dayAfter, instantOf } from "../../_shared/domain/calendar.ts";
import type { PublicConcert } from "../../_shared/domain/concert.ts";
import { defineRoute } from "../../_shared/http/route.ts";
import { publicFilterFields, publicFilterOf } from "./public-filter.ts";

/** As many as one request to the Data API answers, one less to see whether there are more. */
const maximumEvents = 999;

export const calendarRoutes = [
  defineRoute({
    method: "GET",
    path: "/calendar.ics",
    summary: `The public concerts as an iCalendar feed, the nearest ${maximumEvents} at most`,
    access: "anyone",
    query: z.strictObject(publicFilterFields),
    answers: { status: 200, mediaType: "text/calendar" },
    async handle({ query, database }) {
      const { items } = await database.concerts.listPublic(
        publicFilterOf(query),
        { limit: maximumEvents, after: null },
      );
      return new Response(await renderCalendar(items), {
        headers: {
          "content-type": "text/calendar; charset=utf-8",
          "content-disposition": 'inline; filename="concerts.ics"',
          "cache-control": "public, max-age=300",
        },
      });
    },
  }),
];

async function renderCalendar(concerts: PublicConcert[]): Promise<string> {
  const { default: createCalendar } = await import("ical-generator");
  const calendar = createCalendar({
    name: "Концерты Promo.Music",
    prodId: { company: "Promo.Music", product: "concerts", language: "RU" },
  });
  const stamp = new Date();
  for (const concert of concerts) {
    const times = timesOf(concert);
    // A year has four digits in iCalendar; the last days that a form takes may end, or begin in UTC, in a later one.
    if ((times.end ?? times.start).getUTCFullYear() > 9999) continue;
    const place = [concert.venue_name, concert.venue_address, concert.city];
    calendar.createEvent({
      id: `${concert.id}@promo.music`,
      stamp,
      ...times,
      summary: concert.title,
      description: concert.description,
      location: place.filter((part) => part).join(", ") || null,
      url: concert.ticket_link,
    });
  }
  return calendar.toString();
}

/** A concert whose hour is not known yet takes the whole day. */
function timesOf(
  { event_date, event_time, time_zone }: PublicConcert,
): { allDay?: boolean; start: Date; end?: Date } {
  const date = event_date ?? "";
  return event_time === null
    ? { allDay: true, start: new Date(date), end: new Date(dayAfter(date)) }
    : { start: instantOf(date, event_time, time_zone) };
}
