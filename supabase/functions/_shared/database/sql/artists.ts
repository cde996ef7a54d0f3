import type { ArtistStatistics } from "../../domain/analytics.ts";
import { Refusal } from "../../domain/refusal.ts";
import { isUuid } from "../../domain/uuid.ts";
import type { ArtistRepository } from "../types.ts";
import type { DataApi } from "./data-api.ts";
import { literally } from "./literally.ts";
import {
  artistColumns,
  artistFrom,
  type ArtistRow,
  publicArtistColumns,
  statisticsFrom,
  type StatisticsRow,
} from "./rows.ts";

export function createArtistRepository(api: DataApi): ArtistRepository {
  return {
    async own() {
      const { id } = api.user();
      const rows = await api.sendAsCaller(
        api.asCaller().from("artists").select(artistColumns.join(",")).eq("id", id).limit(1)
          .overrideTypes<ArtistRow[], { merge: false }>(),
      );
      return artistFrom(firstOf(rows));
    },

    async updateOwn(changes) {
      const row = await api.sendAsCaller(api.asCaller().rpc("save_artist_profile", { changes }));
      return artistFrom(row as unknown as ArtistRow);
    },

    async ownStatistics() {
      const { id } = api.user();
      const rows = await api.sendAsCaller(
        api.asCaller().from("artist_statistics").select("*").eq("artist_id", id).limit(1)
          .overrideTypes<StatisticsRow[], { merge: false }>(),
      );
      return rows.length > 0 ? statisticsFrom(rows[0]) : { artist_id: id, ...noStatistics };
    },

    async claim() {
      const row = await api.sendAsCaller(api.asCaller().rpc("claim_artist_profile"));
      return artistFrom(row as unknown as ArtistRow);
    },

    async findPublic(reference) {
      const id = isUuid(reference) ? reference.toLowerCase() : reference;
      const artists = api.asVisitor().from("artists").select(publicArtistColumns.join(","));
      const rows = await api.send(
        (isUuid(id)
          ? artists.or(`id.eq.${id},legacy_id.eq.${id}`)
          : artists.filter("legacy_id", "in", literally(id)))
          .overrideTypes<PublicArtistRow[], { merge: false }>(),
      );
      // An account may have come into an id that another artist had before.
      return rows.find((artist) => artist.id === id) ?? firstOf(rows);
    },
  };
}

type PublicArtistRow = Awaited<ReturnType<ArtistRepository["findPublic"]>>;

const noStatistics: Omit<ArtistStatistics, "artist_id"> = {
  concerts_count: 0,
  upcoming_concerts_count: 0,
  total_views: 0,
  total_clicks: 0,
  total_shares: 0,
  sales_count: 0,
  tickets_sold: 0,
  total_revenue: 0,
  net_revenue: 0,
};

/** Throws `not_found` for an empty list. */
export function firstOf<Row>(rows: Row[]): Row {
  if (rows.length === 0) throw new Refusal("not_found");
  return rows[0];
}
