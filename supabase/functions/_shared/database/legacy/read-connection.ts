import { lastFourOf, ticketProviders } from "../../domain/ticket-provider.ts";
import { partsOf, prefixes } from "./keys.ts";
import { type FieldRepair, OldFields } from "./old-fields.ts";
import { fieldsOf, type NoObject, type Reading } from "./reading.ts";

/** An old connection to a ticket provider. The key itself, which the record holds in plain text, is not read. */
export interface OldConnection {
  provider_id: string;
  /** The key's last characters; null when it is missing or too short to show any. */
  api_key_last4: string | null;
  is_active: boolean;
  connected_at: string;
}

export type ConnectionRepair = FieldRepair | "key_in_plain_text" | "connected_at_unknown";
export type ConnectionReason = NoObject | "unknown_provider";

/** Reads `ticket_provider:{artistId}:{providerId}`. */
export function readConnection(
  key: string,
  value: unknown,
): Reading<OldConnection, ConnectionRepair, ConnectionReason> {
  const content = fieldsOf(value);
  if (typeof content === "string") return { unreadable: content };
  const fields = new OldFields<ConnectionRepair>(content);
  const { id } = partsOf(key, prefixes.ticketProvider);
  if (!ticketProviders.some((provider) => provider.id === id)) {
    return { unreadable: "unknown_provider" };
  }
  const apiKey = fields.text("apiKey");
  if (apiKey !== null) fields.repairs.add("key_in_plain_text");
  const connectedAt = fields.instant("connectedAt");
  if (connectedAt === null) fields.repairs.add("connected_at_unknown");
  const record: OldConnection = {
    provider_id: id,
    api_key_last4: apiKey === null ? null : lastFourOf(apiKey)?.toWellFormed() ?? null,
    is_active: fields.flag("enabled"),
    connected_at: connectedAt ?? new Date(0).toISOString(),
  };
  return { record, repairs: [...fields.repairs] };
}
