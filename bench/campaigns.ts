import postgres from "postgres";
import { createClient } from "@supabase/supabase-js";
import type { SenderReport } from "./send-campaigns.ts";
import type { StackProcess } from "./stack-process.ts";

/** As many as a popular artist has buyers. */
const recipients = 40_000;

/** One campaign on its way to a provider on loopback. */
export interface CampaignRate {
  recipients: number;
  /** Messages a second, from the first claim to the last record. */
  rate: number;
  /** Of the sending process, mebibytes: in the second quarter of the time and in the last. */
  memory: { early: number; late: number };
}

/** @param databaseUrl the database behind `stack`: as its owner, on a real PostgreSQL */
export async function measureCampaigns(
  stack: StackProcess,
  databaseUrl: string,
): Promise<CampaignRate> {
  const provider = startProvider();
  try {
    await startCampaign(stack, databaseUrl);
    const { sent, milliseconds, memory } = await send(stack, provider.url);
    if (sent !== recipients || provider.messages() !== recipients) {
      throw new Error(`${sent} of ${recipients} messages sent, ${provider.messages()} arrived`);
    }
    const quarter = Math.ceil(memory.length / 4);
    return {
      recipients,
      rate: sent / milliseconds * 1000,
      memory: {
        early: median(memory.slice(quarter, 2 * quarter)),
        late: median(memory.slice(-quarter)),
      },
    };
  } finally {
    await provider.close();
  }
}

/** Takes whatever it is given, and answers as the real one does. */
function startProvider() {
  let messages = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const emails = await request.json() as unknown[];
      messages += emails.length;
      return Response.json({ data: emails.map(() => ({ id: crypto.randomUUID() })) });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    messages: () => messages,
    close: () => server.shutdown(),
  };
}

async function startCampaign(stack: StackProcess, databaseUrl: string): Promise<void> {
  const artist = crypto.randomUUID();
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const [{ id: concert }] = await sql`
      with artist as (insert into public.artists (id, full_name) values (${artist}, 'Артист') returning id)
      insert into public.concerts (artist_id, title, city, event_date)
      select id, 'Концерт', 'Москва', current_date + 30 from artist
      returning id`;
    await sql`
      insert into public.ticket_sales
        (concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status, buyer_email, buyer_name)
      select ${concert}, ${artist}, 1, 1000, 1000, 1000, 'confirmed', 'buyer' || n || '@example.com', 'Покупатель ' || n
      from generate_series(1, ${recipients}::integer) as n`;
  } finally {
    await sql.end();
  }
  const token = await stack.signToken({ sub: artist });
  const api = createClient(stack.url, stack.publishableKey, {
    global: { headers: { Authorization: `Bearer ${token}` } },
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const content = "Здравствуйте, {{buyer_name}}!\n\n" + "Приходите на концерт. ".repeat(40);
  const fields = { subject: "Скоро концерт в вашем городе", content };
  const created = await api.rpc("create_campaign", { fields }).throwOnError();
  await api.rpc("send_campaign", { campaign_id: created.data.id }).throwOnError();
}

/** In a process of its own, as the platform runs it, so that its memory is its own. */
async function send(stack: StackProcess, providerUrl: string): Promise<SenderReport> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      new URL("send-campaigns.ts", import.meta.url).href,
    ],
    env: {
      ...stack.environment,
      STORAGE_MODE: "sql",
      EMAIL_TRANSPORT: "resend",
      RESEND_URL: providerUrl,
      RESEND_API_KEY: "re_loopback",
      MAIL_FROM: "mail@promo.example",
    },
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the sender failed");
  return JSON.parse(new TextDecoder().decode(stdout)) as SenderReport;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
