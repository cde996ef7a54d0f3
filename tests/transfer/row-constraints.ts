import assert from "node:assert/strict";
import { columns } from "../../supabase/functions/_shared/database/transfer/columns.ts";
import type {
  Entity,
  TransferRecord,
} from "../../supabase/functions/_shared/database/transfer/record.ts";

// What the SQL schema demands of the rows, told once more and without it.

type Row = Record<string, unknown>;

const lengths: Partial<Record<Entity, Record<string, [minimum: number, maximum: number]>>> = {
  artists: {
    username: [3, 40],
    full_name: [1, 200],
    bio: [0, 2000],
    avatar_url: [1, 2000],
    city: [2, 100],
    email: [1, 320],
  },
  concerts: {
    title: [3, 200],
    description: [0, 2000],
    city: [2, 100],
    venue_name: [2, 200],
    banner_image_url: [1, 2000],
    ticket_link: [1, 2000],
    moderation_comment: [0, 2000],
  },
  coin_transactions: { description: [0, 500] },
  artist_ticket_providers: { api_key_last4: [0, 4] },
  ticket_sales: { buyer_email: [0, 320] },
  notifications: { title: [0, 500], message: [0, 5000], link: [0, 2000] },
  email_campaigns: { subject: [1, 300], content: [0, 100_000] },
};

const required: Partial<Record<Entity, string[]>> = {
  artists: ["id", "created_at", "updated_at"],
  concerts: ["id", "artist_id", "title", "event_date", "time_zone", "created_at", "updated_at"],
  coin_transactions: ["id", "artist_id", "amount", "type", "created_at"],
  artist_ticket_providers: ["artist_id", "provider_id", "connected_at", "created_at"],
  ticket_sales: ["id", "concert_id", "artist_id", "purchased_at", "metadata", "net_amount"],
  ticket_refunds: ["id", "sale_id", "artist_id", "amount", "created_at"],
  notification_settings: ["user_id", "created_at", "updated_at"],
  notifications: ["id", "user_id", "title", "message", "status", "channel", "metadata"],
  email_campaigns: ["id", "artist_id", "subject", "content", "status", "recipient_filter"],
};

const largestInteger = 2_147_483_647;

/** Throws for a row that the tables would refuse, or give back otherwise. */
export function checkRow({ entity, id, row }: TransferRecord): void {
  const place = `${entity} ${id}`;
  assert.deepEqual(Object.keys(row).sort(), Object.keys(columns[entity]).sort(), place);
  checkStorable(row, place);
  for (const [column, value] of Object.entries(row)) {
    assert.notEqual(value, undefined, `${place}.${column}`);
    const isInstant = columns[entity][column] === "instant";
    if (isInstant && value !== null) {
      assert.match(String(value), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, `${place}.${column}`);
    }
    if (typeof value === "number" && columns[entity][column] === "plain") {
      assert.ok(Math.abs(value) <= largestInteger, `${place}.${column} is ${value}`);
    }
  }
  for (const [column, [minimum, maximum]] of Object.entries(lengths[entity] ?? {})) {
    if (row[column] === null) continue;
    const length = [...String(row[column])].length;
    assert.ok(length >= minimum && length <= maximum, `${place}.${column} has ${length}`);
  }
  for (const column of required[entity] ?? []) {
    assert.notEqual(row[column], null, `${place}.${column}`);
  }
  rules[entity]?.(row, place);
}

const rules: Partial<Record<Entity, (row: Row, place: string) => void>> = {
  artists({ username, phone, coins_balance }, place) {
    if (username !== null) assert.match(String(username), /^[A-Za-z0-9_.-]{3,40}$/, place);
    if (phone !== null) assert.match(String(phone), /^\+?[0-9 ()-]{5,32}$/, place);
    assert.ok(Number(coins_balance) >= 0, place);
  },
  concerts(row, place) {
    assert.ok(Number(row.tickets_sold) >= 0, place);
    if (row.event_time !== null) assert.match(String(row.event_time), /^\d\d:\d\d:00$/, place);
    if (row.moderation_status === "pending") assert.notEqual(row.submitted_at, null, place);
    if (row.is_promoted) assert.notEqual(row.promotion_cost, null, place);
    if (row.promotion_starts_at !== null) {
      assert.ok(String(row.promotion_starts_at) <= String(row.promotion_ends_at), place);
    }
    for (const line of [row.title, row.city, row.venue_name]) checkLine(line, place);
  },
  coin_transactions({ amount }, place) {
    assert.ok(Number.isInteger(amount) && amount !== 0, place);
  },
  artist_ticket_providers({ legacy }, place) {
    assert.ok(!JSON.stringify(legacy).includes('"apiKey"'), place);
  },
  ticket_sales(row, place) {
    const [total, commission, net] = [row.total_amount, row.commission_amount, row.net_amount]
      .map((amount) => Math.round(Number(amount) * 100));
    assert.equal(net, total - commission, place);
    assert.ok(total >= 0 && commission >= 0 && total < 1e12 && net < 1e12, place);
    assert.ok(Number(row.unit_price) >= 0 && Number(row.unit_price) < 1e10, place);
    assert.ok(
      [null, "kassir", "ticketland", "afisha", "ticketmaster"].includes(
        row.provider_id as string | null,
      ),
      place,
    );
    assert.ok(new TextEncoder().encode(JSON.stringify(row.metadata)).length <= 65_536, place);
  },
  email_campaigns({ subject, status, scheduled_for }, place) {
    checkLine(subject, place);
    if (status === "scheduled") assert.notEqual(scheduled_for, null, place);
  },
};

function checkLine(text: unknown, place: string): void {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (text !== null) assert.ok(!/[\u0000-\u001f\u007f]/.test(String(text)), place);
  if (text !== null) assert.notEqual(String(text).trim(), "", place);
}

/** Texts and numbers that come back from jsonb and text as they went in. */
function checkStorable(value: unknown, place: string): void {
  if (typeof value === "string") {
    assert.ok(!value.includes("\0") && value.isWellFormed(), `${place} has an unstorable text`);
  } else if (typeof value === "number") {
    assert.ok(Number.isFinite(value) && !String(value).includes("e"), `${place} has ${value}`);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      checkStorable(name, place);
      checkStorable(item, place);
    }
  }
}
