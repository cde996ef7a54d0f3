import type { PostgrestError } from "@supabase/postgrest-js";
import { usernameTakenDetail } from "../../domain/artist.ts";
import { timeZoneDetail } from "../../domain/calendar.ts";
import {
  capacityDetail,
  commentMissingDetail,
  missingDetail,
  pastDateDetail,
  priceRangeDetail,
} from "../../domain/concert.ts";
import {
  emptyAudienceDetail,
  foreignConcertDetail,
  resolvedAudienceDetail,
  tooLateDetail,
} from "../../domain/campaign.ts";
import { dateMissingDetail } from "../../domain/concert-reminder.ts";
import { pastInstantDetail } from "../../domain/instant.ts";
import { otherConcertDetail, paidBackDetail } from "../../domain/ticket-event.ts";
import { purchasedInFutureDetail, refundTooHighDetail } from "../../domain/ticket-sale.ts";
import { Refusal, type RefusalCode, type RefusalDetail } from "../../domain/refusal.ts";

/** The SQLSTATEs with which the project's own SQL functions refuse: the message is our code, the detail its fields. */
const refusedByRule = /^PT[45]\d\d$/;

/** What a rule of a SQL function means that names a field; the others ask for a field to be filled. */
const fieldDetails: Record<string, RefusalDetail> = {
  ticket_price_max: priceRangeDetail,
  ticket_capacity: capacityDetail,
  time_zone: timeZoneDetail,
  username: usernameTakenDetail,
  comment: commentMissingDetail,
  amount: refundTooHighDetail,
  purchased_at: purchasedInFutureDetail,
  concert_id: otherConcertDetail,
  unit_price: paidBackDetail,
  scheduled_for: pastInstantDetail,
};

/**
 * The Data API failed in a way no rule foresees: a fault of ours, not the caller's. The message, which goes to the log,
 * has the code alone: the database's own words may quote what people wrote. They are the cause.
 */
class DataApiError extends Error {
  override readonly name = "DataApiError";
  readonly code: string;

  constructor(error: PostgrestError) {
    super(`The Data API answered ${error.code || "without a code"}`, { cause: error });
    this.code = error.code;
  }
}

/** The only place that reads SQLSTATEs. What is not a refusal is returned as the fault it is. */
export function refusalFrom(error: PostgrestError, status: number): Error {
  const fault = new DataApiError(error);
  const refuse = (code: RefusalCode, details: RefusalDetail[] = []) =>
    new Refusal(code, details, { cause: fault });
  if (refusedByRule.test(error.code)) {
    return refuse(error.message as RefusalCode, ruleDetails(error));
  }
  switch (error.code) {
    case "PGRST116": // no row where one was asked for
      return refuse("not_found");
    case "23503": // foreign_key_violation
    case "23505": // unique_violation
      return refuse("conflict");
    case "42501": // insufficient_privilege, row level security included
      return refuse("forbidden");
    case "PGRST301": // the Data API refused the token: expired between our check and its
    case "PGRST303":
      return refuse("unauthorized");
    case "53300": // too_many_connections
    case "57014": // query_canceled: the statement timeout
    case "57P03": // cannot_connect_now
    case "PGRST000":
    case "PGRST001":
    case "PGRST002":
    case "PGRST003":
      return refuse("unavailable");
    default:
      return status === 0 || status === 502 || status === 503 || status === 504
        ? refuse("unavailable")
        : fault;
  }
}

/** The fields a rule names in `detail`, `[{"path":"city"}]`, with the sentences the kv backend says as well. */
function ruleDetails(error: PostgrestError): RefusalDetail[] {
  if (!error.details) return [];
  const named = JSON.parse(error.details) as { path: string }[];
  return named.map(({ path }) => ruleDetail(path, error.hint));
}

function ruleDetail(path: string, hint: string | null): RefusalDetail {
  if (path === "event_date" && hint === "past") return pastDateDetail;
  if (path === "event_date" && hint === "undated") return dateMissingDetail;
  if (path === "concert_id" && hint === "foreign") return foreignConcertDetail;
  if (path === "recipient_filter" && hint === "empty") return emptyAudienceDetail;
  if (path === "recipient_filter" && hint === "resolved") return resolvedAudienceDetail;
  if (path === "send_before" && hint === "past") return tooLateDetail;
  return fieldDetails[path] ?? missingDetail(path);
}
