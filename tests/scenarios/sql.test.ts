import { calendarFeedScenarios } from "./calendar-feed.ts";
import { createSqlFixtures } from "./sql-fixtures.ts";
import { counterScenarios } from "./counters.ts";
import { lifecycleScenarios } from "./lifecycle.ts";
import { promotionScenarios } from "./promotion.ts";
import { listingScenarios } from "./listing.ts";
import { scenariosOn } from "./scenarios-on.ts";

const scenario = scenariosOn({
  mode: "sql",
  capabilities: { wordForms: true },
  createFixtures: createSqlFixtures,
});

listingScenarios(scenario);
calendarFeedScenarios(scenario);
lifecycleScenarios(scenario);
promotionScenarios(scenario);
counterScenarios(scenario);
