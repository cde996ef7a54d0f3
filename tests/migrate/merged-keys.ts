import type { LocalStack } from "../../local/stack.ts";
import { artistIdOf } from "../../supabase/functions/_shared/database/legacy/ids.ts";
import { oldConcert, putRow } from "../kv/old-rows.ts";

// Old stores in which one record is told of under several keys.

/** Whoever signs in. */
export const account = "bbbbbbbb-1111-4111-8111-11111111111b";

/** The same as an old key has it. */
export const inCapitals = account.toUpperCase();

/** An owner of the old store that is no account. */
export const oldOwner = "demo-user";

/** Rows by their keys; a value that is undefined is none. */
export type Rows = Record<string, unknown>;

export async function putRows(stack: LocalStack, rows: Rows): Promise<void> {
  for (const [key, value] of Object.entries(rows)) {
    if (value !== undefined) await putRow(stack, key, value);
  }
}

/** An account with coins under two spellings of its id. */
export const twoSpellings: Rows = {
  [`profile:${inCapitals}`]: JSON.stringify({ name: "Анна" }),
  [`coins:balance:${inCapitals}`]: "100",
  [`coins:balance:${account}`]: "50",
};

const instant = "2026-01-01T00:00:00.000Z";

/** As kv mode writes it. */
export const profile = {
  id: "00000000-0000-5000-8000-000000000001",
  legacy_id: oldOwner,
  owner: oldOwner,
  username: null,
  full_name: "Анна",
  bio: null,
  avatar_url: null,
  city: null,
  phone: null,
  email: "anna@example.com",
  is_verified: false,
  subscribers_count: 0,
  total_plays: 0,
  total_tracks: 0,
  claimed_at: null,
  created_at: instant,
  updated_at: instant,
  rev: 1,
  legacy: null,
};

/** A profile that is being claimed in kv mode, of which everything else has not followed yet. */
export async function claimedHalfway(): Promise<Rows> {
  const id = await artistIdOf(oldOwner);
  return {
    [`profile:${oldOwner}`]: { ...profile, id, claimed_by: account },
    [`profile:${account}`]: {
      ...profile,
      id: account,
      owner: account,
      legacy_id: oldOwner,
      claimed_at: instant,
      claiming: oldOwner,
    },
    [`concert:${remindedConcert}`]: oldConcert(oldOwner, remindedConcert),
    [`coins:balance:${oldOwner}`]: "700",
    [`coins:tx:${oldOwner}:1795346595113-abc`]: JSON.stringify({ amount: 500, type: "reward" }),
  };
}

/** An artist's coins in the tables, when they are the only artist: the balance, and the sum of the movements. */
export async function coinsOf(stack: LocalStack): Promise<{ balance: number; movements: number }> {
  const [coins] = await stack.sql(`
    select (select sum(coins_balance) from artists) as balance,
      (select sum(amount) from coin_transactions) as movements
  `);
  return { balance: Number(coins.balance), movements: Number(coins.movements) };
}

/** Of which `repeatedReminder` reminds. */
export const remindedConcert = "tour_1795346595110_a1b2";

/** A reminder that the old code made by itself. */
function reminderOf(userId: string, id: string): Rows {
  return {
    [`notification:${userId}:${id}`]: {
      id,
      userId,
      concertId: remindedConcert,
      type: "reminder",
      title: "Концерт через 7 дней",
      message: "Скоро",
      channel: "email",
      status: "pending",
      scheduledFor: "2099-05-25T10:00:00.000Z",
      createdAt: instant,
      metadata: { concert: {} },
    },
  };
}

/** An automatic reminder with a repeat, of a concert that is not there. */
export function repeatedReminder(userId: string): Rows {
  return {
    [`profile:${userId}`]: { name: "Анна", email: "anna@example.com" },
    ...reminderOf(userId, "notif_1795346595100_a"),
    ...reminderOf(userId, "notif_1795346595101_a"),
  };
}

/** The same of a draft. */
export function repeatedReminderOfDraft(userId: string): Rows {
  const draft = { ...oldConcert(userId, remindedConcert), moderation_status: "draft" };
  return { ...repeatedReminder(userId), [`concert:${remindedConcert}`]: draft };
}

/** The account that may claim the profile of `repeatedReminder`. */
export async function addAccount(stack: LocalStack): Promise<void> {
  await stack.sql(
    `insert into auth.users (id, aud, role, email, email_confirmed_at, created_at, updated_at)
     values ($1::uuid, 'authenticated', 'authenticated', 'anna@example.com', now(), now(), now())`,
    [account],
  );
}
