import type { FunctionDefinition } from "../../supabase/functions/_shared/http/route.ts";
import { campaigns } from "../../supabase/functions/campaigns/campaigns.ts";
import { concerts } from "../../supabase/functions/concerts/concerts.ts";
import { notifications } from "../../supabase/functions/notifications/notifications.ts";
import { tickets } from "../../supabase/functions/tickets/tickets.ts";
import { createStorageSetup } from "../../supabase/functions/storage-setup/storage-setup.ts";

/** Every function whose routes are held against the HTTP contract. */
export function functionsUnderTest(): FunctionDefinition[] {
  return [campaigns, concerts, notifications, createStorageSetup(), tickets];
}
