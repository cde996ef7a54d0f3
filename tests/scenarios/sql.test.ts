import { allScenarios } from "./all-scenarios.ts";
import { createSqlFixtures } from "./sql-fixtures.ts";
import { scenariosOn } from "./scenarios-on.ts";

allScenarios(scenariosOn({
  mode: "sql",
  capabilities: { wordForms: true },
  createFixtures: createSqlFixtures,
}));
