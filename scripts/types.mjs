// npm run types: writes database.types.ts as the Supabase CLI generates it from the migrations.
import { runDeno } from "./run-deno.mjs";

runDeno("tests/cli/write-database-types.ts");
