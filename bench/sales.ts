import { join } from "node:path";
import postgres from "postgres";
import { createApp } from "../supabase/functions/_shared/http/create-app.ts";
import { tickets } from "../supabase/functions/tickets/tickets.ts";
import { findServerBinaries } from "../tests/support/postgres-server.ts";
import type { StackProcess } from "./stack-process.ts";

/** As many as the local Data API opens to the database. */
const connections = 10;
const concertCount = 50;
const rounds = 3;
const secondsEach = 5;

/** Sales a second, the median of the rounds, everything on the same PostgreSQL over the same number of connections. */
export interface SalesRates {
  connections: number;
  concerts: number;
  /** pgbench, calling the SQL function. */
  pgbench: number;
  /** The Data API, calling it. */
  dataApi: number;
  /** POST /tickets/sales. */
  throughFunction: number;
}

/**
 * The function's rate if the Data API cost nothing: of each sale's time the part is taken off by which the Data API is
 * slower than pgbench.
 */
export function withoutDataApi({ pgbench, dataApi, throughFunction }: SalesRates): number {
  return 1 / (1 / throughFunction - (1 / dataApi - 1 / pgbench));
}

/** @param databaseUrl the empty database behind `stack`: as its owner, on a real PostgreSQL */
export async function measureSales(stack: StackProcess, databaseUrl: string): Promise<SalesRates> {
  const artist = crypto.randomUUID();
  const concertIds = await insertConcerts(databaseUrl, artist);
  const token = await stack.signToken({ sub: artist });
  const app = createApp(tickets, { ...stack.environment, STORAGE_MODE: "sql" });
  const saleOf = () => ({
    concert_id: concertIds[Math.floor(Math.random() * concertIds.length)],
    quantity: 1,
    unit_price: 1500.5,
  });
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };

  const sellOnDataApi = () =>
    fetch(`${stack.url}/rest/v1/rpc/create_ticket_sale`, {
      method: "POST",
      headers: { ...headers, apikey: stack.publishableKey },
      body: JSON.stringify({ sale: saleOf() }),
    });
  const sellThroughFunction = async () =>
    await app.fetch(
      new Request("http://127.0.0.1/tickets/sales", {
        method: "POST",
        headers,
        body: JSON.stringify(saleOf()),
      }),
    );

  const taken: Record<"pgbench" | "dataApi" | "throughFunction", number[]> = {
    pgbench: [],
    dataApi: [],
    throughFunction: [],
  };
  await rateOf(sellThroughFunction, 1);
  for (let round = 0; round < rounds; round++) {
    taken.pgbench.push(await rateOfPgbench(databaseUrl, artist, concertIds));
    taken.dataApi.push(await rateOf(sellOnDataApi, secondsEach));
    taken.throughFunction.push(await rateOf(sellThroughFunction, secondsEach));
  }
  return {
    connections,
    concerts: concertCount,
    pgbench: median(taken.pgbench),
    dataApi: median(taken.dataApi),
    throughFunction: median(taken.throughFunction),
  };
}

async function insertConcerts(databaseUrl: string, artist: string): Promise<string[]> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await sql`insert into public.artists (id, claimed_at) values (${artist}, now())`;
    const rows = await sql`
      insert into public.concerts (artist_id, title, ticket_capacity)
      select ${artist}::uuid, 'Концерт № ' || n, 1000000 from generate_series(1, ${concertCount}::int) as n
      returning id`;
    return rows.map(({ id }) => String(id));
  } finally {
    await sql.end();
  }
}

/** How often a second `sell` succeeds, by as many at once as there are connections. */
async function rateOf(sell: () => Promise<Response>, seconds: number): Promise<number> {
  const begun = performance.now();
  const end = begun + seconds * 1000;
  let sold = 0;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (performance.now() < end) {
      const response = await sell();
      const text = await response.text();
      if (!response.ok) throw new Error(`A sale answers ${response.status}: ${text}`);
      sold++;
    }
  }));
  return sold / ((performance.now() - begun) / 1000);
}

/** With the role and the claims that the Data API sets, for the whole of each connection. */
async function rateOfPgbench(
  databaseUrl: string,
  artist: string,
  concertIds: string[],
): Promise<number> {
  const claims = JSON.stringify({ sub: artist, role: "authenticated" });
  const settings = {
    role: "authenticated",
    "request.jwt.claims": claims,
    "request.jwt.claim.sub": artist,
  };
  const script = await Deno.makeTempFile({ suffix: ".sql" });
  try {
    await Deno.writeTextFile(
      script,
      `\\set place random(1, ${concertIds.length})
select public.create_ticket_sale(jsonb_build_object(
  'concert_id', ('{${concertIds.join(",")}}'::text[])[:place], 'quantity', 1, 'unit_price', 1500.5
));
`,
    );
    const { code, stdout, stderr } = await new Deno.Command(
      join(await findServerBinaries(), "pgbench"),
      {
        args: [
          ...["--no-vacuum", "--protocol=prepared", `--file=${script}`],
          ...[`--client=${connections}`, "--jobs=2", `--time=${secondsEach}`, databaseUrl],
        ],
        env: {
          PGOPTIONS: Object.entries(settings)
            .map(([name, value]) => `-c ${name}=${value.replace(/[\s\\]/g, "\\$&")}`).join(" "),
        },
      },
    ).output();
    const text = new TextDecoder().decode(stdout);
    const rate = /^tps = ([\d.]+)/m.exec(text)?.[1];
    const failed = /number of failed transactions: ([1-9]\d*)/.exec(text)?.[1];
    if (code !== 0 || rate === undefined || failed !== undefined) {
      throw new Error(`pgbench: ${text}${new TextDecoder().decode(stderr)}`);
    }
    return Number(rate);
  } finally {
    await Deno.remove(script);
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
