import { dualSqlScenarios } from "../dual/dual-targets.ts";
import { allScenarios } from "../scenarios/all-scenarios.ts";
import { scenariosOn } from "../scenarios/scenarios-on.ts";

allScenarios(scenariosOn(dualSqlScenarios));
