import { conformanceOn } from "../conformance/conformance-on.ts";
import { kvTarget } from "../conformance/kv-target.ts";
import { contractAttempts } from "./contract-attempts.ts";
import { ruleMatrixTests } from "./rule-matrix.ts";

ruleMatrixTests(conformanceOn(kvTarget), contractAttempts);
