import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import {
  concertColumns,
  publicConcertColumns,
} from "../supabase/functions/_shared/database/sql/rows.ts";
import { recordedRequests } from "./recorded-requests.ts";
import { type ConcertsApp, concertsOn, createSample, type Sample } from "./sample-concerts.ts";
import type { StackProcess } from "./stack-process.ts";
import { timeInTurn, type Timing } from "./timing.ts";

/** The goals are fractions of a millisecond; a median of fewer moves by that much on a busy machine. */
const rounds = { rounds: 1000, warmUp: 100 };
const kvRounds = { rounds: 200, warmUp: 50 };

/** One request of the concerts function, and the same query made by supabase-js alone. */
export interface Overhead {
  request: string;
  throughFunction: Timing;
  direct: Timing;
}

/** One request of the concerts function in kv mode. */
export interface KvTiming {
  request: string;
  throughFunction: Timing;
}

interface Case {
  request: string;
  token?: string;
  /** The query the sql backend makes for it. */
  query: (client: SupabaseClient) => PromiseLike<{ error: unknown }>;
}

/** @throws when a direct query is no longer the one the function sends. */
export async function measureOverhead(stack: StackProcess): Promise<Overhead[]> {
  const sample = await createSample(stack, "sql");
  const app = concertsOn(stack, "sql");
  const client = supabaseOn(stack);
  const results: Overhead[] = [];
  for (const one of cases(sample)) {
    await checkSameRequests(stack, one);
    results.push({
      request: one.request,
      ...await timeInTurn({
        throughFunction: () => callFunction(app, one),
        direct: () => callDirectly(client, one),
      }, rounds),
    });
  }
  return results;
}

export async function measureKvMode(stack: StackProcess): Promise<KvTiming[]> {
  const sample = await createSample(stack, "kv");
  const app = concertsOn(stack, "kv");
  const results: KvTiming[] = [];
  for (const one of cases(sample)) {
    const { throughFunction } = await timeInTurn({
      throughFunction: () => callFunction(app, one),
    }, kvRounds);
    results.push({ request: one.request, throughFunction });
  }
  return results;
}

function supabaseOn(stack: StackProcess): SupabaseClient {
  return createClient(stack.url, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
}

function cases({ concertId, artistToken, artistId }: Sample): Case[] {
  return [
    {
      request: "GET /concerts",
      query: (client) =>
        client.from("concerts")
          .select(
            `${
              publicConcertColumns.join(",")
            },artist:artists!concerts_artist_id_fkey(id,username,full_name,avatar_url)`,
          )
          .not("event_date", "is", null)
          .gt("day_ends_at", new Date().toISOString())
          .gte("event_date", new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10))
          .order("event_date", { ascending: true }).order("id", { ascending: true })
          .limit(21),
    },
    {
      request: `GET /concerts/${concertId}`,
      query: (client) => client.rpc("get_concert", { concert_id: concertId }),
    },
    {
      request: "GET /concerts/mine",
      token: artistToken,
      query: (client) =>
        client.from("concerts")
          .select(concertColumns.join(","))
          .eq("artist_id", artistId)
          .order("created_at", { ascending: false }).order("id", { ascending: false })
          .limit(21)
          .setHeader("authorization", `Bearer ${artistToken}`),
    },
    {
      request: `POST /concerts/${concertId}/views`,
      query: (client) =>
        client.rpc("count_concert_event", { concert_id: concertId, event: "views" }),
    },
  ];
}

async function callFunction(app: ConcertsApp, { request, token }: Case): Promise<void> {
  const [method, path] = request.split(" ");
  const response = await app.fetch(
    new Request(`http://127.0.0.1${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    }),
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${request} answers ${response.status}: ${text}`);
}

async function callDirectly(client: SupabaseClient, { request, query }: Case): Promise<void> {
  const { error } = await query(client);
  if (error) throw new Error(`${request}, directly`, { cause: error });
}

/** With clients of its own: they keep the `fetch` there was when they were made. */
async function checkSameRequests(stack: StackProcess, one: Case): Promise<void> {
  const sent = await recordedRequests(() => callFunction(concertsOn(stack, "sql"), one));
  const expected = await recordedRequests(() => callDirectly(supabaseOn(stack), one));
  if (sent.join("\n\n") !== expected.join("\n\n")) {
    throw new Error(
      `bench/overhead.ts asks for something else than ${one.request} does:\n\n` +
        [...expected, "The function:", ...sent].join("\n\n"),
    );
  }
}
