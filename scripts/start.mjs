// npm start: the local Supabase with the functions, until Ctrl-C.
import { runDeno } from "./run-deno.mjs";

runDeno("local/start.ts");
