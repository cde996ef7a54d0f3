import { conformanceOn } from "../conformance/conformance-on.ts";
import { sqlTarget } from "../conformance/sql-target.ts";
import { dataApiAttempts } from "./data-api-attempts.ts";
import { forbiddenDataApiTests } from "./forbidden-data-api.ts";
import { grantTests } from "./grants.ts";
import { ownValueTests } from "./own-values.ts";
import { ruleMatrixTests } from "./rule-matrix.ts";

// Row level security, grants and SQL functions themselves, past the functions: the last line of defence.
const test = conformanceOn(sqlTarget);
ruleMatrixTests(test, dataApiAttempts);
forbiddenDataApiTests(test);
ownValueTests(test);
grantTests(test);
