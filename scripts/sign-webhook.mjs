// npm run --silent sign-webhook -- --secret <webhook secret> --concert <id> [...]: prints the curl that sends a signed
// event of a ticket provider, good for five minutes. The secret is the one given to PUT /tickets/connections/:provider_id.
import { createHmac, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const usage =
  `Usage: npm run --silent sign-webhook -- --secret <webhook secret> --concert <concert id> [options]

  --provider <id>       kassir
  --transaction <id>    the sale's id at the provider; a random one
  --event <id>          a random one
  --occurred-at <time>  now, ISO 8601
  --quantity <n>        1
  --price <rubles>      1000
  --status <status>     pending, confirmed, cancelled or refunded; confirmed
  --email <address>     the buyer's
  --url <address>       http://127.0.0.1 with PORT, else where npm start ran last (.env.local), else with 54321`;

const options = readOptions();
const event = {
  event_id: options.event ?? randomUUID(),
  occurred_at: options["occurred-at"] ?? new Date().toISOString(),
  concert_id: options.concert,
  external_transaction_id: options.transaction ?? randomUUID(),
  quantity: numberOf("quantity"),
  unit_price: numberOf("price"),
  status: options.status,
  ...(options.email ? { buyer_email: options.email } : {}),
};
const body = JSON.stringify(event);
const time = Math.floor(Date.now() / 1000);
const signature = createHmac("sha256", options.secret).update(`${time}.${body}`).digest("hex");

console.log(
  `curl -X POST ${
    quoted(`${options.url.replace(/\/$/, "")}/functions/v1/tickets/webhooks/${options.provider}`)
  } \\
  -H 'Content-Type: application/json' \\
  -H 'x-signature: t=${time},v1=${signature}' \\
  -d ${quoted(body)}`,
);

function readOptions() {
  try {
    const text = { type: "string" };
    const { values } = parseArgs({
      options: {
        help: { type: "boolean", short: "h" },
        secret: text,
        concert: text,
        provider: { ...text, default: "kassir" },
        transaction: text,
        event: text,
        "occurred-at": text,
        quantity: { ...text, default: "1" },
        price: { ...text, default: "1000" },
        status: { ...text, default: "confirmed" },
        email: text,
        url: { ...text, default: stackUrl() },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (!values.secret || !values.concert) throw new Error("--secret and --concert are needed");
    return values;
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** Where the local stack is: by the same PORT it is started with; 0 there means any free one. */
function stackUrl() {
  const { PORT } = process.env;
  if (PORT && PORT !== "0") return `http://127.0.0.1:${PORT}`;
  const file = new URL("../.env.local", import.meta.url);
  const started = existsSync(file) ? /^SUPABASE_URL=(.+)$/m.exec(readFileSync(file, "utf8")) : null;
  return started?.[1] ?? "http://127.0.0.1:54321";
}

function numberOf(name) {
  const number = Number(options[name]);
  if (options[name] !== "" && Number.isFinite(number)) return number;
  console.error(`--${name} is no number\n\n${usage}`);
  process.exit(2);
}

/** As one word of a POSIX shell. */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
