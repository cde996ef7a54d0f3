import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import { type Concert, isPast, isPublic, publicConcert } from "../../domain/concert.ts";
import type { Page } from "../../domain/paging.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { ConcertRepository } from "../types.ts";
import { concertAnalytics, listConcertAnalytics } from "./concert-analytics.ts";
import {
  cancelConcert,
  createConcert,
  deleteConcert,
  hideConcert,
  submitConcert,
  updateConcert,
} from "./change-concert.ts";
import { type ConcertDocument, concertOf } from "./concert-documents.ts";
import type { KvContext } from "./kv-context.ts";
import { moderateConcert } from "./moderate-concert.ts";
import { pageOf } from "./page-of.ts";
import { promoteConcert } from "./promote-concert.ts";
import { listPublicConcerts } from "./public-concerts.ts";

export function createConcertRepository(context: KvContext): ConcertRepository {
  const { caller, finder, profiles, sales } = context;

  async function concertsOf(page: Page<ConcertDocument>, now: Date): Promise<Page<Concert>> {
    const concerts = await sales.withTicketsSold(page.items);
    return { items: concerts.map((concert) => concertOf(concert, now)), next: page.next };
  }

  return {
    listPublic: (filter, page) => listPublicConcerts(finder, profiles, filter, page),

    async find(id) {
      const found = await finder.find(id);
      if (!found) throw new Refusal("not_found");
      const now = new Date();
      if (isAllowed(accessRules.concerts.read_full, caller, found.document.artist_id)) {
        const [document] = await sales.withTicketsSold([found.document]);
        return { access: "full", concert: concertOf(document, now) };
      }
      const concert = concertOf(found.document, now);
      if (!isPublic(concert)) throw new Refusal("not_found");
      const cards = await profiles.cards([found.document]);
      return { access: "public", concert: publicConcert(concert, cards(found.document)) };
    },

    async listOwn({ status, when }, page) {
      const { id } = context.user();
      const now = new Date();
      const own = (await finder.all()).map(({ document }) => document).filter((concert) =>
        concert.artist_id === id &&
        (status === null || concert.moderation_status === status) &&
        (when === "all" || isPast(concert, now) === (when === "past"))
      );
      const positionOf = ({ created_at, id }: ConcertDocument) => ({ value: created_at, id });
      return await concertsOf(pageOf(own, page, positionOf, "descending"), now);
    },

    async listPending(page) {
      if (!isAllowed(accessRules.concerts.moderate, caller, null)) throw new Refusal("forbidden");
      const pending = (await finder.all()).map(({ document }) => document).filter((concert) =>
        concert.moderation_status === "pending" && !concert.is_cancelled
      );
      const positionOf = ({ submitted_at, updated_at, id }: ConcertDocument) => ({
        value: submitted_at ?? updated_at,
        id,
      });
      return await concertsOf(pageOf(pending, page, positionOf, "ascending"), new Date());
    },

    create: (concert) => createConcert(context, concert),
    update: (id, changes) => updateConcert(context, id, changes),
    delete: (id) => deleteConcert(context, id),
    submit: (id) => submitConcert(context, id),
    moderate: (id, decision) => moderateConcert(context, id, decision),
    promote: (id, days, idempotency) => promoteConcert(context, id, days, idempotency),
    cancel: (id) => cancelConcert(context, id),
    setHidden: (id, hidden) => hideConcert(context, id, hidden),

    async countEvent(id, event) {
      const key = await finder.keyOf(id);
      if (key === null) throw new Refusal("not_found");
      await context.counters.count(key, event);
    },

    analytics: (id) => concertAnalytics(context, id),
    listAnalytics: (page) => listConcertAnalytics(context, page),
  };
}
