// npm run bench [-- --with-tests]: measures the figures of docs/benchmarks.md and writes them there.
import { runDeno } from "./run-deno.mjs";

runDeno("bench/run.ts");
