// npm run migrate -- <command>: moves the key-value table's records to PostgreSQL, and back.
import { evenMemory } from "./even-memory.mjs";
import { runDeno } from "./run-deno.mjs";

runDeno("migrate/main.ts", evenMemory);
