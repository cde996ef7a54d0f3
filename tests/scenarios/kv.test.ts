import { allScenarios } from "./all-scenarios.ts";
import { createKvFixtures } from "./kv-fixtures.ts";
import { scenariosOn } from "./scenarios-on.ts";

allScenarios(scenariosOn({
  mode: "kv",
  capabilities: { wordForms: false },
  createFixtures: createKvFixtures,
}));
