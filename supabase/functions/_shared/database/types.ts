import type { Caller } from "../auth/caller.ts";
import type { ArtistStatistics, ConcertAnalytics } from "../domain/analytics.ts";
import type { Artist, ArtistChanges, PublicArtist } from "../domain/artist.ts";
import type { CoinTransaction } from "../domain/coins.ts";
import type {
  Concert,
  ConcertChanges,
  ConcertEvent,
  EventType,
  ModerationDecision,
  ModerationStatus,
  NewConcert,
  PublicConcert,
} from "../domain/concert.ts";
import type { Idempotency, Outcome } from "../domain/idempotency.ts";
import type { Page, PageRequest } from "../domain/paging.ts";
import type { CampaignRepository } from "./campaign-repository.ts";
import type { NotificationRepository } from "./notification-repository.ts";
import type { SaleRepository } from "./sale-repository.ts";
import type { TicketConnectionRepository } from "./ticket-connection-repository.ts";

/**
 * The adapter: everything the functions may ask of the store, the same in every storage mode.
 *
 * - Every method acts for the caller the database was opened for and obeys `auth/access-rules.ts`: what the caller
 *   may not see does not exist for them (`not_found`), what they may see but not do is `forbidden`.
 * - A refused request throws `Refusal` and has changed nothing. Any other error is a fault of the store.
 * - Ids: a record is found by its id and by its `legacy_id`. Ids are opaque texts; unknown ones are `not_found`. What no
 *   text in a database can hold, NUL and half a surrogate pair, does not come this far.
 * - Lists are ordered, ties broken by id in the same direction, and cut by position, never by offset.
 * - A write is atomic: concurrent writers of the same record all take effect, one after the other.
 * - In sql mode every method is one request to the Data API.
 */
export interface Database {
  readonly concerts: ConcertRepository;
  readonly artists: ArtistRepository;
  readonly coins: CoinRepository;
  readonly notifications: NotificationRepository;
  readonly campaigns: CampaignRepository;
  readonly sales: SaleRepository;
  readonly ticketConnections: TicketConnectionRepository;
  /** Asks the store whether it answers; throws when it does not. */
  health(): Promise<DatabaseHealth>;
}

/** Opens the store for one caller; cheap, done for every request. */
export type OpenDatabase = (caller: Caller) => Database;

/** A storage mode: its name, what it can, and the way in. */
export interface StorageBackend {
  readonly mode: StorageMode;
  readonly capabilities: Capabilities;
  readonly open: OpenDatabase;
  /** What its health tells beyond whether it answers; none where there is no more to tell. */
  report?(): Promise<Record<string, unknown>>;
}

/**
 * Where the data is. `dual-kv` and `dual-sql` are for the switch from `kv` to `sql`: the store they are named after
 * decides and answers, the other one is kept the same.
 */
export const storageModes = ["kv", "sql", "dual-kv", "dual-sql"] as const;
export type StorageMode = typeof storageModes[number];

/** Where backends differ. What is not listed here is the same in every mode. */
export interface Capabilities {
  /** Full-text search knows Russian word forms: «концерты» finds «концерт». Otherwise it matches beginnings of words. */
  readonly wordForms: boolean;
}

export interface DatabaseHealth {
  /** Stored records that cannot be read as what their key says; left out of every list. Empty in sql mode. */
  unreadable: UnreadableRecords[];
}

/** How many records of a kind were left out for one reason. */
export interface UnreadableRecords {
  entity: string;
  reason: string;
  count: number;
}

/** Which public concerts are wanted; null means any. */
export interface PublicConcertFilter {
  /**
   * Words, as `wordsOf` gives them, all of which title or description contain. With word forms, words that say nothing
   * («и», «the») count only where there are no others.
   */
  search: readonly string[] | null;
  /** The city's name, exactly. */
  city: string | null;
  event_type: EventType | null;
  /** Any id by which `ArtistRepository.findPublic` finds the artist. */
  artist_id: string | null;
  /** First and last event date, `YYYY-MM-DD`, both included. */
  from: string | null;
  to: string | null;
  /** By the concert's own day and time zone: `upcoming` includes today. */
  when: "upcoming" | "past" | "all";
  /** True: only concerts whose promotion runs now; false: only the others. */
  promoted: boolean | null;
  /** `relevance` needs `search`: best match first. The position's value is the event date, or the relevance. */
  order: "event_date" | "-event_date" | "relevance";
}

export interface OwnConcertFilter {
  status: ModerationStatus | null;
  when: "upcoming" | "past" | "all";
}

/** What a caller gets of one concert: the whole of it, or what everybody sees. */
export type VisibleConcert =
  | { access: "full"; concert: Concert }
  | { access: "public"; concert: PublicConcert };

export interface ConcertRepository {
  /**
   * Approved concerts that are neither hidden nor cancelled and have a date.
   * The answer does not depend on the caller.
   */
  listPublic(filter: PublicConcertFilter, page: PageRequest): Promise<Page<PublicConcert>>;
  /** Throws `not_found`. */
  find(id: string): Promise<VisibleConcert>;
  /** The caller's concerts, newest first; the position's value is `created_at`. */
  listOwn(filter: OwnConcertFilter, page: PageRequest): Promise<Page<Concert>>;
  /** Concerts waiting for moderation, longest waiting first; the position's value is when they were submitted. */
  listPending(page: PageRequest): Promise<Page<Concert>>;
  /** Creates a draft of the caller's, and their profile if they have none. Throws `validation_failed`. */
  create(concert: NewConcert): Promise<Concert>;
  /**
   * Changes what is named. An approved concert of which a moderated field changes waits for moderation again.
   * Throws `not_found`, `invalid_transition` (cancelled), `validation_failed`.
   */
  update(id: string, changes: ConcertChanges): Promise<Concert>;
  /** Throws `not_found`, `conflict` when tickets were sold. */
  delete(id: string): Promise<void>;
  /** Draft or rejected → pending. Throws `not_found`, `invalid_transition`, `validation_failed` naming the fields. */
  submit(id: string): Promise<Concert>;
  /** Pending → approved or rejected; notifies the artist. Throws `not_found`, `forbidden`, `invalid_transition`. */
  moderate(id: string, decision: ModerationDecision): Promise<Concert>;
  /**
   * Buys a promotion of 1-30 days from now: the coins are taken, the movement recorded and the concert promoted, or
   * nothing of it. Throws `not_found`, `invalid_transition` (not public), `already_promoted`, `insufficient_coins`,
   * `idempotency_mismatch`, `idempotency_in_flight`.
   */
  promote(id: string, days: number, idempotency: Idempotency | null): Promise<Outcome<Concert>>;
  /** Cancels for good. Throws `not_found`, `invalid_transition` when it already is. */
  cancel(id: string): Promise<Concert>;
  /** Hides from or shows to the public; saying it twice changes nothing. Throws `not_found`. */
  setHidden(id: string, hidden: boolean): Promise<Concert>;
  /** Counts one view, click or share of a public concert. Throws `not_found`. */
  countEvent(id: string, event: ConcertEvent): Promise<void>;
  /** Throws `not_found`. */
  analytics(id: string): Promise<ConcertAnalytics>;
  /** Of all concerts of the caller, newest first; the position's value is the concert's `created_at`. */
  listAnalytics(page: PageRequest): Promise<Page<ConcertAnalytics>>;
}

export interface ArtistRepository {
  /** The caller's profile. Throws `not_found` before the first change or concert. */
  own(): Promise<Artist>;
  /** Changes what is named; creates the profile at the first time. Throws `conflict` when the username is taken. */
  updateOwn(changes: ArtistChanges): Promise<Artist>;
  /** All zeros without concerts. */
  ownStatistics(): Promise<ArtistStatistics>;
  /**
   * Makes the migrated profile with the caller's verified e-mail theirs, with all that belongs to it: concerts, sales,
   * coins, campaigns and whom they must not mail, connections to ticket providers and what these have told. A second
   * call answers the same. Only a profile can be claimed that its owner has not used since the migration and whose id
   * no account of this project has: the owner was no account, or one of another project. Throws `not_found` (no such
   * profile, or the e-mail is not verified), `conflict` (the caller has a profile of their own, or several such
   * profiles have the e-mail).
   */
  claim(): Promise<Artist>;
  /**
   * By an id of today, else by the one of the old store: a name, or the account's id before a claim. The id that a name
   * had been given in the meantime goes with the claim. Throws `not_found`.
   */
  findPublic(id: string): Promise<PublicArtist>;
}

export interface CoinRepository {
  /** The caller's balance and movements, newest first; the position's value is `created_at`. */
  listOwn(page: PageRequest): Promise<CoinLedger>;
}

export interface CoinLedger extends Page<CoinTransaction> {
  /** Coins the caller has now. */
  balance: number;
}
