import { decodeBase64Url, encodeBase64Url } from "deno-std/encoding/base64url.js";
import * as z from "zod/mini";
import { isCalendarDate } from "../domain/calendar.ts";
import type { PageRequest, Position } from "../domain/paging.ts";
import { Refusal } from "../domain/refusal.ts";
import { isUuid } from "../domain/uuid.ts";

const defaultLimit = 20;
const maximumLimit = 100;

/** The query parameters every list takes. */
export const pageFields = {
  limit: z.optional(
    z.string().check(
      z.refine(
        (text) => /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= maximumLimit,
        {
          error: `Нужно целое число от 1 до ${maximumLimit}`,
        },
      ),
    ),
  ),
  cursor: z.optional(z.string().check(z.maxLength(500))),
};

/**
 * What a list is ordered by: its cursors are good for no other list. `kind` tells what the sort value is; a relevance is
 * a positive number of single precision, a place counts from 1.
 */
export interface ListOrder {
  name: string;
  kind: "date" | "instant" | "relevance" | "place";
}

/** The part of a list that a query asks for. Throws `invalid_cursor`. */
export function pageRequestOf(
  query: { limit?: string; cursor?: string },
  order: ListOrder,
): PageRequest {
  return {
    limit: query.limit === undefined ? defaultLimit : Number(query.limit),
    after: query.cursor === undefined ? null : decodeCursor(query.cursor, order),
  };
}

/** An opaque text for a place in a list. */
export function encodeCursor(position: Position, order: ListOrder): string {
  return encodeBase64Url(JSON.stringify([order.name, position.value, position.id]));
}

function decodeCursor(cursor: string, order: ListOrder): Position {
  const [name, value, id] = parseCursor(cursor);
  if (
    name !== order.name || !isSortValue(value, order.kind) || typeof id !== "string" || !isUuid(id)
  ) {
    throw new Refusal("invalid_cursor");
  }
  return { value, id };
}

function parseCursor(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(decodeBase64Url(cursor)));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isSortValue(value: unknown, kind: ListOrder["kind"]): value is string | number {
  if (kind === "relevance") return typeof value === "number" && value > 1e-30 && value < 1e30;
  if (kind === "place") {
    return Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 31;
  }
  if (typeof value !== "string") return false;
  return kind === "date" ? isCalendarDate(value) : isInstant(value);
}

/** Only what PostgreSQL takes as well: it has no year 0. */
function isInstant(text: string): boolean {
  return isCalendarDate(text.slice(0, 10)) && /^T[\d:.]+Z$/.test(text.slice(10)) &&
    !Number.isNaN(Date.parse(text));
}
