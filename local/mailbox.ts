import { escape } from "deno-std/html/entities.js";
import type { LocalKeys } from "./local-keys.ts";

/** A message as the functions hand it over when they capture mail instead of sending it. */
interface CapturedMail {
  to: { address: string; name: string | null };
  from: { address: string; name: string | null };
  subject: string;
  text: string;
  html: string | null;
  headers: Record<string, string>;
  received_at: string;
}

/** What the functions of a stack would have mailed. */
export interface Mailbox {
  /** GET shows the messages, newest first, as JSON or as a page; POST adds some. */
  fetch(request: Request): Promise<Response>;
}

/** And as many idempotency keys: a stack that runs for days must not grow for ever. */
const MAILS_KEPT = 5000;

/** As a provider does, the mailbox takes a batch once for each idempotency key. */
export function createMailbox({ secretKey }: LocalKeys): Mailbox {
  const mails: CapturedMail[] = [];
  const keys = new Set<string>();
  return {
    async fetch(request) {
      if (request.method === "GET") return show(mails, request);
      if (request.method !== "POST") return new Response(null, { status: 405 });
      if (request.headers.get("apikey") !== secretKey) return new Response(null, { status: 401 });
      const key = request.headers.get("idempotency-key");
      const batch = await request.json() as Omit<CapturedMail, "received_at">[];
      if (key !== null && keys.has(key)) return Response.json({ taken: 0 });
      if (key !== null) remember(key, keys);
      const received_at = new Date().toISOString();
      mails.unshift(...batch.toReversed().map((mail) => ({ ...mail, received_at })));
      mails.splice(MAILS_KEPT);
      return Response.json({ taken: batch.length });
    },
  };
}

/** A set has its keys in the order they came in. */
function remember(key: string, keys: Set<string>): void {
  keys.add(key);
  const [oldest] = keys;
  if (keys.size > MAILS_KEPT) keys.delete(oldest);
}

/** `?to=` shows one person's mail. */
function show(mails: CapturedMail[], request: Request): Response {
  const to = new URL(request.url).searchParams.get("to")?.toLowerCase();
  const shown = mails.filter((mail) => to === undefined || mail.to.address.toLowerCase() === to);
  return request.headers.get("accept")?.includes("text/html")
    ? new Response(page(shown), { headers: { "content-type": "text/html; charset=utf-8" } })
    : Response.json(shown);
}

function page(mails: CapturedMail[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Mail</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
  article { border-top: 1px solid #ccc; padding: 1rem 0; }
  pre { white-space: pre-wrap; font: inherit; }
  small { color: #555; }
</style>
<h1>${mails.length} messages</h1>
${mails.map(article).join("\n")}
</html>
`;
}

function article({ to, from, subject, text, headers, received_at }: CapturedMail): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `<article>
<h2>${escape(subject)}</h2>
<small>${escape(`${from.address} → ${to.name ?? ""} ${to.address}, ${received_at}`)}</small>
<pre>${escape(text)}</pre>
<details><summary>Headers</summary><pre>${escape(lines.join("\n"))}</pre></details>
</article>`;
}
