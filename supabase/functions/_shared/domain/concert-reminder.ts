import { instantOf } from "./calendar.ts";
import type { Concert } from "./concert.ts";
import type { RefusalDetail } from "./refusal.ts";

/** What a reminder tells of its concert. The SQL schema says the same in private.reminder_message. */
export type RemindedConcert = Pick<
  Concert,
  "title" | "city" | "venue_name" | "event_date" | "event_time" | "time_zone"
>;

/** Of a concert that has no time yet one is reminded at this hour. */
const hourWithoutTime = "10:00";

export const dateMissingDetail: RefusalDetail = {
  path: "event_date",
  message: "Укажите дату концерта: без неё напоминать не о чем",
};

/** `days` before the concert starts, by the clocks of its place; null when it has no date. */
export function reminderTime(concert: RemindedConcert, days: number): Date | null {
  if (concert.event_date === null) return null;
  const day = new Date(Date.parse(`${concert.event_date}T00:00:00Z`) - days * 86_400_000)
    .toISOString().slice(0, 10);
  return instantOf(day, concert.event_time ?? hourWithoutTime, concert.time_zone);
}

/** «Концерт через 3 дня» */
export function reminderTitle(days: number): string {
  return `Концерт через ${days} ${dayWord(days)}`;
}

/** «Напоминаем: «Весна» состоится 15.07.2027 в 19:30, Самара, Филармония.» */
export function reminderMessage({ title, city, venue_name, ...time }: RemindedConcert): string {
  const date = (time.event_date ?? "").split("-").reverse().join(".");
  const hour = time.event_time === null ? "" : ` в ${time.event_time}`;
  const place = [city, venue_name].map((name) => name === null ? "" : `, ${name}`).join("");
  return `Напоминаем: «${title}» состоится ${date}${hour}${place}.`;
}

function dayWord(days: number): string {
  const tens = days % 100;
  if (tens >= 11 && tens <= 14) return "дней";
  if (days % 10 === 1) return "день";
  return days % 10 >= 2 && days % 10 <= 4 ? "дня" : "дней";
}
