import type {} from "@supabase/functions-js/edge-runtime.d.ts";
import { createApp } from "../_shared/http/create-app.ts";
import { notifications } from "./notifications.ts";

export default { fetch: createApp(notifications, Deno.env.toObject()).fetch };
