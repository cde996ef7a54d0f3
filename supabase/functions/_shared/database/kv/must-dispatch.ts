import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { KvContext } from "./kv-context.ts";

/** Throws `forbidden` for anybody but services. */
export function mustDispatch({ caller }: KvContext): void {
  if (!isAllowed(accessRules.campaigns.dispatch, caller, null)) throw new Refusal("forbidden");
}
