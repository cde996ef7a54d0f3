import { measureColdStarts } from "./cold-start.ts";
import { measureOverhead } from "./overhead.ts";
import { bundleFunction, functionNames } from "./bundle-function.ts";
import { createSample } from "./sample-concerts.ts";
import { startStackProcess } from "./stack-process.ts";
await Deno.mkdir("/tmp/bench/o2",{recursive:true});
for (const n of functionNames) { const b = await bundleFunction(n, "/tmp/bench/o2"); console.log(n, b.bytes, b.sources.length, b.sources[0]); }
const stack = await startStackProcess(Deno.args[0]);
try { console.log((await measureOverhead(stack)).map(o=>[o.request.slice(0,20), o.throughFunction.p50, o.direct.p50, o.throughFunction.p95, o.direct.p95, o.throughFunction.p50- o.direct.p50].join(" ")).join("\n"));  await createSample(stack,"kv"); console.log("seeded"); console.log(JSON.stringify(await measureColdStarts(stack, "/tmp/bench/o2/concerts.js"))); } finally { await stack.close(); }
