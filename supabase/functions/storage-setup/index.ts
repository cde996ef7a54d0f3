import type {} from "@supabase/functions-js/edge-runtime.d.ts";
import { createApp } from "../_shared/http/create-app.ts";
import { createStorageSetup } from "./storage-setup.ts";

export default { fetch: createApp(createStorageSetup(), Deno.env.toObject()).fetch };
