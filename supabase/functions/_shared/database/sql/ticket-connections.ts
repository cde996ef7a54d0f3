import { Refusal } from "../../domain/refusal.ts";
import type {
  SealedWebhookSecret,
  TicketConnection,
  TicketProvider,
} from "../../domain/ticket-provider.ts";
import { artistIdOf } from "../legacy/ids.ts";
import type { TicketConnectionRepository } from "../ticket-connection-repository.ts";
import type { DataApi } from "./data-api.ts";
import { literally } from "./literally.ts";
import { instant } from "./rows.ts";

export function createTicketConnectionRepository(api: DataApi): TicketConnectionRepository {
  return {
    async listProviders() {
      const rows = await api.send(
        api.asVisitor().from("ticket_providers").select("id,name,commission_percent,is_active")
          .order("id").overrideTypes<ProviderRow[], { merge: false }>(),
      );
      return rows.map(({ commission_percent, ...row }) => ({
        ...row,
        commission_percent: Number(commission_percent),
      }));
    },

    async listOwn() {
      api.user();
      const rows = await api.sendAsCaller(api.asCaller().rpc("list_ticket_connections"));
      return (rows as unknown as TicketConnection[]).map(connectionFrom);
    },

    async save(provider, credentials) {
      const { id, email } = api.user();
      const row = await api.send(
        api.asBackend().rpc("save_ticket_connection", {
          artist: id,
          artist_email: email as string,
          provider,
          api_key_encrypted: credentials.api_key_encrypted,
          api_key_last4: credentials.api_key_last4 as string,
          webhook_secret_encrypted: credentials.webhook_secret_encrypted as string,
        }),
      );
      return connectionFrom(row as unknown as TicketConnection);
    },

    async remove(providerId) {
      const rows = await api.sendAsCaller(
        api.asCaller().from("artist_ticket_providers").delete()
          .eq("artist_id", api.user().id).filter("provider_id", "in", literally(providerId))
          .select("provider_id"),
      );
      if (rows.length === 0) throw new Refusal("not_found");
    },

    async findWebhookSecret(provider, concert_id) {
      if (api.caller.kind !== "service") throw new Refusal("forbidden");
      const found = await api.send(
        api.asBackend().rpc("find_webhook_secret", { provider, concert_id }),
      ) as unknown as WebhookSecretRow | null;
      return found === null ? null : await sealedSecretFrom(found);
    },
  };
}

type ProviderRow = Omit<TicketProvider, "commission_percent"> & {
  commission_percent: number | string;
};

interface WebhookSecretRow {
  artist_id: string;
  artist_legacy_id: string | null;
  webhook_secret_encrypted: string;
}

function connectionFrom(row: TicketConnection): TicketConnection {
  return { ...row, connected_at: instant(row.connected_at) };
}

/** A claimed profile has changed its id; what was encrypted before has the old one in it. */
async function sealedSecretFrom(
  { artist_id, artist_legacy_id, webhook_secret_encrypted }: WebhookSecretRow,
): Promise<SealedWebhookSecret> {
  const former = artist_legacy_id === null ? [] : [await artistIdOf(artist_legacy_id)];
  return { artist_ids: [artist_id, ...former], webhook_secret_encrypted };
}
