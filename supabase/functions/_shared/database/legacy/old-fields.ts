import { instantOf, isCalendarDate } from "../../domain/calendar.ts";
import { defaultTimeZone, fullCounter } from "../../domain/concert.ts";
import { toKopecks } from "../../domain/kopecks.ts";
import { isWebAddress } from "../../domain/text.ts";

export type FieldRepair =
  | "text_cleaned"
  | "text_from_number"
  | "text_not_text"
  | "text_shortened"
  | "text_too_short"
  | "text_malformed"
  | "link_encoded"
  | "link_not_web"
  | "link_too_long"
  | "amount_from_text"
  | "amount_rounded"
  | "amount_unreadable"
  | "amount_out_of_range"
  | "counter_out_of_range"
  | "date_reordered"
  | "date_from_instant"
  | "time_padded"
  | "time_impossible"
  | "instant_without_zone"
  | "instant_unreadable"
  | "flag_from_text"
  | "flag_unreadable";

// deno-lint-ignore no-control-regex -- control characters are what is looked for
const controlCharactersBesideLineBreaks = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** The longest address there may be, as the SQL schema has it. */
const longestAddress = 2000;

/** A counter beyond this was never counted. */
export const largestCount = fullCounter;

/**
 * The fields of one old value, read leniently: whatever they hold, a value of the right type comes out, and what had
 * to be done to it is noted in `repairs`. Nothing here throws.
 */
export class OldFields<Repair extends string = FieldRepair> {
  readonly repairs = new Set<Repair | FieldRepair>();

  constructor(private readonly fields: Record<string, unknown>) {}

  /** The first of the named fields that holds anything; undefined when none does. */
  raw(...names: string[]): unknown {
    for (const name of names) {
      const value = Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
      if (value !== undefined && value !== null && value !== "") return value;
    }
    return undefined;
  }

  /**
   * A text without what PostgreSQL cannot store and without control characters but tabs and line breaks, trimmed; null
   * when there is none. Never cut.
   */
  text(...names: string[]): string | null {
    const value = this.raw(...names);
    if (value === undefined) return null;
    if (typeof value === "number") {
      this.repairs.add("text_from_number");
      return String(value);
    }
    if (typeof value !== "string") {
      this.repairs.add("text_not_text");
      return null;
    }
    const clean = value.replaceAll(controlCharactersBesideLineBreaks, "").toWellFormed();
    if (clean !== value) this.repairs.add("text_cleaned");
    return clean.trim() || null;
  }

  /** A text on one line: a space where it had a tab or a line break. */
  line(...names: string[]): string | null {
    const text = this.text(...names);
    const line = text?.replaceAll(/[\t\n\r]+/g, " ") ?? null;
    if (line !== text) this.repairs.add("text_cleaned");
    return line;
  }

  /** A text of at most `maximum` characters; the whole of a longer one is in the value that is kept beside. */
  shortText(maximum: number, ...names: string[]): string | null {
    const text = this.text(...names);
    return text === null ? null : this.shortened(text, maximum);
  }

  /** A line of `minimum` to `maximum` characters; a shorter one says nothing and is left out. */
  shortLine(minimum: number, maximum: number, ...names: string[]): string | null {
    const text = this.line(...names);
    if (text === null) return null;
    if ([...text].length < minimum) {
      this.repairs.add("text_too_short");
      return null;
    }
    return this.shortened(text, maximum);
  }

  /** A text of the form that is asked for; another one is left out. */
  formed(form: RegExp, ...names: string[]): string | null {
    const text = this.text(...names);
    if (text === null || form.test(text)) return text;
    this.repairs.add("text_malformed");
    return null;
  }

  shortened(text: string, maximum: number): string {
    if (text.length <= maximum) return text;
    this.repairs.add("text_shortened");
    // Not in the middle of a character.
    return text.slice(0, maximum).replace(/[\ud800-\udbff]$/, "").trimEnd();
  }

  /** An http or https address; others could run script in a page and are left out. */
  webAddress(...names: string[]): string | null {
    const text = this.text(...names);
    if (text === null) return null;
    // Spaces and the like, which browsers forgive.
    const address = isWebAddress(text) ? text : URL.parse(text)?.href ?? "";
    if (!isWebAddress(address)) {
      this.repairs.add("link_not_web");
      return null;
    }
    if (address.length > longestAddress) {
      this.repairs.add("link_too_long");
      return null;
    }
    if (address !== text) this.repairs.add("link_encoded");
    return address;
  }

  /** Rubles, 0 to `maximum`, in whole kopecks; null when there are none. */
  rubles(maximum: number, ...names: string[]): number | null {
    const amount = this.amount(...names);
    if (amount === null) return null;
    if (amount < 0 || amount > maximum) {
      this.repairs.add("amount_out_of_range");
      return null;
    }
    const rounded = toKopecks(amount) / 100;
    if (rounded !== amount) this.repairs.add("amount_rounded");
    return rounded;
  }

  /** A number, also out of texts like «1 500 ₽» or «99,90 руб.»; null when there is none. */
  amount(...names: string[]): number | null {
    const value = this.raw(...names);
    if (value === undefined) return null;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    const amount = typeof value === "string" ? amountIn(value) : null;
    this.repairs.add(amount === null ? "amount_unreadable" : "amount_from_text");
    return amount;
  }

  /** A counter: a whole number from 0 on; 0 when there is none. */
  count(...names: string[]): number {
    const value = this.raw(...names);
    if (value === undefined) return 0;
    const count = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
    if (typeof count === "number" && Number.isInteger(count)) {
      if (count >= 0 && count <= largestCount) return count;
    }
    this.repairs.add("counter_out_of_range");
    return 0;
  }

  /** `YYYY-MM-DD`; "impossible" for what is no date of the calendar, null when there is none. */
  date(...names: string[]): string | "impossible" | null {
    const text = this.text(...names);
    if (text === null) return null;
    if (isCalendarDate(text)) return text;
    const reordered = text.replace(/^(\d{2})\.(\d{2})\.(\d{4})$/, "$3-$2-$1");
    if (isCalendarDate(reordered)) {
      this.repairs.add("date_reordered");
      return reordered;
    }
    const [day] = text.split(/[T ]/, 1);
    if (isCalendarDate(day) && !Number.isNaN(Date.parse(text))) {
      this.repairs.add("date_from_instant");
      return day;
    }
    return "impossible";
  }

  /** `HH:MM`; null when there is none or it is no time of day. */
  time(...names: string[]): string | null {
    const text = this.text(...names);
    if (text === null) return null;
    const parts = /^(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?$/.exec(text);
    if (!parts || Number(parts[1]) > 23 || Number(parts[2]) > 59) {
      this.repairs.add("time_impossible");
      return null;
    }
    const time = `${parts[1].padStart(2, "0")}:${parts[2]}`;
    if (time !== text) this.repairs.add("time_padded");
    return time;
  }

  /** An instant in ISO 8601 UTC; without a zone it is read by the clocks of Moscow, as the old pages showed it. */
  instant(...names: string[]): string | null {
    const text = this.text(...names);
    if (text === null) return null;
    const local = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?)?$/.exec(text);
    if (local && isCalendarDate(local[1])) {
      const instant = instantOf(local[1], local[2] ?? "00:00", defaultTimeZone);
      if (!Number.isNaN(instant.getTime())) {
        this.repairs.add("instant_without_zone");
        return instant.toISOString();
      }
    }
    const instant = local ? new Date(NaN) : new Date(text);
    const year = instant.getUTCFullYear();
    // An engine makes a 2nd of March of a 30th of February.
    const isOfCalendar = /^\d{4}-\d{2}-\d{2}T/.test(text) && isCalendarDate(text.slice(0, 10));
    if (isOfCalendar && year >= 1900 && year <= 9999) return instant.toISOString();
    this.repairs.add("instant_unreadable");
    return null;
  }

  /** Yes or no; no when nothing is said, or nothing that is either. */
  flag(name: string): boolean {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") return value ?? false;
    const flag = flagIn(value);
    this.repairs.add(flag === null ? "flag_unreadable" : "flag_from_text");
    return flag ?? false;
  }
}

/** Yes or no written as text or number; null for what is neither. */
export function flagIn(value: unknown): boolean | null {
  if (value === 1 || value === "1" || value === "true") return true;
  if (value === 0 || value === "0" || value === "false") return false;
  return null;
}

function amountIn(text: string): number | null {
  const digits = text.replace(/\s|₽|руб(?:лей|ля|ль)?\.?|р\.?$/giu, "").replace(",", ".");
  // «1,500» may be one and a half or one and a half thousand: nobody knows any more.
  if (/^-?[1-9]\d{0,2}\.\d{3}$/.test(digits)) return null;
  return /^-?\d{1,12}(?:\.\d+)?$/.test(digits) ? Number(digits) : null;
}
