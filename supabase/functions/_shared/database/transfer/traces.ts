import { seatsHeld } from "../../domain/ticket-sale.ts";
import { type ProfileDocument, readProfileRow } from "../kv/artist-profiles.ts";
import { isAutomatic } from "../kv/automatic-reminders.ts";
import { openCampaign } from "../kv/campaign-documents.ts";
import { openConcert } from "../kv/concert-documents.ts";
import type { Row } from "../kv/kv-table.ts";
import { openNotification } from "../kv/notification-documents.ts";
import { readSaleRow, type SaleReading } from "../kv/sale-documents.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { partsOf, prefixes } from "../legacy/keys.ts";
import { classify } from "./families.ts";
import type { TransferOptions } from "./transferred.ts";

/** What a row tells about others: `Lookups` can be answered from the traces of all rows and the rows themselves. */
export type Trace =
  /** An owner's id as keys have it, and the artist's before claims are followed. */
  | { about: "owner"; owner: string; artist_id: string }
  /** All that is this artist's is the account's since, if the mark on their profile stands: `markStands`. */
  | { about: "claim"; artist_id: string; account: string; mark: ProfileDocument }
  | {
    about: "concert";
    id: string;
    legacy_id: string | null;
    inner_id: string | null;
    owner: string;
    artist_id: string;
    created_at: string;
  }
  /** Seats held by a sale, with the name it has for its concert. */
  | { about: "seats"; concert: string; seats: number }
  /** A user name in use. Of several the one that was taken since the old store counts, else the lowest key. */
  | { about: "username"; username: string; artist_id: string; is_old: boolean; key: string }
  /** An automatic reminder, with the name it has for its concert. Of several the first counts, ties by id. */
  | {
    about: "reminder";
    user_id: string;
    concert: string;
    days_before: number;
    created_at: string;
    id: string;
    key: string;
  };

export async function tracesOf(row: Row, options: TransferOptions = {}): Promise<Trace[]> {
  const known = classify(row.key);
  if (known === null || "rule" in known) return [];
  const { family } = known;
  const rest = row.key.slice(prefixes[family].length);
  const { owner } = partsOf(row.key, prefixes[family]);
  switch (family) {
    case "profile":
      return await tracesOfProfile(row, rest);
    case "coinsBalance":
    case "notificationSettings":
      return [await ownerTrace(rest)];
    case "coinsTransaction":
    case "ticketProvider":
      return owner === null ? [] : [await ownerTrace(owner)];
    case "concert":
      return await tracesOfConcert(row);
    case "campaign": {
      const opened = await openCampaign(row);
      return "unreadable" in opened ? [] : [await ownerTrace(opened.document.owner)];
    }
    case "ticketSale":
      return tracesOfSale(await readSaleRow(row), options);
    case "notification":
      return await tracesOfNotification(row);
    default:
      return [];
  }
}

async function ownerTrace(owner: string): Promise<Trace> {
  return { about: "owner", owner, artist_id: await artistIdOf(owner) };
}

async function tracesOfProfile(row: Row, owner: string): Promise<Trace[]> {
  const { document } = await readProfileRow(row);
  const artist_id = await artistIdOf(owner);
  const traces: Trace[] = [{ about: "owner", owner, artist_id }];
  if (document.claimed_by !== undefined) {
    const account = document.claimed_by.toLowerCase();
    traces.push({ about: "claim", artist_id, account, mark: document });
  } else if (document.username !== null) {
    const username = document.username.toLowerCase();
    traces.push({
      about: "username",
      username,
      artist_id,
      is_old: document.rev === 0,
      key: row.key,
    });
  }
  return traces;
}

async function tracesOfConcert(row: Row): Promise<Trace[]> {
  const opened = await openConcert(row);
  if ("unreadable" in opened) return [];
  const { id, legacy_id, inner_id, owner, artist_id, created_at } = opened.document;
  return [
    { about: "concert", id, legacy_id, inner_id, owner, artist_id, created_at },
    await ownerTrace(owner),
  ];
}

/** What a sale tells, by its reading. */
export function tracesOfSale(
  reading: SaleReading,
  { includeTestSales }: TransferOptions,
): Trace[] {
  if ("document" in reading) {
    const { document } = reading;
    return [{ about: "seats", concert: document.concert_id, seats: seatsHeld(document) }];
  }
  if ("unreadable" in reading || (reading.old.is_test && !includeTestSales)) return [];
  return [{ about: "seats", concert: reading.old.concert_name, seats: seatsHeld(reading.old) }];
}

async function tracesOfNotification(row: Row): Promise<Trace[]> {
  const opened = await openNotification(row);
  if ("unreadable" in opened || !isAutomatic(opened.document)) return [];
  const { user_id, concert_id, concert_name, days_before, created_at, id } = opened.document;
  const concert = concert_id ?? concert_name ?? null;
  if (concert === null || typeof days_before !== "number") return [];
  return [{ about: "reminder", user_id, concert, days_before, created_at, id, key: row.key }];
}
