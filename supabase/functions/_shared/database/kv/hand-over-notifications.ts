import type { HandOver } from "./hand-over-rows.ts";
import type { KvContext } from "./kv-context.ts";
import type { NotificationDocument } from "./notification-documents.ts";
import {
  keyOfUser,
  openSettings,
  type SettingsDocument,
  settingsKey,
} from "./notification-settings.ts";

/**
 * Hands over what an old owner is told and how, to the account that took over their profile. Settings the account has
 * chosen itself stay. Each step can be repeated.
 */
export async function handOverNotifications(
  context: KvContext,
  { oldId, newId, goesOn }: HandOver,
): Promise<void> {
  for (const { row: { key }, document } of await context.notifications.withRepeats()) {
    if (document.user_id !== oldId) continue;
    await context.documents.change<NotificationDocument, void>(key, async (current) => {
      if (current?.user_id !== oldId || !await goesOn()) return { result: undefined };
      return { result: undefined, write: { ...current, user_id: newId } };
    });
  }

  const row = await context.table.get(await keyOfUser(context, oldId));
  if (!row || !await goesOn()) return;
  const old = await openSettings(row);
  if (old !== null) {
    await context.documents.change<SettingsDocument, void>(settingsKey(newId), (current) => {
      if (current) return { result: undefined };
      return { result: undefined, write: { ...old, user_id: newId } };
    });
  }
  // Chosen anew meanwhile, they are somebody else's.
  await context.table.remove(row);
}
