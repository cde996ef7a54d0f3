import { accessScenarios } from "./access.ts";
import { artistScenarios } from "./artists.ts";
import { calendarFeedScenarios } from "./calendar-feed.ts";
import { contractScenarios } from "./contract.ts";
import { counterScenarios } from "./counters.ts";
import { failureScenarios } from "./failures.ts";
import { fieldBoundScenarios } from "./field-bounds.ts";
import { hostileTextScenarios } from "./hostile-text.ts";
import { lifecycleScenarios } from "./lifecycle.ts";
import { listingScenarios } from "./listing.ts";
import { moderationScenarios } from "./moderation.ts";
import { promotionScenarios } from "./promotion.ts";
import { protocolScenarios } from "./protocol.ts";
import { storageScenarios } from "./storage.ts";
import { tokenScenarios } from "./tokens.ts";
import { createKvFixtures } from "./kv-fixtures.ts";
import { scenariosOn } from "./scenarios-on.ts";

const scenario = scenariosOn({
  mode: "kv",
  capabilities: { wordForms: false },
  createFixtures: createKvFixtures,
});

accessScenarios(scenario);
artistScenarios(scenario);
calendarFeedScenarios(scenario);
contractScenarios(scenario);
counterScenarios(scenario);
failureScenarios(scenario);
fieldBoundScenarios(scenario);
hostileTextScenarios(scenario);
lifecycleScenarios(scenario);
listingScenarios(scenario);
moderationScenarios(scenario);
promotionScenarios(scenario);
protocolScenarios(scenario);
storageScenarios(scenario);
tokenScenarios(scenario);
