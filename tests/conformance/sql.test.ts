import { sqlTarget } from "./sql-target.ts";
import { testBackend } from "./test-backend.ts";

testBackend(sqlTarget);
