import type { LocalStack } from "../../local/stack.ts";
import type { Capabilities, StorageMode } from "../../supabase/functions/_shared/database/types.ts";
import type { CoinTransactionType } from "../../supabase/functions/_shared/domain/coins.ts";
import type { FunctionDefinition } from "../../supabase/functions/_shared/http/route.ts";
import type { Person } from "../support/caller-tokens.ts";
import type { NotificationFixtures } from "../support/notification-fixtures.ts";
import type { ApiClient } from "./api-client.ts";

/** What a scenario works with: one stack in one mode, shared by all scenarios of a file. */
export interface ScenarioContext {
  /** What `storage_mode` answers; no scenario decides by it. */
  mode: StorageMode;
  stack: LocalStack;
  /** Requests to the functions in the mode under test. */
  api: ApiClient;
  /** A further instance of a function in the mode under test, with settings of its own where given. */
  instanceOf(definition: FunctionDefinition, settings?: Record<string, string>): ApiClient;
  fixtures: Fixtures;
  /** People with fresh ids; none of them has a profile yet. */
  makeArtist(options?: { email?: string }): Promise<Person>;
  makeModerator(): Promise<Person>;
  makeAdmin(): Promise<Person>;
  /** An account of Auth besides the token, its e-mail verified or not. */
  makeAccount(options: { email: string; verified: boolean }): Promise<Person>;
}

/** What no route writes, or nobody may read by a route: one implementation a mode. */
export interface Fixtures {
  /** Writes coin movements of an artist who has none yet. */
  giveCoins(artistId: string, movements: CoinMovement[]): Promise<void>;
  /** Writes a confirmed sale. */
  sellTickets(sale: SaleFixture): Promise<void>;
  /** Leaves a public concert without its hour, as many of the old store are. */
  forgetEventTime(concertId: string): Promise<void>;
  /** Writes what is left of somebody who used the old product and has not come back. */
  leaveProfile(profile: LeftProfile): Promise<void>;
  /** Lets the time pass after which a campaign's provider, and each of its messages, is tried again. */
  endRetryWait(campaignId: string): Promise<void>;
  /** Writes a campaign of the old product's, a draft, for such a profile. */
  leaveCampaign(campaign: { ownerId: string; subject: string }): Promise<void>;
  /** The person's notifications, oldest first. */
  notificationsOf(userId: string): Promise<NotificationRow[]>;
  /** Writes a reminder of the concert that is still to be sent. */
  scheduleReminder(reminder: { userId: string; concertId: string }): Promise<void>;
  /** The reminders of the concert that are still to be sent. */
  remindersOf(concertId: string): Promise<unknown[]>;
  /** All that is stored of an artist (some), by their id or old id, as text: to see that nothing has changed. */
  everythingOf(artist: string): Promise<string>;
  notifications: NotificationFixtures;
}

export interface CoinMovement {
  amount: number;
  type: CoinTransactionType;
  description: string;
  created_at: string;
}

export interface SaleFixture {
  artistId: string;
  concertId: string;
  quantity: number;
  /** Rubles. */
  unitPrice: number;
  commission: number;
}

export interface LeftProfile {
  /** The owner's id in the old store: an account's, or no UUID. */
  ownerId: string;
  email: string;
  fullName: string;
  /** The concert's id in the old store. */
  concertId: string;
  concertTitle: string;
  coins: number;
}

export interface NotificationRow {
  user_id: string;
  concert_id: string | null;
  notification_type: string;
  title: string;
  message: string;
  link: string | null;
  channel: string;
  status: string;
  is_read: boolean;
  metadata: Record<string, unknown>;
}

/** A mode to run the scenarios in. */
export interface ScenarioTarget {
  mode: StorageMode;
  capabilities: Capabilities;
  createFixtures(stack: LocalStack): Fixtures;
}

/** Registers one scenario. */
export type Scenario = (
  name: string,
  body: (context: ScenarioContext) => Promise<void>,
  /** What the backend has to be able to, and why the scenario cannot do without. */
  needs?: { capability: keyof Capabilities; reason: string },
) => void;
