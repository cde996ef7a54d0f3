import type { FunctionDefinition } from "../_shared/http/route.ts";

/** Reminders and notices, and their delivery. Serves its health only, so far. */
export const notifications: FunctionDefinition = {
  name: "notifications",
  description: "Reminds people and keeps their notices.",
  routes: [],
};
