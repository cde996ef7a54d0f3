import { calendarFeedScenarios } from "./calendar-feed.ts";
import { createKvFixtures } from "./kv-fixtures.ts";
import { counterScenarios } from "./counters.ts";
import { lifecycleScenarios } from "./lifecycle.ts";
import { promotionScenarios } from "./promotion.ts";
import { listingScenarios } from "./listing.ts";
import { scenariosOn } from "./scenarios-on.ts";

const scenario = scenariosOn({
  mode: "kv",
  capabilities: { wordForms: false },
  createFixtures: createKvFixtures,
});

listingScenarios(scenario);
calendarFeedScenarios(scenario);
lifecycleScenarios(scenario);
promotionScenarios(scenario);
counterScenarios(scenario);
