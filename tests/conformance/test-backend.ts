import { artistTests, claimTests } from "./artists.ts";
import { backendTests } from "./backend.ts";
import { coinTests } from "./coins.ts";
import { concertDraftTests } from "./concert-drafts.ts";
import { concertEditTests } from "./concert-edits.ts";
import type { ConformanceTarget } from "./conformance-context.ts";
import { conformanceOn } from "./conformance-on.ts";
import { figureTests } from "./figures.ts";
import { moderationTests } from "./moderation.ts";
import { ownListingTests } from "./own-listing.ts";
import { promotionTests } from "./promotion.ts";
import { publicListingTests } from "./public-listing.ts";
import { publicSearchTests } from "./public-search.ts";

/** Holds a backend against every sentence of `database/types.ts`. */
export function testBackend(target: ConformanceTarget): void {
  const test = conformanceOn(target);
  backendTests(test, target.mode, target.capabilities);
  concertDraftTests(test);
  concertEditTests(test);
  moderationTests(test);
  publicListingTests(test);
  publicSearchTests(test);
  ownListingTests(test);
  promotionTests(test);
  figureTests(test);
  artistTests(test);
  claimTests(test);
  coinTests(test);
}
