import { isUuid } from "../../domain/uuid.ts";
import { prefixes } from "../legacy/keys.ts";
import { isAutomatic, namesInRepeats, repeatsOf, withoutRepeats } from "./automatic-reminders.ts";
import type { ConcertFinder } from "./concert-finder.ts";
import type { KvTable } from "./kv-table.ts";
import {
  type NotificationDocument,
  openNotification,
  type StoredNotification,
  withConcerts,
} from "./notification-documents.ts";

/** Finds notifications. Where their keys are old, only the values tell whose they are, so all are looked through. */
export class StoredNotifications {
  constructor(private readonly table: KvTable, private readonly finder: ConcertFinder) {}

  /** Every readable notification, repeats left out; concerts of old ones are to be looked up yet. */
  async all(): Promise<StoredNotification[]> {
    return await this.firstOnes(await this.withRepeats());
  }

  /** The same with the automatic reminders that the old code made several times over. */
  async withRepeats(): Promise<StoredNotification[]> {
    const notifications: StoredNotification[] = [];
    for (const row of await this.table.scan(prefixes.notification)) {
      const opened = await openNotification(row);
      if ("document" in opened) notifications.push({ row, document: opened.document });
    }
    return notifications;
  }

  /** The person's own, in no order. */
  async ofUser(userId: string): Promise<StoredNotification[]> {
    const own = (await this.withRepeats()).filter(({ document }) => document.user_id === userId);
    return await this.firstOnes(own);
  }

  /** The repeats of an automatic reminder, of which it is the first. */
  async repeatsOf(document: NotificationDocument): Promise<StoredNotification[]> {
    if (!isAutomatic(document)) return [];
    const alike = (await this.withRepeats())
      .filter((other) => other.document.user_id === document.user_id);
    return repeatsOf(document, alike, await this.finder.idsOf(namesInRepeats(alike)));
  }

  private async firstOnes(all: StoredNotification[]): Promise<StoredNotification[]> {
    const names = namesInRepeats(all);
    return withoutRepeats(all, names.length === 0 ? new Map() : await this.finder.idsOf(names));
  }

  /** All that name the concert, whoever's: repeats as well, of which none may outlive the first. */
  async ofConcert(names: readonly string[]): Promise<StoredNotification[]> {
    return (await this.withRepeats()).filter(({ document: { concert_id, concert_name } }) =>
      names.includes(concert_id ?? concert_name ?? "")
    );
  }

  /** The key of the person's notification with this id, else with this id in the old store; null when there is none. */
  async keyOf(userId: string, id: string): Promise<string | null> {
    const name = isUuid(id) ? id.toLowerCase() : id;
    const direct = await this.table.get(notificationKey(userId, name));
    const opened = direct && await openNotification(direct);
    if (opened && "document" in opened && opened.document.user_id === userId) return direct.key;
    const own = (await this.ofUser(userId))
      .sort((one, other) => one.document.id < other.document.id ? -1 : 1);
    const found = own.find(({ document }) => document.id === name) ??
      own.find(({ document }) => document.legacy_id === id);
    return found?.row.key ?? null;
  }

  /** Looks up the concerts that old ones name by an id of the old store. */
  withConcerts(documents: readonly NotificationDocument[]): Promise<NotificationDocument[]> {
    return withConcerts(documents, this.finder);
  }
}

/** Where a new notification goes. */
export function notificationKey(userId: string, id: string): string {
  return `${prefixes.notification}${userId}:${id}`;
}
