/** A place in an ordered list: the sort value and the id (the tie-breaker) of the last item seen. */
export interface Position {
  value: string | number;
  id: string;
}

/** Which part of a list is wanted: at most `limit` items (1-100) behind `after`, or from the start. */
export interface PageRequest {
  limit: number;
  after: Position | null;
}

/** A part of a list; `next` is where the following part starts, null at the end. */
export interface Page<Item> {
  items: Item[];
  next: Position | null;
}

/**
 * Cuts `items`, read with one more than the limit, to a page.
 *
 * Asking for one item too many tells whether there is more without a second request.
 */
export function cutPage<Item>(
  items: Item[],
  limit: number,
  positionOf: (item: Item) => Position,
): Page<Item> {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { items: page, next: items.length > limit && last ? positionOf(last) : null };
}
