import { conformanceOn } from "../conformance/conformance-on.ts";
import { sqlTarget } from "../conformance/sql-target.ts";
import { contractAttempts } from "./contract-attempts.ts";
import { ruleMatrixTests } from "./rule-matrix.ts";

ruleMatrixTests(conformanceOn(sqlTarget), contractAttempts);
