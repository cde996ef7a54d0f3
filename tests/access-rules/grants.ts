import assert from "node:assert/strict";
import type { ConformanceContext, ConformanceTest } from "../conformance/conformance-context.ts";

const visitorFunctions = [
  "count_concert_event",
  "get_concert",
  "increment_concert_clicks",
  "increment_concert_views",
  "search_concerts",
];
const artistFunctions = [
  "calculate_campaign_metrics",
  "cancel_campaign",
  "cancel_concert",
  "cancel_ticket_sale",
  "claim_artist_profile",
  "count_notifications",
  "create_campaign",
  "create_concert_reminders",
  "create_reminder",
  "create_ticket_sale",
  "delete_campaign",
  "delete_concert",
  "get_campaign_audience",
  "get_campaign_material",
  "get_coin_ledger",
  "get_concert_analytics",
  "get_sales_funnel",
  "get_ticket_stats",
  "list_campaign_deliveries",
  "list_ticket_connections",
  "list_ticket_sales",
  "moderate_concert",
  "pause_campaign",
  "promote_concert",
  "read_all_notifications",
  "refund_ticket_sale",
  "resume_campaign",
  "save_artist_profile",
  "save_notification_settings",
  "save_push_subscription",
  "schedule_campaign",
  "send_campaign",
  "set_concert_hidden",
  "submit_concert",
  "update_campaign",
  "update_concert",
];

/** Which commands each role has on which relation, to whatever extent of columns. */
const relationGrants: Record<string, Record<string, string>> = {
  anon: {
    artists: "select",
    concerts: "select",
    ticket_providers: "select",
  },
  authenticated: {
    artist_statistics: "select",
    artist_ticket_providers: "select delete",
    artists: "select insert update",
    campaign_deliveries: "select",
    coin_transactions: "select",
    concert_analytics: "select",
    concerts: "select insert update delete",
    email_campaigns: "select insert update delete",
    notification_settings: "select insert update",
    notifications: "select update delete",
    push_subscriptions: "select delete",
    ticket_providers: "select",
    ticket_refunds: "select",
    ticket_sales: "select",
  },
};

/** What a visitor reads; nothing else, least of all a person's data. */
const visitorColumns: Record<string, string[]> = {
  artists: [
    "avatar_url",
    "bio",
    "city",
    "full_name",
    "id",
    "is_verified",
    "legacy_id",
    "subscribers_count",
    "total_plays",
    "total_tracks",
    "username",
  ],
  concerts: [
    "artist_id",
    "banner_image_url",
    "city",
    "day_ends_at",
    "description",
    "event_date",
    "event_time",
    "event_type",
    "id",
    "is_promoted",
    "promotion_ends_at",
    "search",
    "sold_out",
    "ticket_link",
    "ticket_price_max",
    "ticket_price_min",
    "time_zone",
    "title",
    "venue_address",
    "venue_name",
  ],
  ticket_providers: ["commission_percent", "id", "is_active", "name"],
};

/** Nothing is granted by default: every grant to people stands here. */
export function grantTests(test: ConformanceTest): void {
  test("visitors and artists call the functions listed and no other", async (context) => {
    assert.deepEqual(await functionsFor(context, "anon"), visitorFunctions);
    assert.deepEqual(
      await functionsFor(context, "authenticated"),
      [...visitorFunctions, ...artistFunctions].sort(),
    );
  });

  test("visitors and artists have the commands listed and no other", async (context) => {
    for (const [role, expected] of Object.entries(relationGrants)) {
      const rows = await context.stack.sql(
        `select relation.relname::text as name, string_agg(command, ' ' order by place) as commands
         from pg_class as relation
         cross join (values (1, 'select'), (2, 'insert'), (3, 'update'), (4, 'delete'),
           (5, 'truncate'), (6, 'references'), (7, 'trigger')) as c (place, command)
         where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'v', 'm', 'p', 'f')
           and case
             when command in ('delete', 'truncate', 'trigger')
               then has_table_privilege($1::text, relation.oid, command)
             else has_any_column_privilege($1::text, relation.oid, command)
           end
         group by relation.relname order by 1`,
        [role],
      );
      const granted = Object.fromEntries(rows.map(({ name, commands }) => [name, commands]));
      assert.deepEqual(granted, expected, role);
    }
  });

  test("visitors read the columns listed and no other", async (context) => {
    const rows = await context.stack.sql(
      `select relation.relname::text as relation, attribute.attname::text as name
       from pg_class as relation
       join pg_attribute as attribute on attribute.attrelid = relation.oid
       where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'v')
         and attribute.attnum > 0 and not attribute.attisdropped
         and has_column_privilege('anon', relation.oid, attribute.attnum, 'select')
       order by 1, 2`,
    );
    const readable = Object.groupBy(rows, ({ relation }) => String(relation));
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(readable).map(([relation, columns]) => [
          relation,
          (columns ?? []).map(({ name }) => String(name)).sort(),
        ]),
      ),
      visitorColumns,
    );
  });

  test("every table of the Data API has row level security", async (context) => {
    const rows = await context.stack.sql(
      `select relname::text as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity`,
    );
    assert.deepEqual(rows, []);
  });
}

async function functionsFor({ stack }: ConformanceContext, role: string): Promise<string[]> {
  const rows = await stack.sql(
    `select distinct proname::text as name from pg_proc
     where pronamespace = 'public'::regnamespace and has_function_privilege($1::text, oid, 'execute')
       and not exists (
         select from pg_depend where objid = pg_proc.oid and classid = 'pg_proc'::regclass and deptype = 'e'
       )
     order by 1`,
    [role],
  );
  return rows.map(({ name }) => String(name)).sort();
}
