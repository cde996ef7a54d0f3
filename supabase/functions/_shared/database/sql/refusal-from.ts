import type { PostgrestError } from "@supabase/supabase-js";
import {
  capacityDetail,
  missingDetail,
  pastDateDetail,
  priceRangeDetail,
} from "../../domain/concert.ts";
import { Refusal, type RefusalCode, type RefusalDetail } from "../../domain/refusal.ts";

/** The SQLSTATE with which the project's own SQL functions refuse: the message is our code, the detail its fields. */
const refusedByRule = "PM001";

/** What a violated constraint means to the person who wrote the value. */
const constraintDetails: Record<string, RefusalDetail> = {
  concerts_ticket_price_range: priceRangeDetail,
  concerts_capacity_covers_sales: capacityDetail,
};

/** The only place that reads SQLSTATEs. What is not a refusal is returned as the fault it is. */
export function refusalFrom(error: PostgrestError, status: number): Error {
  const refuse = (code: RefusalCode, details: RefusalDetail[] = []) =>
    new Refusal(code, details, { cause: error });
  switch (error.code) {
    case refusedByRule:
      return refuse(error.message as RefusalCode, ruleDetails(error));
    case "PGRST116": // no row where one was asked for
      return refuse("not_found");
    case "23514": { // check_violation
      const constraint = /constraint "([^"]+)"/.exec(error.message)?.[1] ?? "";
      const detail = constraintDetails[constraint];
      return detail ? refuse("validation_failed", [detail]) : error;
    }
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
        : error;
  }
}

/** The fields a rule names in `detail`, `[{"path":"city"}]`, with the sentences the kv backend says as well. */
function ruleDetails(error: PostgrestError): RefusalDetail[] {
  if (!error.details) return [];
  const named = JSON.parse(error.details) as { path: string }[];
  return named.map(({ path }) => ruleDetail(path, error.hint));
}

function ruleDetail(path: string, hint: string | null): RefusalDetail {
  if (path === "username") return { path, message: "Это имя уже занято" };
  if (path === "comment") return { path, message: "Укажите причину отказа" };
  if (path === "event_date" && hint === "past") return pastDateDetail;
  return missingDetail(path);
}
