import { artistIdOf } from "../legacy/ids.ts";
import type { Lookups } from "./lookups.ts";

/** An old profile that an account has claimed: what was the artist's of the one id is of the other's now. */
export interface Takeover {
  former: string;
  account: string;
}

/** The profiles that became these artists, by whose ids the target may still have them. */
export async function takeoversOf(
  artistIds: Iterable<string>,
  lookups: Lookups,
): Promise<Takeover[]> {
  const former = new Map<string, string>();
  for (const account of artistIds) {
    for (const owner of await lookups.ownersOf(account)) {
      const id = await artistIdOf(owner);
      if (id !== account) former.set(id, account);
    }
  }
  return [...former].map(([former, account]) => ({ former, account }));
}
