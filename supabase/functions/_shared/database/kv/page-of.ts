import { cutPage, type Page, type PageRequest, type Position } from "../../domain/paging.ts";

/** The part of `items` that `page` asks for, ordered by position: by its value, ties by id in the same direction. */
export function pageOf<Item>(
  items: readonly Item[],
  { limit, after }: PageRequest,
  positionOf: (item: Item) => Position,
  direction: "ascending" | "descending",
): Page<Item> {
  const sign = direction === "ascending" ? 1 : -1;
  const ordered = items.map((item) => ({ item, position: positionOf(item) }))
    .filter(({ position }) => after === null || sign * compare(position, after) > 0)
    .sort((one, other) => sign * compare(one.position, other.position))
    .map(({ item }) => item);
  return cutPage(ordered, limit, positionOf);
}

function compare(one: Position, other: Position): number {
  if (one.value !== other.value) return one.value < other.value ? -1 : 1;
  if (one.id !== other.id) return one.id < other.id ? -1 : 1;
  return 0;
}
