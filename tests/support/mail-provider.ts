import { delay } from "deno-std/async/delay.js";

/** A message as the HTTP API is given it. */
export interface ProviderEmail {
  from: string;
  to: string[];
  subject: string;
  text: string;
  html?: string;
  headers: Record<string, string>;
  tags?: { name: string; value: string }[];
}

/** A message the provider has sent, with the id it gave it. */
export interface SentEmail extends ProviderEmail {
  id: string;
}

/** A mail provider on loopback that speaks as Resend does, its idempotency keys included. */
export interface MailProvider {
  url: string;
  apiKey: string;
  /** What it has sent, each message as often as it went out. */
  sent: SentEmail[];
  /** The keys of all requests, repeated ones included. */
  keys: string[];
  /** How many messages were asked for under a key that had sent them already: a provider without keys sends them. */
  repeated: number;
  /** The requests to come that are answered by this instead, in order. */
  failures: (() => Response | Promise<Response>)[];
  /** Whether a key is used up by a request that failed, too. */
  remembersFailures: boolean;
  /** So many batches are sent whose answer never arrives: a gateway gives up before. */
  lostAnswers: number;
  /** Milliseconds it takes, before it has sent a batch and after. */
  delays: () => { before: number; after: number };
  /** Addresses it will not have. */
  unwanted: Set<string>;
  close(): Promise<void>;
}

/** Refusals of which nobody can tell whether nothing was taken under their key: not the API's, or about the key. */
export const unclearRefusals: Record<string, () => Response> = {
  "a gateway's page for 400": () =>
    new Response("<html>400 Bad Request</html>", {
      status: 400,
      headers: { "content-type": "text/html" },
    }),
  "the IETF draft's 422": () =>
    Response.json(
      { type: "about:blank", title: "Idempotency-Key is already used", detail: "another payload" },
      { status: 422 },
    ),
  "a 422 with a code of its own": () =>
    Response.json({ code: "idempotency_key_mismatch", message: "used before" }, { status: 422 }),
};

export function startMailProvider(): MailProvider {
  const answers = new Map<string, { asked: string; answer: () => Response }>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      if (new URL(request.url).pathname !== "/emails/batch" || request.method !== "POST") {
        return problem(404, "not_found");
      }
      if (request.headers.get("authorization") !== `Bearer ${provider.apiKey}`) {
        return problem(401, "invalid_api_key");
      }
      const asked = await request.text();
      const key = request.headers.get("idempotency-key");
      const failure = provider.failures.shift();
      if (failure) {
        const answer = await failure();
        if (key !== null && provider.remembersFailures) {
          answers.set(key, { asked, answer: () => answer.clone() });
        }
        return answer.clone();
      }
      const { before: first, after } = provider.delays();
      await delay(first);
      const emails = JSON.parse(asked) as ProviderEmail[];
      if (emails.length > 100) return problem(422, "validation_error");
      if (key !== null) {
        provider.keys.push(key);
        const before = answers.get(key);
        if (before) {
          provider.repeated += emails.length;
          return before.asked === asked
            ? before.answer()
            : problem(409, "invalid_idempotent_request");
        }
      }
      const answer = send(emails, provider);
      if (key !== null) answers.set(key, { asked, answer: () => Response.json(answer) });
      if (provider.lostAnswers-- > 0) return new Response("Gateway timeout", { status: 504 });
      await delay(after);
      return Response.json(answer);
    },
  );
  const provider: MailProvider = {
    url: `http://127.0.0.1:${server.addr.port}`,
    apiKey: `re_${crypto.randomUUID()}`,
    sent: [],
    keys: [],
    repeated: 0,
    delays: () => ({ before: 0, after: 0 }),
    failures: [],
    remembersFailures: false,
    lostAnswers: 0,
    unwanted: new Set(),
    close: () => server.shutdown(),
  };
  return provider;
}

/** As with `x-batch-validation: permissive`: what can be sent is, and the others are named by their place. */
function send(emails: ProviderEmail[], { sent, unwanted }: MailProvider): object {
  const data: { id: string }[] = [];
  const errors: { index: number; message: string }[] = [];
  for (const [index, email] of emails.entries()) {
    if (email.to.some((to) => unwanted.has(to.replace(/^.*<|>$/g, "")))) {
      errors.push({ index, message: "Invalid `to` field" });
      continue;
    }
    const id = crypto.randomUUID();
    sent.push({ ...email, id });
    data.push({ id });
  }
  return { data, errors };
}

function problem(status: number, name: string): Response {
  return Response.json({ statusCode: status, name, message: `Refused: ${name}` }, { status });
}
