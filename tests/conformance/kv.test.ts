import { kvTarget } from "./kv-target.ts";
import { testBackend } from "./test-backend.ts";

testBackend(kvTarget);
