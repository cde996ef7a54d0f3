import { createApp } from "../../supabase/functions/_shared/http/create-app.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";

/**
 * `read-sales-csv.ts <access token>`, the function's settings in the environment: downloads the caller's sales and
 * prints how many lines there were. A process of its own, so that its memory can be limited.
 */
const app = createApp(tickets, Deno.env.toObject());
const response = await app.request("/tickets/sales.csv", {
  headers: { authorization: `Bearer ${Deno.args[0]}` },
});
if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
let lines = 0;
for await (const chunk of response.body!) {
  for (const byte of chunk) if (byte === 0x0a) lines++;
}
console.log(lines);
