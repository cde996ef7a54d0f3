// Runs a command with TEST_DATABASE_URL naming a throwaway PostgreSQL: with-postgres.mjs npm test
import { runDeno } from "./run-deno.mjs";

runDeno("tests/support/with-postgres.ts");
