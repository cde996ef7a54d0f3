import { accessScenarios } from "./access.ts";
import { artistScenarios } from "./artists.ts";
import { calendarFeedScenarios } from "./calendar-feed.ts";
import { concertConsistencyScenarios } from "./concert-consistency.ts";
import { contractScenarios } from "./contract.ts";
import { counterScenarios } from "./counters.ts";
import { failureScenarios } from "./failures.ts";
import { fieldBoundScenarios } from "./field-bounds.ts";
import { hostileTextScenarios } from "./hostile-text.ts";
import { lifecycleScenarios } from "./lifecycle.ts";
import { listingScenarios } from "./listing.ts";
import { moderationScenarios } from "./moderation.ts";
import { pagingScenarios } from "./paging.ts";
import { promotionScenarios } from "./promotion.ts";
import { protocolScenarios } from "./protocol.ts";
import { requestBoundScenarios } from "./request-bounds.ts";
import { storageScenarios } from "./storage.ts";
import { tokenScenarios } from "./tokens.ts";
import type { Scenario } from "./scenario-context.ts";

/** The whole set, the same for every mode. */
export function allScenarios(scenario: Scenario): void {
  accessScenarios(scenario);
  artistScenarios(scenario);
  calendarFeedScenarios(scenario);
  concertConsistencyScenarios(scenario);
  contractScenarios(scenario);
  counterScenarios(scenario);
  failureScenarios(scenario);
  fieldBoundScenarios(scenario);
  hostileTextScenarios(scenario);
  lifecycleScenarios(scenario);
  listingScenarios(scenario);
  moderationScenarios(scenario);
  pagingScenarios(scenario);
  promotionScenarios(scenario);
  protocolScenarios(scenario);
  requestBoundScenarios(scenario);
  storageScenarios(scenario);
  tokenScenarios(scenario);
}
