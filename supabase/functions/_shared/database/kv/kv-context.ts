import type { PostgrestClient } from "@supabase/postgrest-js";
import type { Accounts } from "../../auth/accounts.ts";
import type { Caller, UserCaller } from "../../auth/caller.ts";
import { Refusal } from "../../domain/refusal.ts";
import { prefixes } from "../legacy/keys.ts";
import { ArtistProfiles, openProfile } from "./artist-profiles.ts";
import { openConcert } from "./concert-documents.ts";
import { openStoredCampaign, StoredCampaigns } from "./stored-campaigns.ts";
import { ConcertCounters } from "./concert-counters.ts";
import { Documents, type StoredDocument } from "./documents.ts";
import { ConcertFinder } from "./concert-finder.ts";
import { KvTable, type OnKvWrite, type Row } from "./kv-table.ts";
import { openNotification, withConcerts } from "./notification-documents.ts";
import { openSettings } from "./notification-settings.ts";
import { Sales } from "./sales.ts";
import { openConnection } from "./ticket-connections.ts";
import { TicketDesks } from "./ticket-desk.ts";
import { StoredNotifications } from "./stored-notifications.ts";
import { Wallets } from "./wallets.ts";

/** What all callers share: one for each isolate. */
export interface KvStore {
  readonly accounts: Accounts;
  readonly table: KvTable;
  readonly documents: Documents;
  readonly finder: ConcertFinder;
  readonly profiles: ArtistProfiles;
  readonly wallets: Wallets;
  readonly sales: Sales;
  readonly counters: ConcertCounters;
  readonly desks: TicketDesks;
  readonly notifications: StoredNotifications;
  readonly campaigns: StoredCampaigns;
}

/** The store as one caller uses it. */
export interface KvContext extends KvStore {
  readonly caller: Caller;
  /** The signed-in person; throws `unauthorized` for anybody else. */
  user(): UserCaller;
  /** The id under which the keys have the artist's records: their own, but for a few old ones. */
  ownerOf(artistId: string): Promise<string>;
}

export function createKvStore(
  client: PostgrestClient,
  accounts: Accounts,
  onWrite?: OnKvWrite,
): KvStore {
  return { accounts, ...kvStoreOn(new KvTable(client, onWrite)) };
}

/** All of the store that a table alone makes: of one that is not behind a Data API too. */
export function kvStoreOn(table: KvTable): Omit<KvStore, "accounts"> {
  const finder = new ConcertFinder(table);
  const profiles = new ArtistProfiles(table, finder);
  const wallets = new Wallets(table);
  const sales = new Sales(table, finder);
  const documents = new Documents(table, (row) => openRow(row, wallets, sales, finder));
  return {
    table,
    documents,
    finder,
    profiles,
    wallets,
    sales,
    counters: new ConcertCounters(documents),
    desks: new TicketDesks(documents),
    notifications: new StoredNotifications(table, finder),
    campaigns: new StoredCampaigns(table, finder, profiles),
  };
}

export function contextFor(store: KvStore, caller: Caller): KvContext {
  return {
    ...store,
    caller,
    user() {
      if (caller.kind !== "user") throw new Refusal("unauthorized");
      return caller;
    },
    async ownerOf(artistId) {
      return (await store.profiles.find(artistId))?.owner ?? artistId;
    },
  };
}

/** Opens a row by what its key says it is. */
async function openRow(
  row: Row,
  wallets: Wallets,
  sales: Sales,
  finder: ConcertFinder,
): Promise<StoredDocument | null> {
  if (row.key.startsWith(prefixes.concert)) {
    const opened = await openConcert(row);
    if ("unreadable" in opened) return null;
    const [document] = await sales.withTicketsSold([opened.document]);
    return document;
  }
  if (row.key.startsWith(prefixes.profile)) return await openProfile(row);
  if (row.key.startsWith(prefixes.coinsBalance)) return await wallets.open(row);
  if (row.key.startsWith(prefixes.ticketSale)) return await sales.open(row);
  if (row.key.startsWith(prefixes.ticketProvider)) {
    const opened = openConnection(row);
    return "document" in opened ? opened.document : null;
  }
  if (row.key.startsWith(prefixes.notification)) {
    const opened = await openNotification(row);
    if ("unreadable" in opened) return null;
    const [document] = await withConcerts([opened.document], finder);
    return document;
  }
  if (row.key.startsWith(prefixes.notificationSettings)) return await openSettings(row);
  if (row.key.startsWith(prefixes.campaign)) return await openStoredCampaign(row, finder);
  // Kinds without a shape of today yet keep the one they have.
  const { value } = row;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const rev = "rev" in value && Number.isInteger(value.rev) ? Number(value.rev) : 0;
  return { ...value, rev } as StoredDocument;
}
