import assert from "node:assert/strict";
import type { SupabaseClient } from "@supabase/supabase-js";
import { delay } from "deno-std/async/delay.js";
import {
  addressesOf,
  artistWithBuyers,
  campaignBeingSent,
  sendAll,
  words,
} from "../conformance/campaign-making.ts";
import type { ConformanceTest } from "../conformance/conformance-context.ts";
import { anySale, firstPage } from "../conformance/sale-making.ts";
import { listOf, newReminder } from "../conformance/notifications.ts";
import { wayOf } from "./personas.ts";

/** What PostgreSQL takes for an instant, and JavaScript or the API does not. */
const endless = ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01T00:00:00Z"];

interface OwnRows {
  artistId: string;
  campaignId: string;
  concertId: string;
}

/** Ways past the functions to write a value of one's own, and the values that are refused. */
const attempts: {
  name: string;
  values: unknown[];
  write(api: SupabaseClient, value: unknown, own: OwnRows): PromiseLike<{ error: unknown }>;
}[] = [
  {
    name: "a new campaign's end",
    values: endless,
    write: (api, send_before) =>
      api.rpc("create_campaign", { fields: { subject: "Тема", content: "Текст", send_before } }),
  },
  {
    name: "an inserted campaign's end",
    values: endless,
    write: (api, send_before, { artistId }) =>
      api.from("email_campaigns").insert({ artist_id: artistId, subject: "Тема", send_before })
        .select("id"),
  },
  {
    name: "an edited campaign's end",
    values: endless,
    write: (api, send_before, { campaignId }) =>
      api.rpc("update_campaign", { campaign_id: campaignId, changes: { send_before } }),
  },
  {
    name: "an updated campaign's end",
    values: endless,
    write: (api, send_before, { campaignId }) =>
      api.from("email_campaigns").update({ send_before }).eq("id", campaignId).select("id"),
  },
  {
    name: "a campaign's beginning",
    values: endless,
    write: (api, scheduled_for, { campaignId }) =>
      api.rpc("schedule_campaign", { campaign_id: campaignId, scheduled_for }),
  },
  {
    name: "the time of a purchase",
    values: [...endless, "1999-12-31T23:59:59Z"],
    write: (api, purchased_at, { concertId: concert_id }) =>
      api.rpc("create_ticket_sale", {
        sale: { concert_id, quantity: 1, unit_price: 100, purchased_at },
      }),
  },
  {
    name: "a price",
    values: [0.005, 0.001, 99.999, -0.01, "NaN", "Infinity"],
    write: (api, unit_price, { concertId: concert_id }) =>
      api.rpc("create_ticket_sale", { sale: { concert_id, quantity: 1, unit_price } }),
  },
  {
    name: "the time of a reminder",
    values: endless,
    write: (api, scheduled_for) =>
      api.rpc("create_reminder", {
        title: "Пора",
        message: "Пора",
        scheduled_for,
        channel: "in_app",
      }),
  },
];

/** What nobody may write even into rows of their own. */
export function ownValueTests(test: ConformanceTest): void {
  for (const { name, values, write } of attempts) {
    test(`nobody makes their own rows unreadable: ${name}`, async (context) => {
      const { artist, concertId } = await artistWithBuyers(context, 1);
      const { id: campaignId } = await artist.database.campaigns.create(words);
      await artist.database.notifications.create(newReminder());
      const { dataApi } = await wayOf("owner", context, artist);
      const before = await context.fixtures.everythingOf(artist.id);
      for (const value of values) {
        const { error } = await write(dataApi as SupabaseClient, value, {
          artistId: artist.id,
          campaignId,
          concertId,
        });
        const { code, message } = Object(error) as { code?: string; message?: string };
        const isRefused = code === "PT400" || code === "22003" ||
          /check constraint/.test(`${message}`);
        assert.ok(isRefused, `${value}: ${JSON.stringify(error)}`);
        assert.equal(await context.fixtures.everythingOf(artist.id), before, `${value}`);
      }
      const { campaigns, sales } = artist.database;
      assert.equal((await campaigns.listOwn({ status: null }, firstPage)).items.length, 1);
      assert.equal((await sales.listOwn(anySale, firstPage)).items.length, 1);
      assert.equal((await listOf(artist)).length, 1);
    });
  }

  test("nobody's filter keeps the campaigns of others from being sent", async (context) => {
    const { artist } = await artistWithBuyers(context, 1);
    const { dataApi } = await wayOf("owner", context, artist);
    const odd = ["infinity", "2026-01-01T00:00:00+99:99", "294277-01-01Z", "1e400", "вчера", ""];
    const ids: string[] = [];
    for (const purchased_after of odd) {
      const { data, error } = await (dataApi as SupabaseClient).rpc("create_campaign", {
        fields: { subject: "Тема", content: "Текст", recipient_filter: { purchased_after } },
      });
      assert.equal(error, null);
      ids.push(data.id);
    }
    const due = new Date(Date.now() + 1500).toISOString();
    await Promise.all(ids.map((id) => artist.database.campaigns.schedule(id, due)));
    await delay(Date.parse(due) - Date.now() + 50);
    const other = await campaignBeingSent(context, 2);
    assert.deepEqual(addressesOf(await sendAll(context)), other.buyers);
    const { items } = await artist.database.campaigns.listOwn({ status: null }, firstPage);
    assert.deepEqual(items.map(({ status }) => status), odd.map(() => "failed"));
  });
}
