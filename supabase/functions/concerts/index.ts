import type {} from "@supabase/functions-js/edge-runtime.d.ts";
import { createApp } from "../_shared/http/create-app.ts";
import { concerts } from "./concerts.ts";

export default { fetch: createApp(concerts, Deno.env.toObject()).fetch };
