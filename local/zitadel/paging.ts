import { ApiError } from "./errors";
import type { MessageType } from "./wire";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
/** How many values a query of PostgreSQL can have. */
const MAX_VALUES = 65_535;

const PaginationRequest = {
  name: "PaginationRequest",
  fields: { offset: { type: "uint64" }, limit: { type: "uint32" }, asc: { type: "bool" } },
} as const satisfies MessageType;

/** The message of a search: a page of what all filters let through, sorted by one of the columns. */
export function searchRequest<const Columns extends readonly string[], Filter extends MessageType>(
  name: string,
  columns: Columns,
  filter: Filter,
) {
  return {
    name,
    fields: {
      pagination: { type: "message", message: PaginationRequest },
      sortingColumn: { type: "enum", names: columns },
      filters: { type: "list", of: { type: "message", message: filter } },
    },
  } as const satisfies MessageType;
}

/** What every search may ask for. */
export interface SearchMessage<Filter> {
  pagination?: { offset?: bigint; limit?: number; asc?: boolean };
  filters?: Filter[];
}

export type Test<Row> = (row: Row) => boolean;
export type Order<Row> = (a: Row, b: Row) => number;

export interface Search<Row, Filter> {
  /** What a filter asks of a row. */
  testOf: (filter: Filter) => Test<Row>;
  /** The ascending order. */
  order: Order<Row>;
  /** The id of the error if the database cannot take the request. */
  failureId: string;
}

/** The page that a search asks for, of rows that are ordered by creation. */
export function pageOf<Row, Filter>(
  { pagination = {}, filters = [] }: SearchMessage<Filter>,
  rows: readonly Row[],
  { testOf, order, failureId }: Search<Row, Filter>,
): { pagination: object; page: Row[] } {
  const { offset = 0n, limit = 0, asc = false } = pagination;
  if (limit > MAX_LIMIT) throw ApiError.domain(3, "QUERY-4M0fs", "Limit exceeded");
  const tests = filters.map(testOf);
  // What the database cannot take: an offset beyond 63 bits, a NUL, too many values.
  const text = JSON.stringify(filters);
  if (offset >= 2n ** 63n || text.includes("\\u0000") || listedIn(filters) > MAX_VALUES) {
    throw ApiError.domain(13, failureId, "An internal error occurred");
  }
  const appliedLimit = limit === 0 ? DEFAULT_LIMIT : limit;
  const found = rows
    .filter((row) => tests.every((test) => test(row)))
    .sort((a, b) => (asc ? order(a, b) : order(b, a)));
  const begin = offset > BigInt(found.length) ? found.length : Number(offset);
  const page = found.slice(begin, begin + appliedLimit);
  // The total comes with the rows: a page beyond the last row has none.
  const total = page.length === 0 ? {} : { totalResult: String(found.length) };
  return { pagination: { ...total, appliedLimit: String(appliedLimit) }, page };
}

/** How many values the lists of all filters have. */
function listedIn(filters: readonly unknown[]): number {
  const kinds = filters.flatMap((filter) => Object.values(filter as object) as unknown[]);
  const lists = kinds.flatMap((kind) => Object.values(Object(kind) as object) as unknown[]).filter(Array.isArray);
  return lists.reduce((sum, { length }) => sum + length, 0);
}

/** That a value is in the list of a filter, which must not be empty. */
export function isIn<Row>(list: readonly string[] | undefined, value: (row: Row) => string): Test<Row> {
  const wanted = new Set(list);
  if (wanted.size === 0) throw ApiError.domain(2, "", "values array must not be empty");
  return (row) => wanted.has(value(row));
}

export function by<Row>(value: (row: Row) => string | number | bigint): Order<Row> {
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  };
}
