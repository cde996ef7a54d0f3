import { Refusal } from "../domain/refusal.ts";
import { defaultKey, type Environment } from "../environment.ts";

/** The project's accounts, as far as a function needs to ask about them beyond the access token. */
export interface Accounts {
  /**
   * The verified e-mail of the person whose access token this is; null when they have none. The token's own address
   * may be stale or unverified. Throws `unavailable`.
   */
  verifiedEmail(token: string): Promise<string | null>;
  /**
   * Whether no account has this id, a UUID. False as well where Auth does not tell, as one without its admin API.
   * Throws `unavailable`.
   */
  hasNoAccount(id: string): Promise<boolean>;
}

export function openAccounts(environment: Environment): Accounts {
  return {
    async verifiedEmail(token) {
      const account = await fetchAccount(environment, token);
      return account?.email_confirmed_at && account.email ? account.email : null;
    },
    async hasNoAccount(id) {
      const key = defaultKey(environment.secretKeys);
      const response = await ask(environment, `admin/users/${id}`, key, key);
      const answer: AuthError | null = await response.json().catch(() => null);
      // Any other 404 is one of an address that is not served.
      return response.status === 404 &&
        (answer?.error_code === "user_not_found" || answer?.code === "user_not_found");
    },
  };
}

interface Account {
  email?: string | null;
  email_confirmed_at?: string | null;
}

/** Older versions of Auth put the name of the error into `error_code`, newer ones into `code`. */
interface AuthError {
  code?: unknown;
  error_code?: unknown;
}

async function fetchAccount(environment: Environment, token: string): Promise<Account | null> {
  const response = await ask(environment, "user", defaultKey(environment.publishableKeys), token);
  if (response.ok) return await response.json();
  await response.body?.cancel();
  return null;
}

/** Auth's answer to a GET. Throws `unavailable` when there is none, or a failure of Auth's own. */
async function ask(
  environment: Environment,
  path: string,
  apikey: string,
  token: string,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${environment.supabaseUrl}/auth/v1/${path}`, {
      headers: { apikey, authorization: `Bearer ${token}` },
    });
  } catch (error) {
    throw new Refusal("unavailable", [], { cause: error });
  }
  if (response.status < 500) return response;
  await response.body?.cancel();
  throw new Refusal("unavailable");
}
