import type {} from "@supabase/functions-js/edge-runtime.d.ts";
import { createApp } from "../_shared/http/create-app.ts";
import { tickets } from "./tickets.ts";

export default { fetch: createApp(tickets, Deno.env.toObject()).fetch };
