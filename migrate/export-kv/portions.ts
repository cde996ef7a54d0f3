/** Gateways refuse requests of more than some megabytes. */
const maximalCharacters = 2_000_000;

/** So many rows go into one request, if they fit. */
const maximalItems = 500;

/** Items in lists that each fit into one request; a single one that is larger goes alone. */
export function* portions<Item>(
  items: Iterable<Item>,
  sizeOf: (item: Item) => number,
): Generator<Item[]> {
  let portion: Item[] = [];
  let characters = 0;
  for (const item of items) {
    const size = sizeOf(item);
    if (portion.length === maximalItems || characters + size > maximalCharacters) {
      if (portion.length > 0) yield portion;
      portion = [];
      characters = 0;
    }
    portion.push(item);
    characters += size;
  }
  if (portion.length > 0) yield portion;
}
