import { Cron } from "croner";
import type { Database } from "./database.ts";

/** One row of private.schedules. */
interface Schedule {
  name: string;
  /** A cron expression, in UTC. */
  schedule: string;
  /** Below /functions/v1, the function's name included. */
  path: string;
}

/**
 * Calls the scheduled functions as pg_cron does in production, with the secret key. A call that is still running when
 * its next turn comes is not doubled.
 *
 * @returns what stops the clock.
 */
export async function startScheduler(
  database: Database,
  url: string,
  secretKey: string,
): Promise<() => void> {
  const jobs = (await readSchedules(database)).map((schedule) =>
    new Cron(
      schedule.schedule,
      { name: `${url} ${schedule.name}`, timezone: "UTC", protect: true },
      () => callFunction(schedule, url, secretKey),
    )
  );
  return () => jobs.forEach((job) => job.stop());
}

async function readSchedules(database: Database): Promise<Schedule[]> {
  const [{ present }] = await database.query(
    "select to_regclass('private.schedules') is not null as present",
  );
  if (!present) return [];
  const rows = await database.query(
    "select name, schedule, path from private.schedules where is_active order by name",
  );
  return rows as unknown as Schedule[];
}

async function callFunction(
  { name, path }: Schedule,
  url: string,
  secretKey: string,
): Promise<void> {
  try {
    const response = await fetch(`${url}/functions/v1${path}`, {
      method: "POST",
      headers: { apikey: secretKey, "content-type": "application/json" },
      body: "{}",
    });
    const body = await response.text();
    if (!response.ok) console.error(`Schedule ${name}: ${response.status} ${body}`);
  } catch (error) {
    console.error(`Schedule ${name}:`, error);
  }
}
