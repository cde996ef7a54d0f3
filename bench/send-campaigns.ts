import { campaigns } from "../supabase/functions/campaigns/campaigns.ts";
import { createApp } from "../supabase/functions/_shared/http/create-app.ts";

/** What a run of the dispatcher has done. */
export interface SenderReport {
  sent: number;
  milliseconds: number;
  /** Resident memory, mebibytes, ten times a second. */
  memory: number[];
}

/** Calls `POST /campaigns/dispatch` until nothing is left, with settings from the environment. */
const variables = Deno.env.toObject();
const app = createApp(campaigns, variables);
const [secretKey] = Object.values<string>(JSON.parse(variables.SUPABASE_SECRET_KEYS));
const report: SenderReport = { sent: 0, milliseconds: 0, memory: [] };
const timer = setInterval(() => report.memory.push(Deno.memoryUsage().rss / 2 ** 20), 100);
const started = performance.now();
let remaining = Infinity;
while (remaining > 0) {
  const response = await app.request("/campaigns/dispatch", {
    method: "POST",
    headers: { apikey: secretKey },
  });
  const { data } = await response.json();
  report.sent += data.sent;
  remaining = data.remaining;
}
report.milliseconds = performance.now() - started;
clearInterval(timer);
console.log(JSON.stringify(report));
