import type {} from "@supabase/functions-js/edge-runtime.d.ts";
import { createApp } from "../_shared/http/create-app.ts";
import { campaigns } from "./campaigns.ts";

export default { fetch: createApp(campaigns, Deno.env.toObject()).fetch };
