import { usernameTakenDetail } from "../../domain/artist.ts";
import { Refusal } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import type { ProfileDocument } from "./artist-profiles.ts";
import type { KvContext } from "./kv-context.ts";
import type { StoredDocument } from "./documents.ts";

/** Who has a user name, or is about to take it. */
interface UsernameDocument extends StoredDocument {
  artist_id: string;
  at: string;
}

/** A reservation that has not become a name after this long, in milliseconds, was left by a process that died. */
const abandonedAfter = 60_000;

/** Names are the same whatever their case. */
export function usernameKey(username: string): string {
  return prefixes.username + username.toLowerCase();
}

/**
 * Makes sure that nobody else has or takes `username`. Old profiles have no reservation, so they are looked at too;
 * among those who take a name now, the reservation's key decides. Throws `conflict`.
 */
export async function reserveUsername(
  context: KvContext,
  username: string,
  artistId: string,
  own: ProfileDocument | null,
): Promise<void> {
  const key = usernameKey(username);
  if (own?.username && usernameKey(own.username) === key) return;
  const others = (await context.profiles.all()).filter(({ id }) => id !== artistId);
  if (others.some((other) => other.username !== null && usernameKey(other.username) === key)) {
    throw taken();
  }
  await context.documents.change<UsernameDocument, void>(key, (reservation) => {
    const isOthers = reservation !== null && reservation.artist_id !== artistId;
    if (isOthers && Date.now() - Date.parse(reservation.at) < abandonedAfter) throw taken();
    return {
      result: undefined,
      write: { artist_id: artistId, at: new Date().toISOString(), legacy: null },
    };
  });
}

function taken(): Refusal {
  return new Refusal("conflict", [usernameTakenDetail]);
}
