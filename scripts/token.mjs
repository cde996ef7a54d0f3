// npm run token: prints an access token for the running local stack.
import { runDeno } from "./run-deno.mjs";

runDeno("local/token.ts");
