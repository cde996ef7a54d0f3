import type { Position } from "../../domain/paging.ts";

/** A query that filters can be added to. */
interface Filterable {
  gte(column: string, value: string | number): this;
  lte(column: string, value: string | number): this;
  or(filters: string): this;
}

/**
 * Narrows a list ordered by `column`, then by the id column, to what comes behind `position`; null is the start.
 *
 * The plain comparison says nothing new; it is for the index, which cannot begin at an alternative. Positions are
 * checked when a cursor is read (a date, an instant or a number, and a UUID), so nothing in them can break out.
 *
 * @param isBounded the caller has made that comparison, with other bounds of the column
 * @param alternatives conditions of which one has to hold besides: they go into the same `or`, as not every
 * implementation of the Data API takes several
 */
export function behind<Query extends Filterable>(
  query: Query,
  position: Position | null,
  { column, idColumn = "id", descending = false, isBounded = false, alternatives = [] }: {
    column: string;
    idColumn?: string;
    descending?: boolean;
    isBounded?: boolean;
    alternatives?: readonly string[];
  },
): Query {
  if (position === null) return alternatives.length === 0 ? query : query.or(alternatives.join());
  const { value, id } = position;
  const operator = descending ? "lt" : "gt";
  const bounded = isBounded
    ? query
    : descending
    ? query.lte(column, value)
    : query.gte(column, value);
  const further =
    `${column}.${operator}.${value},and(${column}.eq.${value},${idColumn}.${operator}.${id})`;
  return bounded.or(
    alternatives.length === 0 ? further : `and(or(${further}),or(${alternatives.join()}))`,
  );
}
