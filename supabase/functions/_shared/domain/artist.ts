import * as z from "zod/mini";
import type { ArtistCard } from "./concert.ts";
import type { RefusalDetail } from "./refusal.ts";
import { line, multilineText, webAddress } from "./text.ts";

/** An artist's profile as its owner sees it. Counters and coins are written by the backend alone. */
export interface Artist {
  /** The id of the artist's account. */
  id: string;
  /** The owner's id in the old store when that was no account (`demo-user`) or was claimed since; else null. */
  legacy_id: string | null;
  username: string | null;
  full_name: string | null;
  bio: string | null;
  avatar_url: string | null;
  city: string | null;
  phone: string | null;
  /** Set from the account when the profile is created. */
  email: string | null;
  is_verified: boolean;
  subscribers_count: number;
  total_plays: number;
  total_tracks: number;
  coins_balance: number;
  created_at: string;
  updated_at: string;
}

/** An artist's profile as every visitor sees it. */
export type PublicArtist =
  & ArtistCard
  & Pick<
    Artist,
    "bio" | "city" | "is_verified" | "subscribers_count" | "total_plays" | "total_tracks"
  >;

export const artistChangesSchema = z.partial(z.strictObject({
  username: z.nullable(
    z.string().check(
      z.regex(/^[A-Za-z0-9_.-]{3,40}$/, {
        error: "3-40 латинских букв, цифр, точек, дефисов или подчёркиваний",
      }),
    ),
  ),
  full_name: z.nullable(line(1, 200)),
  bio: z.nullable(multilineText(2000)),
  avatar_url: z.nullable(webAddress()),
  city: z.nullable(line(2, 100)),
  phone: z.nullable(
    z.string().check(
      z.regex(/^\+?[0-9 ()-]{5,32}$/, { error: "Нужен телефон, пример: +7 900 000-00-00" }),
    ),
  ),
})).check(z.refine((changes) => Object.keys(changes).length > 0, { error: "Нечего менять" }));
export type ArtistChanges = z.infer<typeof artistChangesSchema>;

export const usernameTakenDetail: RefusalDetail = {
  path: "username",
  message: "Это имя уже занято",
};

/** The visitor's view of a profile. */
export function publicArtist(artist: Artist): PublicArtist {
  return {
    ...artistCard(artist),
    bio: artist.bio,
    city: artist.city,
    is_verified: artist.is_verified,
    subscribers_count: artist.subscribers_count,
    total_plays: artist.total_plays,
    total_tracks: artist.total_tracks,
  };
}

/** The part of a profile shown beside a concert. */
function artistCard(artist: Artist): ArtistCard {
  return {
    id: artist.id,
    username: artist.username,
    full_name: artist.full_name,
    avatar_url: artist.avatar_url,
  };
}
