import type { Position } from "../../domain/paging.ts";

/**
 * The Data API filter for what comes behind `position` in a list ordered by `column`, then `id`.
 *
 * Positions are checked when a cursor is read (a date, an instant or a number, and a UUID), so nothing in them can
 * break out of the filter.
 */
export function behind(
  column: string,
  position: Position,
  direction: "ascending" | "descending",
): string {
  const operator = direction === "ascending" ? "gt" : "lt";
  const { value, id } = position;
  return `${column}.${operator}.${value},and(${column}.eq.${value},id.${operator}.${id})`;
}
