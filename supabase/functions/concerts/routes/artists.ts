import * as z from "zod/mini";
import { artistChangesSchema } from "../../_shared/domain/artist.ts";
import { pageFields, pageRequestOf } from "../../_shared/http/paging.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const coinOrder = { name: "coins", kind: "instant" } as const;

export const artistRoutes = [
  defineRoute({
    method: "GET",
    path: "/artists/me",
    summary: "The caller's profile",
    access: "user",
    answers: { status: 200, schema: "Artist" },
    async handle({ database }) {
      return { data: await database.artists.own() };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/artists/me",
    summary: "Edit the caller's profile; the first edit creates it",
    access: "user",
    body: artistChangesSchema,
    answers: { status: 200, schema: "Artist" },
    async handle({ body, database }) {
      return { data: await database.artists.updateOwn(body) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/artists/me/statistics",
    summary: "Totals over the caller's concerts",
    access: "user",
    answers: { status: 200, schema: "ArtistStatistics" },
    async handle({ database }) {
      return { data: await database.artists.ownStatistics() };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/artists/me/coins",
    summary: "The caller's coin balance and movements, newest first",
    access: "user",
    query: z.strictObject(pageFields),
    answers: { status: 200, schema: "CoinLedger" },
    async handle({ query, database }) {
      const ledger = await database.coins.listOwn(pageRequestOf(query, coinOrder));
      return {
        data: { balance: ledger.balance, transactions: ledger.items },
        next: { position: ledger.next, order: coinOrder },
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/artists/me/claim",
    summary: "Take over the migrated profile that has the caller's verified e-mail",
    access: "user",
    answers: { status: 200, schema: "Artist" },
    async handle({ database }) {
      return { data: await database.artists.claim(), message: "Профиль теперь ваш" };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/artists/:id",
    summary: "A public profile",
    access: "anyone",
    answers: { status: 200, schema: "PublicArtist" },
    async handle({ parameter, database }) {
      return { data: await database.artists.findPublic(parameter("id")) };
    },
  }),
];
