import type { CampaignReason, CampaignRepair } from "../legacy/read-campaign.ts";
import type { BalanceRepair, CoinReason, CoinRepair } from "../legacy/read-coins.ts";
import type { ConcertReason, ConcertRepair } from "../legacy/read-concert.ts";
import type { ConnectionReason, ConnectionRepair } from "../legacy/read-connection.ts";
import type { NotificationReason, NotificationRepair } from "../legacy/read-notification.ts";
import type { SettingsRepair } from "../legacy/read-notification-settings.ts";
import type { ProfileRepair } from "../legacy/read-profile.ts";
import type { SaleReason, SaleRepair } from "../legacy/read-sale.ts";

/** What was repaired of a key's value, or left behind. */
export type Repair =
  | BalanceRepair
  | CampaignRepair
  | CoinRepair
  | ConcertRepair
  | ConnectionRepair
  | NotificationRepair
  | ProfileRepair
  | SaleRepair
  | SettingsRepair
  | "concert_gone"
  | "opening_movement_made"
  | "profile_unreadable"
  | "refund_made"
  | "username_taken";

/** Why a key is rejected before any table has seen a record of it. */
export type RejectionReason =
  | CampaignReason
  | CoinReason
  | ConcertReason
  | ConnectionReason
  | NotificationReason
  | SaleReason
  | "broken_document"
  | "key_too_long"
  | "unknown_concert"
  | "unknown_family"
  | "unknown_sale"
  | "unstorable_document"
  | "unstorable_key"
  /** Another key has a record of that id. */
  | "duplicate_id";

/** Why a key needs to become nothing. */
export type LeftOutRule =
  | "support_desk"
  | "marketing_campaign"
  | "lossy_index"
  | "test_sale"
  | "idempotency_memory"
  /** A user name that was reserved for a profile that never came to be. */
  | "abandoned_reservation"
  /** What a dual mode has still to write again. */
  | "mirror_repair";
