import type { Concert } from "../../domain/concert.ts";
import { cutPage, type PageRequest } from "../../domain/paging.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { ConcertRepository } from "../types.ts";
import { firstOf } from "./artists.ts";
import type { DataApi } from "./data-api.ts";
import { behind } from "./keyset.ts";
import { listPublicConcerts } from "./public-concerts.ts";
import {
  analyticsFrom,
  type AnalyticsRow,
  concertColumns,
  concertFrom,
  type ConcertRow,
  instant,
  publicConcertFrom,
  type PublicConcertRow,
} from "./rows.ts";

const columns = concertColumns.join(",");

export function createConcertRepository(api: DataApi): ConcertRepository {
  /** Sends the call of a SQL function that answers the concert it changed. */
  async function changed(call: Parameters<typeof api.sendAsCaller>[0]): Promise<Concert> {
    return concertFrom(await api.sendAsCaller(call) as ConcertRow, new Date());
  }

  return {
    listPublic: (filter, page) => listPublicConcerts(api, filter, page),

    async find(concert_id) {
      const found = await api.sendAsCaller(
        api.asCaller().rpc("get_concert", { concert_id }),
      ) as unknown as FoundConcert | null;
      if (found === null) throw new Refusal("not_found");
      const now = new Date();
      return found.access === "full"
        ? { access: "full", concert: concertFrom(found.concert, now) }
        : { access: "public", concert: publicConcertFrom(found.concert, now) };
    },

    async listOwn({ status, when }, page) {
      const now = new Date();
      let query = api.asCaller().from("concerts").select(columns).eq("artist_id", api.user().id);
      if (status !== null) query = query.eq("moderation_status", status);
      if (when === "past") query = query.lte("day_ends_at", now.toISOString());
      // A concert without a date is still to come.
      const alternatives = when === "upcoming"
        ? [`day_ends_at.gt.${now.toISOString()}`, "day_ends_at.is.null"]
        : [];
      query = behind(query, page.after, { column: "created_at", descending: true, alternatives });
      const rows = await api.sendAsCaller(
        query.order("created_at", { ascending: false }).order("id", { ascending: false })
          .limit(page.limit + 1)
          .overrideTypes<ConcertRow[], { merge: false }>(),
      );
      const concerts = rows.map((row) => concertFrom(row, now));
      return cutPage(concerts, page.limit, ({ created_at, id }) => ({ value: created_at, id }));
    },

    async listPending(page) {
      const query = api.asCaller().from("concerts").select(`${columns},submitted_at`)
        .eq("moderation_status", "pending").eq("is_cancelled", false);
      const rows = await api.sendAsCaller(
        behind(query, page.after, { column: "submitted_at" }).order("submitted_at").order("id")
          .limit(page.limit + 1)
          .overrideTypes<(ConcertRow & { submitted_at: string })[], { merge: false }>(),
      );
      const now = new Date();
      const { items, next } = cutPage(
        rows,
        page.limit,
        ({ submitted_at, id }) => ({ value: instant(submitted_at), id }),
      );
      return { items: items.map((row) => concertFrom(row, now)), next };
    },

    async create(concert) {
      const rows = await api.sendAsCaller(
        api.asCaller().from("concerts").insert({ ...concert, artist_id: api.user().id })
          .select(columns)
          .overrideTypes<ConcertRow[], { merge: false }>(),
      );
      return concertFrom(firstOf(rows), new Date());
    },

    update: (concert_id, changes) =>
      changed(api.asCaller().rpc("update_concert", { concert_id, changes })),

    async delete(concert_id) {
      await api.sendAsCaller(api.asCaller().rpc("delete_concert", { concert_id }));
    },

    submit: (concert_id) => changed(api.asCaller().rpc("submit_concert", { concert_id })),

    moderate: (concert_id, { decision, comment }) =>
      changed(
        api.asCaller().rpc("moderate_concert", {
          concert_id,
          decision,
          comment: comment ?? undefined,
        }),
      ),

    async promote(concert_id, days, idempotency) {
      const outcome = await api.sendAsCaller(
        api.asCaller().rpc("promote_concert", {
          concert_id,
          days,
          idempotency_key: idempotency?.key,
          request_fingerprint: idempotency?.fingerprint,
        }),
      ) as unknown as { replayed: boolean; concert: ConcertRow };
      return {
        value: concertFrom(outcome.concert, new Date()),
        replayed: outcome.replayed,
      };
    },

    cancel: (concert_id) => changed(api.asCaller().rpc("cancel_concert", { concert_id })),

    setHidden: (concert_id, hidden) =>
      changed(api.asCaller().rpc("set_concert_hidden", { concert_id, hidden })),

    async countEvent(concert_id, event) {
      await api.sendAsCaller(api.asCaller().rpc("count_concert_event", { concert_id, event }));
    },

    async analytics(id) {
      const rows = await api.sendAsCaller(
        api.asCaller().rpc("get_concert_analytics", { concert_id: id }).select(analyticsColumns)
          .overrideTypes<AnalyticsRow[], { merge: false }>(),
      );
      return analyticsFrom(firstOf(rows));
    },

    async listAnalytics(page: PageRequest) {
      const query = api.asCaller().from("concert_analytics").select(analyticsColumns)
        .eq("artist_id", api.user().id);
      const order = { column: "created_at", idColumn: "concert_id", descending: true };
      const rows = await api.sendAsCaller(
        behind(query, page.after, order).order("created_at", { ascending: false }).order(
          "concert_id",
          { ascending: false },
        )
          .limit(page.limit + 1)
          .overrideTypes<AnalyticsRow[], { merge: false }>(),
      );
      const { items, next } = cutPage(
        rows,
        page.limit,
        ({ created_at, concert_id }) => ({ value: instant(created_at), id: concert_id }),
      );
      return { items: items.map(analyticsFrom), next };
    },
  };
}

type FoundConcert =
  | { access: "full"; concert: ConcertRow }
  | { access: "public"; concert: PublicConcertRow };

const analyticsColumns = [
  "concert_id",
  "title",
  "event_date",
  "views_count",
  "clicks_count",
  "shares_count",
  "sales_count",
  "tickets_sold",
  "total_revenue",
  "net_revenue",
  "click_rate",
  "conversion_rate",
  "created_at",
].join(",");
