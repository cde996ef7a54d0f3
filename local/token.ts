import { parseArgs } from "node:util";
import { isUuid } from "../supabase/functions/_shared/domain/uuid.ts";
import { signAccessToken } from "./access-token.ts";
import { readEnvFile } from "./env-file.ts";
import { StartError } from "./start-error.ts";

const HELP = `Prints an access token for the running local stack.

  npm run --silent token -- --user <uuid> [--role moderator|admin] [--email <address>] [--expires-in <seconds>]

  --user        whose token it is: any UUID; the account is made if there is none
  --role        moderator or admin; an artist without it
  --email       the account's address, verified
  --expires-in  seconds until it expires; 3600 without it

--silent keeps npm's own lines out of the output.`;

interface TokenRequest {
  user: string;
  role?: string;
  email?: string;
  expiresIn: number;
}

/** `npm run token`: writes the token and nothing else to the standard output. */
async function main(): Promise<void> {
  const request = parseRequest(Deno.args);
  if (!request) return console.log(HELP);
  const { SUPABASE_URL: url, SUPABASE_SECRET_KEY: secretKey, SUPABASE_JWT_SECRET: jwtSecret } =
    await readEnvFile();
  if (!url || !secretKey || !jwtSecret) {
    throw new StartError("There is no .env.local yet: run npm start first, in another terminal.");
  }
  await putUser(request, url, secretKey);
  const token = await signAccessToken(
    {
      sub: request.user,
      email: request.email,
      app_metadata: request.role ? { role: request.role } : {},
      expiresInSeconds: request.expiresIn,
    },
    jwtSecret,
    url,
  );
  console.log(token);
}

function parseRequest(args: string[]): TokenRequest | undefined {
  const { help, user, role, email, "expires-in": expiresIn } = parseOptions(args);
  if (help) return undefined;
  if (!user || !isUuid(user)) throw new StartError("--user needs a UUID; see --help.");
  if (role !== undefined && !["moderator", "admin"].includes(role)) {
    throw new StartError("--role is moderator or admin; see --help.");
  }
  if (!/^[1-9]\d*$/.test(expiresIn)) {
    throw new StartError("--expires-in needs a whole number of seconds; see --help.");
  }
  return { user, role, email, expiresIn: Number(expiresIn) };
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: "boolean", short: "h" },
        user: { type: "string" },
        role: { type: "string" },
        email: { type: "string" },
        "expires-in": { type: "string", default: "3600" },
      },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new StartError(`${message}; see --help.`, { cause: error });
  }
}

/** Makes the account, so that rows may refer to it and its e-mail counts as verified. */
async function putUser({ user, email }: TokenRequest, url: string, apikey: string): Promise<void> {
  let response: Response;
  try {
    response = await fetch(`${url}/_local/users`, {
      method: "PUT",
      headers: { apikey, "content-type": "application/json" },
      body: JSON.stringify({ id: user, email }),
    });
  } catch (error) {
    throw new StartError(`Nothing answers at ${url}: run npm start first, in another terminal.`, {
      cause: error,
    });
  }
  const { message } = await response.json();
  if (!response.ok) throw new StartError(`The local stack refused the account: ${message}.`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  Deno.exit(1);
}
