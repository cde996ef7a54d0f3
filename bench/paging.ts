import postgres from "postgres";
import { busyArtist, insertManyConcerts } from "./many-concerts.ts";
import { type ConcertsApp, concertsOn } from "./sample-concerts.ts";
import type { StackProcess } from "./stack-process.ts";
import { timeInTurn, type Timing } from "./timing.ts";

const rounds = { rounds: 100, warmUp: 10 };
const pageSize = 20;
const deepPage = 500;
/** To estimate, the planner itself reads the first or last entries of indexes, also of those it then does not use. */
const plannerPeeks = 2;

/** A list of the concerts function among 100,000 concerts, at its beginning and deep inside. */
export interface Paging {
  list: string;
  firstPage: Timing;
  /** Of page 500, or of the last full page where the list is shorter. */
  deepPage: { number: number; timing: Timing } | null;
  /** Of table concerts: what one request for either page reads, by PostgreSQL's own counters. */
  reads: { firstPage: Reads; deepPage: Reads | null };
}

export interface Reads {
  /** Index entries read, by index. */
  indexEntries: Record<string, number>;
  /** Rows read by scanning the whole table: none, where the indexes serve the list. */
  scannedRows: number;
}

interface List {
  name: string;
  /** Without limit and cursor. */
  path: string;
  token?: string;
}

/** @param databaseUrl the empty database behind `stack`: as its owner, on a real PostgreSQL */
export async function measurePaging(
  stack: StackProcess,
  databaseUrl: string,
): Promise<Paging[]> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await insertManyConcerts(sql);
    const app = concertsOn(stack, "sql");
    const results: Paging[] = [];
    for (const list of await lists(stack)) results.push(await measureList(app, sql, list));
    return results;
  } finally {
    await sql.end();
  }
}

async function lists(stack: StackProcess): Promise<List[]> {
  const artist = await stack.signToken({ sub: busyArtist });
  const moderator = await stack.signToken({
    sub: crypto.randomUUID(),
    app_metadata: { role: "moderator" },
  });
  return [
    { name: "Upcoming concerts", path: "/concerts?" },
    { name: "All concerts, latest date first", path: "/concerts?when=all&order=-event_date&" },
    { name: "Upcoming concerts of a city", path: `/concerts?city=${encodeURIComponent("Томск")}&` },
    { name: "Upcoming concerts of an artist", path: `/concerts?artist_id=${busyArtist}&` },
    { name: "Promoted concerts", path: "/concerts?promoted=true&" },
    { name: "Search, by date", path: `/concerts?q=${encodeURIComponent("оркестры")}&` },
    {
      name: "Search, by relevance",
      path: `/concerts?q=${encodeURIComponent("оркестры")}&order=relevance&`,
    },
    { name: "An artist's own concerts", path: "/concerts/mine?", token: artist },
    { name: "An artist's analytics", path: "/concerts/analytics?", token: artist },
    { name: "Moderation queue", path: "/concerts/moderation?", token: moderator },
  ];
}

async function measureList(app: ConcertsApp, sql: postgres.Sql, list: List): Promise<Paging> {
  const first = () => readPage(app, list, null);
  const deep = await findDeepPage(app, list);
  if (deep === null) {
    const { firstPage } = await timeInTurn({ firstPage: async () => void await first() }, rounds);
    const reads = { firstPage: await readsOf(sql, first), deepPage: null };
    return { list: list.name, firstPage, deepPage: null, reads };
  }
  const beyond = () => readPage(app, list, deep.cursor);
  const { firstPage, deepPage } = await timeInTurn({
    firstPage: async () => void await first(),
    deepPage: async () => void await beyond(),
  }, rounds);
  return {
    list: list.name,
    firstPage,
    deepPage: { number: deep.number, timing: deepPage },
    reads: { firstPage: await readsOf(sql, first), deepPage: await readsOf(sql, beyond) },
  };
}

interface Page {
  data: unknown[];
  next_cursor: string | null;
}

async function readPage(
  app: ConcertsApp,
  { path, token }: List,
  cursor: string | null,
  limit = pageSize,
): Promise<Page> {
  const address = `${path}limit=${limit}${cursor === null ? "" : `&cursor=${cursor}`}`;
  const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await app.request(address, { headers });
  if (!response.ok) {
    throw new Error(`${address} answers ${response.status}: ${await response.text()}`);
  }
  return await response.json();
}

/** A cursor is a place in the list, whatever the size of the pages read on the way to it. */
async function findDeepPage(
  app: ConcertsApp,
  list: List,
): Promise<{ number: number; cursor: string } | null> {
  const largestPage = 100;
  const wanted = (deepPage - 1) * pageSize;
  let deepest: { number: number; cursor: string } | null = null;
  for (let read = 0; read < wanted;) {
    const limit = Math.min(largestPage, wanted - read);
    const { next_cursor } = await readPage(app, list, deepest?.cursor ?? null, limit);
    if (next_cursor === null) break;
    read += limit;
    deepest = { number: read / pageSize + 1, cursor: next_cursor };
  }
  return deepest;
}

/** What one request reads of table concerts. */
async function readsOf(sql: postgres.Sql, request: () => Promise<unknown>): Promise<Reads> {
  const before = await readSoFar(sql);
  await request();
  const after = await readSoFar(sql);
  const indexEntries = Object.fromEntries(
    Object.entries(after.indexEntries)
      .map(([index, entries]) => [index, entries - (before.indexEntries[index] ?? 0)] as const)
      .filter(([, entries]) => entries > plannerPeeks),
  );
  return { indexEntries, scannedRows: after.scannedRows - before.scannedRows };
}

async function readSoFar(sql: postgres.Sql): Promise<Reads> {
  // A session counts for itself and tells when it ends; the stack opens new ones as it needs them.
  await sql`
    select pg_terminate_backend(pid, 5000)
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  const indexes = await sql<{ index: string; entries: string }[]>`
    select indexrelname as index, idx_tup_read as entries
    from pg_stat_user_indexes
    where schemaname = 'public' and relname = 'concerts'`;
  const [{ rows }] = await sql<{ rows: string }[]>`
    select seq_tup_read as rows
    from pg_stat_user_tables
    where schemaname = 'public' and relname = 'concerts'`;
  return {
    indexEntries: Object.fromEntries(
      indexes.map(({ index, entries }) => [index, Number(entries)]),
    ),
    scannedRows: Number(rows),
  };
}
