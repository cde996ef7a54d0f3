import { delay } from "deno-std/async/delay.js";
import { openDatabase } from "../../supabase/functions/_shared/database/open-database.ts";
import { mailTransport } from "../../supabase/functions/_shared/delivery/open-mail-transport.ts";
import { UnsubscribeLinks } from "../../supabase/functions/_shared/delivery/unsubscribe-links.ts";
import { resolveEnvironment } from "../../supabase/functions/_shared/environment.ts";
import { dispatchCampaigns } from "../../supabase/functions/campaigns/dispatch-campaigns.ts";

/**
 * `campaign-worker.ts <lease seconds>`: dispatches campaigns in a process of its own until none is left, as the
 * function does; settings come from the environment. Says `ready` before it begins.
 */
const environment = resolveEnvironment(Deno.env.toObject());
const backend = await openDatabase(environment);
const { unsubscribeKey, functionsUrl, batchSize, ratePerSecond } = environment.campaigns;
const tools = {
  campaigns: backend.open({ kind: "service" }).campaigns,
  transport: await mailTransport(environment),
  links: new UnsubscribeLinks(unsubscribeKey ?? "", functionsUrl),
};
console.log("ready");
while (true) {
  const { remaining } = await dispatchCampaigns(tools, {
    batchSize,
    ratePerSecond,
    leaseSeconds: Number(Deno.args[0]),
  });
  if (remaining === 0) break;
  // Some of it is under another's lease.
  await delay(50);
}
Deno.exit(0);
