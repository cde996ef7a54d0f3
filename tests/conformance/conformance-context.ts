import type { LocalStack } from "../../local/stack.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import type { Concert } from "../../supabase/functions/_shared/domain/concert.ts";
import type {
  Capabilities,
  Database,
  StorageBackend,
  StorageMode,
} from "../../supabase/functions/_shared/database/types.ts";
import type { SaleStatus } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import type { Fixtures, SaleFixture } from "../scenarios/scenario-context.ts";

/** A backend to hold against the contract of `database/types.ts`, on one stack shared by all tests of a file. */
export interface ConformanceContext {
  stack: LocalStack;
  backend: StorageBackend;
  /** The store as another instance of the functions sees it: nothing is shared with `backend` but the data. */
  openAnotherBackend(): Promise<StorageBackend>;
  fixtures: ConformanceFixtures;
  /** The store as somebody sees it who is not signed in. */
  visitor: Database;
  /** The store as another part of the system sees it. */
  service: Database;
  /** Fresh people without a profile. */
  makeArtist(): Promise<Somebody>;
  makeModerator(): Promise<Somebody>;
  /** Somebody with an account in Auth, whose e-mail is verified or not. */
  makeAccount(options: { email: string; verified: boolean; id?: string }): Promise<Somebody>;
}

/** A signed-in person and the store as they see it. */
export interface Somebody extends UserCaller {
  email: string;
  database: Database;
}

/** What the contract has no method for. */
export interface ConformanceFixtures extends Fixtures {
  /** Writes a sale that is not confirmed. */
  addSale(sale: SaleFixture & { status: Exclude<SaleStatus, "confirmed"> }): Promise<void>;
  /** Makes the concert one that came from the old store. */
  giveLegacyId(concertId: string, legacyId: string): Promise<void>;
  setCounters(
    concertId: string,
    counters: Pick<Concert, "views_count" | "clicks_count" | "shares_count">,
  ): Promise<void>;
  /** Lets the concert's promotion end now. */
  endPromotion(concertId: string): Promise<void>;
  /** The refunds recorded of a sale, the earliest first. */
  refundsOf(saleId: string): Promise<{ amount: number; reason: string | null }[]>;
  /** Makes of a campaign one that no message can be made of. */
  spoilCampaign(campaignId: string): Promise<SpoiledCampaign>;
  /** What is stored of a campaign that may not be readable any more. */
  stateOfCampaign(campaignId: string): Promise<CampaignState>;
  /** Lets a day and an hour pass for the idempotency keys of an artist. */
  ageIdempotencyKeys(artistId: string): Promise<void>;
}

/** What is stored of a campaign. */
export interface CampaignState {
  status: string;
  error_message: string | null;
}

export interface SpoiledCampaign {
  /** How it stands once the dispatcher has come upon it. */
  outcome: CampaignState;
  /** Makes it what it was. */
  restore(): Promise<void>;
}

/** A storage mode to test. */
export interface ConformanceTarget {
  mode: StorageMode;
  /** What the mode is declared to be able to; asserted of the backend. */
  capabilities: Capabilities;
  createFixtures(stack: LocalStack): ConformanceFixtures;
}

/** Registers one test of the contract. */
export type ConformanceTest = (
  name: string,
  body: (context: ConformanceContext) => Promise<void>,
  /** A capability without which the test makes no sense, and why. */
  needs?: { capability: keyof Capabilities; reason: string },
) => void;
