import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import { isUuid } from "../../supabase/functions/_shared/domain/uuid.ts";
import type { StorageMode } from "../../supabase/functions/_shared/database/types.ts";
import { campaigns } from "../../supabase/functions/campaigns/campaigns.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { notifications } from "../../supabase/functions/notifications/notifications.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";
import { type ApiClient, createApiClient, type Reply } from "../scenarios/api-client.ts";
import { type Person, signIn } from "../support/caller-tokens.ts";
import { appOn } from "../support/test-stack.ts";

/** Answers by question, by topic. */
export type Answers = Map<string, Map<string, unknown>>;

export interface OldRow {
  key: string;
  value: unknown;
}

/** Which half of the questions is asked. */
export type Half = "concerts" | "people";

/** Asks the functions for the records of an old store, as everybody whom they are for, and as whom they are not. */
export async function recordAnswers(
  stack: LocalStack,
  mode: StorageMode,
  rows: OldRow[],
  half: Half,
): Promise<Answers> {
  const functions = [concerts, notifications, campaigns, tickets];
  const api = createApiClient(
    functions.map((definition) => ({ definition, app: appOn(stack, definition, mode) })),
    stack,
  );
  const recorder = new Recorder(api);
  if (half === "concerts") {
    await recordPublic(recorder, rows, await signIn(stack, { appRole: "moderator" }));
  }
  const recordOwn = half === "concerts" ? recordOwnConcerts : recordOwnRecords;
  for (const owner of ownersIn(rows)) {
    const reply = await recorder.ask(
      "public profiles",
      `/concerts/artists/${encodeURIComponent(owner)}`,
    );
    const id = (reply.body.data as { id?: string } | undefined)?.id ?? owner;
    if (!isUuid(id)) continue;
    // The account that an owner without one would have.
    await recordOwn(recorder, owner, await signIn(stack, { id }), await signIn(stack));
  }
  return recorder.answers;
}

class Recorder {
  readonly answers: Answers = new Map();

  constructor(readonly api: ApiClient) {}

  /** Asks once; answers status and body, without what is different in every answer. */
  async ask(topic: string, path: string, as?: Person, who = "a visitor"): Promise<Reply> {
    const [route, filter] = path.split("?");
    const query = Object.fromEntries(new URLSearchParams(filter));
    const reply = await this.api.send("GET", route, { as, query });
    const { request_id: _, ...body } = reply.body;
    this.put(topic, `${path} by ${who}`, { status: reply.status, body });
    return reply;
  }

  /** Asks for all pages of a list. */
  async list<Item>(topic: string, path: string, as?: Person, who = "a visitor"): Promise<Item[]> {
    const items: Item[] = [];
    const [route, filter] = path.split("?");
    const query = Object.fromEntries(new URLSearchParams(filter));
    let cursor: string | null | undefined = null;
    do {
      const reply: Reply<Item[]> = await this.api.send("GET", route, {
        as,
        query: { ...query, limit: 100, ...(cursor ? { cursor } : {}) },
      });
      assert.equal(reply.status, 200, `${path}: ${reply.text}`);
      items.push(...reply.body.data);
      cursor = reply.body.next_cursor;
    } while (cursor);
    this.put(topic, `${path} by ${who}`, items);
    return items;
  }

  private put(topic: string, question: string, answer: unknown): void {
    const answers = this.answers.get(topic) ?? new Map();
    answers.set(question, answer);
    this.answers.set(topic, answers);
  }
}

async function recordPublic(recorder: Recorder, rows: OldRow[], moderator: Person): Promise<void> {
  for (const order of ["event_date", "-event_date"]) {
    await recorder.list("public lists", `/concerts?when=all&order=${order}`);
  }
  for (const filter of ["when=upcoming", "when=past", "promoted=true&when=all"]) {
    await recorder.list("public lists", `/concerts?${filter}`);
  }
  await recorder.list("moderation", "/concerts/moderation", moderator, "a moderator");
  for (const { key, value } of rows.filter(({ key }) => key.startsWith("concert:"))) {
    const names = [key.slice(key.lastIndexOf(":") + 1), fieldsOf(value).id];
    for (const name of new Set(names.filter((name) => typeof name === "string"))) {
      const path = `/concerts/${encodeURIComponent(name)}`;
      await recorder.ask("concerts", path);
      await recorder.ask("concerts", path, moderator, "a moderator");
    }
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "string" ? JSON.parse(value) : value as Record<string, unknown>;
}

/** Everybody under whose id there is anything. */
function ownersIn(rows: OldRow[]): string[] {
  const owners = new Set<string>();
  for (const { key, value } of rows) {
    const [family, ...rest] = key.split(":");
    if (["profile", "notification_settings"].includes(family)) owners.add(rest.join(":"));
    if (["coins"].includes(family)) owners.add(rest[1]);
    if (["concert", "notification", "campaign", "ticket_provider"].includes(family)) {
      const fields = fieldsOf(value);
      const owner = rest.length > 1
        ? rest.slice(0, -1).join(":")
        : fields.artist_id ?? fields.user_id;
      if (typeof owner === "string") owners.add(owner);
    }
  }
  return [...owners].sort();
}

async function recordOwnConcerts(
  recorder: Recorder,
  owner: string,
  as: Person,
  stranger: Person,
): Promise<void> {
  await recorder.list("public lists", `/concerts?when=all&artist_id=${as.id}`);
  const own = await recorder.list<{ id: string }>("own concerts", "/concerts/mine", as, owner);
  await recorder.list("analytics", "/concerts/analytics", as, owner);
  for (const { id } of own) {
    await recorder.ask("ticket figures", `/tickets/funnel/${id}`, as, owner);
  }
  // The lists have every record; these are the other ways to some.
  for (const { id } of own.slice(0, 2)) {
    await recorder.ask("own concerts", `/concerts/${id}`, as, owner);
    await recorder.ask("analytics", `/concerts/${id}/analytics`, as, owner);
    await recorder.ask("ticket figures", `/tickets/stats?concert_id=${id}`, as, owner);
    await recorder.list("sales", `/tickets/sales?concert_id=${id}`, as, owner);
  }
  for (const { id } of own.slice(0, 1)) {
    await recorder.ask("strangers", `/concerts/${id}/analytics`, stranger, "a stranger");
  }
}

async function recordOwnRecords(
  recorder: Recorder,
  owner: string,
  as: Person,
  stranger: Person,
): Promise<void> {
  for (const path of ["", "/statistics"]) {
    await recorder.ask("own profiles", `/concerts/artists/me${path}`, as, owner);
  }
  await recorder.ask("coins", "/concerts/artists/me/coins", as, owner);
  const sales = await recorder.list<{ id: string }>("sales", "/tickets/sales", as, owner);
  for (const { id } of sales.slice(0, 1)) {
    await recorder.ask("sales", `/tickets/sales/${id}`, as, owner);
    await recorder.ask("strangers", `/tickets/sales/${id}`, stranger, "a stranger");
  }
  await recorder.ask("ticket figures", "/tickets/stats", as, owner);
  await recorder.ask("connections", "/tickets/connections", as, owner);
  await recorder.list("notifications", "/notifications", as, owner);
  for (const filter of ["unread=true", "type=reminder"]) {
    await recorder.list("notifications", `/notifications?${filter}`, as, owner);
  }
  await recorder.ask("notifications", "/notifications/counts", as, owner);
  await recorder.ask("settings", "/notifications/settings", as, owner);
  const mailings = await recorder.list<{ id: string }>("campaigns", "/campaigns", as, owner);
  for (const { id } of mailings.slice(0, 1)) {
    for (const path of ["", "/preview", "/recipients"]) {
      await recorder.ask("campaigns", `/campaigns/${id}${path}`, as, owner);
    }
    await recorder.list("campaigns", `/campaigns/${id}/deliveries`, as, owner);
    await recorder.ask("strangers", `/campaigns/${id}`, stranger, "a stranger");
  }
}
