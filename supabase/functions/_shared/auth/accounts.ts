import { Refusal } from "../domain/refusal.ts";
import { defaultKey, type Environment } from "../environment.ts";

/** The project's accounts, as far as a function needs to ask about them beyond the access token. */
export interface Accounts {
  /**
   * The verified e-mail of the person whose access token this is; null when they have none. The token's own address
   * may be stale or unverified. Throws `unavailable`.
   */
  verifiedEmail(token: string): Promise<string | null>;
}

export function openAccounts(environment: Environment): Accounts {
  return {
    async verifiedEmail(token) {
      const account = await fetchAccount(environment, token);
      return account?.email_confirmed_at && account.email ? account.email : null;
    },
  };
}

interface Account {
  email?: string | null;
  email_confirmed_at?: string | null;
}

async function fetchAccount(environment: Environment, token: string): Promise<Account | null> {
  let response: Response;
  try {
    response = await fetch(`${environment.supabaseUrl}/auth/v1/user`, {
      headers: {
        apikey: defaultKey(environment.publishableKeys),
        authorization: `Bearer ${token}`,
      },
    });
  } catch (error) {
    throw new Refusal("unavailable", [], { cause: error });
  }
  if (response.ok) return await response.json();
  await response.body?.cancel();
  if (response.status >= 500) throw new Refusal("unavailable");
  return null;
}
