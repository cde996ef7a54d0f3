import type { LocalStack } from "../../local/stack.ts";
import type { Caller, UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import { breakingDataApi, type BreakingOptions } from "./breaking-data-api.ts";

export interface Process extends Pick<BreakingOptions, "breakAt" | "point" | "afterWrite"> {
  /** Who has an account by now. */
  accounts?: string[];
}

/** The store as a process of its own sees it that dies at write number `breakAt`. */
export function openAs(
  stack: LocalStack,
  caller: Caller,
  { accounts = [], ...breaking }: Process = {},
) {
  const { client, writes } = breakingDataApi(stack, breaking);
  const backend = createKvBackend(client, {
    verifiedEmail: () => Promise.resolve(caller.kind === "user" ? caller.email : null),
    hasNoAccount: (id) => Promise.resolve(!accounts.includes(id)),
  });
  return { database: backend.open(caller), writes };
}

export function person(id: string, email: string | null = null): UserCaller {
  return { kind: "user", id, email, isModerator: false, token: "" };
}
