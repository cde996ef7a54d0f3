// npm run migrate -- <command>: moves the key-value table's records to PostgreSQL, and back.
import { runDeno } from "./run-deno.mjs";

runDeno("migrate/main.ts");
