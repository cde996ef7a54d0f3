import type { Row } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { HostileValues } from "../legacy/hostile-values.ts";

// A random store as the old code may have left it: records of every family, whole ones that belong to each other
// among others that nobody would write on purpose.

const legalOwners = [
  "e433af3d-9f48-415c-a161-99d001099610",
  "01a6771d-e3c8-4477-8212-d4bcc2adaf1b",
  "54e6d1d4-fed8-4f67-90be-7e15444e6cca",
  "demo-user",
  "demo-user-123",
  "artist_demo_001",
  "unknown",
  "undefined",
];
const strangeOwners = [
  // The same account, spelled as no account is.
  "E433AF3D-9F48-415C-A161-99D001099610",
  "a:b:c",
  "",
  "👩‍🎤",
  "עברית",
  "__proto__",
  "' or 1=1 --",
  "%_\\*",
  "о".repeat(300),
];

const concertNames = Array.from({ length: 12 }, (_, index) => `tour_17953465951${10 + index}_a1b2`);
const legacyNames = ["1795346595100-abc", "undefined", "tour_gone_000", "", "__proto__"];

/** Rows of a random store, the same ones for the same seed; no key twice. */
export function oldRecords(seed: number, count: number): Row[] {
  const records = new OldRecords(seed);
  const rows = new Map<string, Row>();
  while (rows.size < count) {
    const row = records.next();
    rows.set(row.key, row);
  }
  return [...rows.values()].sort((one, other) => one.key < other.key ? -1 : 1);
}

/** Keys that no table holds, but a file may. */
export const impossibleKeys = [
  "concert:\0",
  "profile:\ud800",
  `ticket_sale:${"x".repeat(5000)}:1`,
];

class OldRecords {
  private readonly values: HostileValues;
  private made = 0;

  constructor(seed: number) {
    this.values = new HostileValues(seed);
  }

  next(): Row {
    const { values } = this;
    this.made++;
    const make = values.pick(this.families);
    const { key, value } = make.call(this);
    const kind = values.below(10);
    // Most as they were meant, some with a field spoilt, some with all of them, a few that are nothing at all.
    if (kind < 6) return { key, value: stored(value, values.below(2) === 0) };
    if (kind < 8) return { key, value: stored(this.spoilt(value), values.below(2) === 0) };
    if (kind === 8) return { key, value: values.stored(values.record(namesIn(value))) };
    return { key, value: values.value() };
  }

  private readonly families: (() => { key: string; value: unknown })[] = [
    this.personalConcert,
    this.tour,
    this.tour,
    this.reminder,
    this.reminder,
    this.notice,
    this.settings,
    this.campaign,
    this.sale,
    this.sale,
    this.sale,
    this.connection,
    this.profile,
    this.profile,
    this.balance,
    this.movement,
    this.movement,
    this.other,
    this.falseDocument,
  ];

  private personalConcert() {
    const id = `${this.milliseconds()}-${this.suffix()}`;
    const owner = this.owner();
    const value = {
      id: this.values.pick([id, id, id, "another"]),
      userId: owner,
      title: this.values.pick(["Весна", "U2", "Концерт".repeat(40), "Две\nстроки"]),
      venue: this.values.pick(["Филармония", "Ы"]),
      city: this.values.pick(["Казань", "У", "Город".repeat(40)]),
      date: this.values.pick(["2026-05-01", "15.03.2026", "2026-02-30"]),
      time: this.values.pick(["19:00", "7:30", "25:61"]),
      ticketPrice: this.values.pick([1500, "1 500 ₽", 0, -5]),
      ticketUrl: this.values.pick(["https://example.com/t", `https://e.com/${"a".repeat(2500)}`]),
      description: this.values.pick(["Тур", "текст ".repeat(2000)]),
      createdAt: "2026-01-15T10:00:00.000Z",
    };
    return { key: `concert:${owner}:${id}`, value };
  }

  private tour() {
    const id = this.values.pick(concertNames);
    const status = this.values.pick(["draft", "pending", "approved", "rejected", "archived"]);
    const value = {
      id,
      artist_id: this.owner(),
      title: "Северный ветер",
      description: "Тур",
      city: "Казань",
      venue_name: "Филармония",
      event_type: this.values.pick(["Концерт", "Тур", "Квартирник"]),
      ...this.values.pick<object>([
        { date: "2026-11-30", ticket_price_from: 500, ticket_price_to: "400", views: 7 },
        { event_date: "2099-01-01", event_time: "19:00:00", ticket_price_min: 1.005 },
      ]),
      views_count: this.values.pick([0, 12, 2_147_483_647]),
      moderation_status: status,
      moderation_comment: this.values.pick([undefined, "Нет", "н".repeat(3000)]),
      is_promoted: this.values.below(2) === 0,
      promotion_ends_at: this.values.pick([undefined, "2026-12-01T00:00:00.000Z"]),
      promotion_cost: this.values.pick([undefined, 100, 1e9]),
      is_hidden: false,
    };
    return { key: `concert:${id}`, value };
  }

  private reminder() {
    const id = `notif_${this.milliseconds()}_${this.suffix()}`;
    const owner = this.owner();
    const value = {
      id,
      userId: owner,
      concertId: this.concertName(),
      type: "reminder",
      title: this.values.pick(["Концерт через 7 дней", "Концерт через 1 день", "Свой текст"]),
      message: this.values.pick(["Скоро", "м".repeat(6000)]),
      scheduledFor: this.values.pick([
        "2026-12-01T10:00:00.000Z",
        "2026-12-01T10:00",
        "2026-12-01",
        "когда-нибудь",
      ]),
      status: this.values.pick(["pending", "sent", "cancelled", "lost"]),
      channel: this.values.pick(["email", "push", "both", "pigeon"]),
      sentAt: "2026-11-01T10:00:00.000Z",
      createdAt: "2026-10-01T10:00:00.000Z",
      metadata: { concert: { title: "Северный ветер" } },
    };
    return { key: `notification:${owner}:${id}`, value };
  }

  private notice() {
    const id = `${this.milliseconds()}-${this.suffix()}`;
    const value = {
      id,
      user_id: this.owner(),
      type: this.values.pick(["concert_approved", "new_message", "system", "что-то"]),
      title: "Одобрено",
      message: "Опубликован",
      link: this.values.pick(["/concerts/1", "javascript:alert(1)", "//evil.example"]),
      read: true,
      starred: true,
      archived: false,
      created_at: "2026-10-01T10:00:00.000Z",
      metadata: { concert_id: this.concertName(), deep: this.values.value() },
    };
    return { key: `notification:${id}`, value };
  }

  private settings() {
    const value = {
      emailEnabled: false,
      pushEnabled: true,
      announcements: true,
      promotions: this.values.pick<unknown>([true, "да"]),
      ticketUpdates: true,
      reminderDaysBefore: this.values.pick<unknown>([[7, 3, 1], [30, 30, 2], "7"]),
    };
    return { key: `notification_settings:${this.owner()}`, value };
  }

  private campaign() {
    const id = `campaign_${this.milliseconds()}_${this.suffix()}`;
    const owner = this.owner();
    const value = {
      id,
      artistId: owner,
      concertId: this.concertName(),
      subject: this.values.pick(["Анонс", "Тема ".repeat(100), "Две\nстроки"]),
      content: this.values.pick(["Приходите!", "ю".repeat(100_500)]),
      recipientCount: 1234,
      status: this.values.pick(["draft", "sent", "scheduled"]),
      scheduledFor: this.values.pick(["", "2026-12-01T10:00"]),
      createdAt: "2026-11-01T10:00:00.000Z",
      sentAt: "2026-11-02T10:00:00.000Z",
      openRate: 41.7,
      clickRate: 8.1,
    };
    return { key: `campaign:${owner}:${id}`, value };
  }

  private sale() {
    const id = `sale_${this.milliseconds()}_${this.suffix()}`;
    const concertName = this.concertName();
    const quantity = this.values.pick([1, 2, 1_000_000, 0]);
    const value = {
      id,
      concertId: concertName,
      artistId: this.owner(),
      provider: this.values.pick(["kassir", "afisha", "manual", "unknown-provider"]),
      quantity,
      price: this.values.pick<unknown>([1500, "1500", undefined, 9_999_999]),
      totalAmount: this.values.pick<unknown>([quantity * 1500, 7035, 1e15, undefined]),
      commission: this.values.pick<unknown>([0, 562.8000000000001, "12,5", undefined]),
      netAmount: this.values.pick<unknown>([null, 6472.2]),
      buyerEmail: this.values.pick<unknown>(["anna@example.com", "x".repeat(400), undefined]),
      status: this.values.pick(["confirmed", "pending", "cancelled", "refunded", "lost"]),
      purchasedAt: "2026-11-05T10:00:00.000Z",
      metadata: this.values.pick<unknown>([
        {},
        { test: true },
        { seat: "A1", ["__proto__"]: 1 },
        { large: 1e21 },
        { long: "я".repeat(40_000) },
        { text: "a\0b" },
      ]),
    };
    return { key: `ticket_sale:${concertName}:${id}`, value };
  }

  private connection() {
    const owner = this.owner();
    const provider = this.values.pick(["kassir", "ticketland", "afisha", "ticketmaster", "other"]);
    const value = {
      id: provider,
      name: "Кассир.ру",
      enabled: true,
      commission: 5,
      logo: "🎫",
      artistId: owner,
      apiKey: this.values.pick(["sk_live_0123456789abcdef", "short", "ключ-ключ-ключ👩"]),
      connectedAt: "2026-10-01T10:00:00.000Z",
    };
    return { key: `ticket_provider:${owner}:${provider}`, value };
  }

  private profile() {
    const owner = this.owner();
    const value = this.values.pick<object>([
      {
        userId: owner,
        name: this.values.pick(["Весна", "И".repeat(300)]),
        avatar: "https://images.example.com/a.png",
        bio: this.values.pick(["Играем с 2009 года", "био ".repeat(1000)]),
        subscribers: this.values.pick([100, -1, 1e12]),
        totalPlays: 7,
        totalTracks: "12",
        updatedAt: "2026-11-22T11:23:14.905Z",
      },
      {
        id: owner,
        email: this.values.pick(["anna@example.com", "e".repeat(400)]),
        username: this.values.pick(["vesna", "VESNA", "Весна", "a b"]),
        full_name: "Весна",
        phone: this.values.pick(["+7 900 000-00-00", "нет"]),
        city: "У",
        created_at: "2025-11-19T13:32:00.000Z",
      },
    ]);
    return { key: `profile:${owner}`, value };
  }

  private balance() {
    const value = this.values.pick<unknown>(["5000", "-40", "NaN", "5000100", 70, null, "0"]);
    return { key: `coins:balance:${this.owner()}`, value };
  }

  private movement() {
    const id = `${this.milliseconds()}-${this.suffix()}`;
    const owner = this.owner();
    const value = {
      id,
      userId: owner,
      amount: this.values.pick([100, -100, 5000, 1_000_000_000, -1_000_000_000, 0, 1.5]),
      type: this.values.pick(["purchase", "spend", "reward", "gift"]),
      description: this.values.pick(["Бонус", "о".repeat(700)]),
      createdAt: this.values.pick(["2026-11-01T10:00:00.000Z", "вчера"]),
    };
    return { key: `coins:tx:${owner}:${id}`, value };
  }

  /** What becomes no record, and what nobody knows. */
  private other() {
    const id = this.suffix();
    const key = this.values.pick([
      `user_notifications:${this.owner()}`,
      `marketing_campaign:${id}`,
      `user_campaigns:${this.owner()}`,
      `ticket:${id}`,
      `ticket_message:${id}`,
      `user_tickets:${id}`,
      `video:${id}`,
      "coins",
      "",
      ":",
      "coins:tx:without-owner",
      "concert:",
      "profile:",
    ]);
    return { key, value: this.values.value() };
  }

  /** What looks like a value of today, and is none. */
  private falseDocument() {
    const prefix = this.values.pick([
      "concert:",
      "profile:",
      "coins:balance:",
      "coins:tx:a:",
      "notification:",
      "notification_settings:",
      "campaign:a:",
      "campaign_delivery:a:",
      "mail_suppression:a:",
      "ticket_sale:a:",
      "ticket_provider:a:",
      "ticket_refund:a:",
      "ticket_external:a:kassir:",
      "ticket_event:a:kassir:",
      "username:",
      "push_subscription:",
      "idempotency:a:",
    ]);
    const fields = this.values.record(["id", "artist_id", "title", "deliveries", "status"]);
    return { key: prefix + this.suffix(), value: { ...fields, rev: 1, legacy: null } };
  }

  /** With one field, or two, that hold what nobody would write there. */
  private spoilt(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return this.values.value();
    const changed: Record<string, unknown> = { ...value };
    for (let times = this.values.below(2); times >= 0; times--) {
      changed[this.values.pick(namesIn(value))] = this.values.value();
    }
    return changed;
  }

  private owner(): string {
    return this.values.pick(this.values.below(5) === 0 ? strangeOwners : legalOwners);
  }

  private concertName(): string {
    return this.values.pick(this.values.below(6) === 0 ? legacyNames : concertNames);
  }

  private milliseconds(): number {
    return 1_795_346_595_000 + this.made;
  }

  private suffix(): string {
    return `${this.made.toString(36)}${this.values.below(1000)}`;
  }
}

function namesIn(value: unknown): string[] {
  return Object.keys(Object(value));
}

/** As the old code wrote it: into jsonb, or as JSON text into a string. */
function stored(value: unknown, asText: boolean): unknown {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return null;
  return asText ? text : JSON.parse(text);
}
