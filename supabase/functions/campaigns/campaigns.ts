import type { FunctionDefinition } from "../_shared/http/route.ts";

/** E-mail campaigns to ticket buyers. Serves its health only, so far. */
export const campaigns: FunctionDefinition = {
  name: "campaigns",
  description: "Artists mail their audience.",
  routes: [],
};
