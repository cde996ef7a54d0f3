import { Cron } from "croner";
import { deadline } from "deno-std/async/deadline.js";
import type { Database } from "./database.ts";

/** One row of private.schedules. */
export interface Schedule {
  name: string;
  /** A cron expression, in UTC. */
  schedule: string;
  /** Below /functions/v1. */
  path: string;
}

/** Milliseconds for which somebody who ends the stack waits for a dispatch. */
const patience = 5000;

/**
 * Calls the scheduled functions as pg_cron does in production, with the secret key. A call that is still running when
 * its next turn comes is not doubled.
 *
 * @returns what stops the clock, and waits a little for the calls that have begun: they need the services to end well.
 */
export async function startScheduler(
  database: Database,
  url: string,
  secretKey: string,
): Promise<() => Promise<void>> {
  const underway = new Set<Promise<boolean>>();
  const call = async (schedule: Schedule) => {
    const called = callFunction(schedule, url, secretKey);
    underway.add(called);
    await called;
    underway.delete(called);
  };
  const jobs = (await readSchedules(database)).map((schedule) =>
    new Cron(
      schedule.schedule,
      { name: `${url} ${schedule.name}`, timezone: "UTC", protect: true },
      () => call(schedule),
    )
  );
  return async () => {
    for (const job of jobs) job.stop();
    await deadline(Promise.all(underway), patience, {}).catch(() => {});
  };
}

/** What is to run, by name; nothing where the migrations have not been. */
export async function readSchedules(database: Pick<Database, "query">): Promise<Schedule[]> {
  const [{ present }] = await database.query(
    "select to_regclass('private.schedules') is not null as present",
  );
  if (!present) return [];
  const rows = await database.query(
    "select name, schedule, path from private.schedules where is_active order by name",
  );
  return rows as unknown as Schedule[];
}

/** Calls what a schedule names; a failure is told on the terminal. Whether it went well. */
export async function callFunction(
  { name, path }: Schedule,
  url: string,
  secretKey: string,
): Promise<boolean> {
  try {
    const response = await fetch(`${url}/functions/v1${path}`, {
      method: "POST",
      headers: { apikey: secretKey, "content-type": "application/json" },
      body: "{}",
    });
    const body = await response.text();
    if (!response.ok) console.error(`Schedule ${name}: ${response.status} ${body}`);
    return response.ok;
  } catch (error) {
    console.error(`Schedule ${name}:`, error);
    return false;
  }
}
