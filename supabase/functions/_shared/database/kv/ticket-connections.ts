import { accessRules, isAllowed } from "../../auth/access-rules.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type TicketConnection, ticketProviders } from "../../domain/ticket-provider.ts";
import { isHarmless } from "../legacy/connection-fields.ts";
import { artistIdOf } from "../legacy/ids.ts";
import { prefixes } from "../legacy/keys.ts";
import {
  type ConnectionReason,
  type ConnectionRepair,
  type OldConnection,
  readConnection,
} from "../legacy/read-connection.ts";
import { keepsakeOf } from "../legacy/reading.ts";
import type { TicketConnectionRepository } from "../ticket-connection-repository.ts";
import { newProfile } from "./artist-profiles.ts";
import { hasShape } from "./document-shapes.ts";
import { type FollowUp, isDocument, type StoredDocument } from "./documents.ts";
import type { KvContext } from "./kv-context.ts";
import type { Row } from "./kv-table.ts";
import { ownProfileToBe } from "./own-profile.ts";

/** An artist's account at a provider as it is stored. */
export interface ConnectionDocument extends OldConnection, StoredDocument {
  api_key_encrypted: string | null;
  webhook_secret_encrypted: string | null;
}

/** A connection's row in the shape of today, or why it is none. The key that old ones hold stays behind. */
export function openConnection(
  { key, value }: Row,
):
  | { document: ConnectionDocument; repairs: ConnectionRepair[] }
  | { unreadable: ConnectionReason | "broken_document" } {
  if (isDocument(value)) {
    return hasShape("connection", value)
      ? { document: value as ConnectionDocument, repairs: [] }
      : { unreadable: "broken_document" };
  }
  const reading = readConnection(key, value);
  if ("unreadable" in reading) return reading;
  return {
    document: {
      ...reading.record,
      api_key_encrypted: null,
      webhook_secret_encrypted: null,
      rev: 0,
      legacy: withoutKey(keepsakeOf(value)),
    },
    repairs: reading.repairs,
  };
}

/** What is kept of an old record must not keep its key, nor any other credential, wherever it lies in it. */
function withoutKey(keepsake: unknown): unknown {
  if (typeof keepsake !== "object" || keepsake === null) return null;
  return JSON.parse(
    JSON.stringify(
      keepsake,
      (name, inner) => inner === keepsake || isHarmless(name) ? inner : undefined,
    ),
  );
}

export function createTicketConnectionRepository(context: KvContext): TicketConnectionRepository {
  const { documents, profiles } = context;
  return {
    listProviders: () => Promise.resolve(sortedProviders.filter(({ is_active }) => is_active)),

    async listOwn() {
      const connections: TicketConnection[] = [];
      for (const { id } of sortedProviders) {
        const found = await findConnection(context, context.user().id, id);
        if (found) connections.push(connectionOf(found.document));
      }
      return connections;
    },

    async save(providerId, credentials) {
      const { id: artistId, email } = context.user();
      if (!ticketProviders.some(({ id, is_active }) => id === providerId && is_active)) {
        throw new Refusal("not_found");
      }
      const profile = await ownProfileToBe(context);
      const owner = profile?.owner ?? artistId;
      const now = new Date().toISOString();
      const key = connectionKey(owner, providerId);
      const before = await findConnection(context, artistId, providerId);
      const followUps: FollowUp[] = [];
      if (before && before.key !== key) followUps.push({ key: before.key, remove: true });
      if (!profile) {
        const insert = await newProfile(owner, email, now);
        followUps.push({ key: prefixes.profile + owner, insert });
      }
      return await documents.change<ConnectionDocument, TicketConnection>(key, (current) => {
        const connection: ConnectionDocument = {
          rev: 0,
          legacy: null,
          ...current ?? before?.document,
          provider_id: providerId,
          ...credentials,
          is_active: true,
          connected_at: now,
        };
        return { result: connectionOf(connection), write: connection, followUps };
      });
    },

    async remove(providerId) {
      const found = await findConnection(context, context.user().id, providerId);
      if (!found) throw new Refusal("not_found");
      await documents.change(found.key, () => ({ result: undefined, remove: true }));
    },

    async findWebhookSecret(providerId, concertId) {
      if (!isAllowed(accessRules.ticket_connections.read_secret, context.caller, null)) {
        throw new Refusal("forbidden");
      }
      const concert = await context.finder.find(concertId);
      if (!concert) return null;
      const { artist_id } = concert.document;
      const connection = (await findConnection(context, artist_id, providerId))?.document;
      if (!connection?.is_active || connection.webhook_secret_encrypted === null) return null;
      const formerly = (await profiles.find(artist_id))?.legacy_id ?? null;
      return {
        artist_ids: [artist_id, ...formerly === null ? [] : [await artistIdOf(formerly)]],
        webhook_secret_encrypted: connection.webhook_secret_encrypted,
      };
    },
  };
}

/** By id, as the contract lists them. */
const sortedProviders = ticketProviders.toSorted((one, other) => one.id < other.id ? -1 : 1);

/** Where an owner's connection to a provider is. */
export function connectionKey(owner: string, providerId: string): string {
  return `${prefixes.ticketProvider}${owner}:${providerId}`;
}

/** An artist's connection to a provider: their own, else the one that is still to be handed over to them. */
export async function findConnection(
  { profiles, table }: KvContext,
  artistId: string,
  providerId: string,
): Promise<{ key: string; document: ConnectionDocument } | null> {
  const profile = await profiles.find(artistId);
  const own = profile?.owner ?? artistId;
  for (const owner of new Set([own, profile?.claiming ?? own])) {
    const row = await table.get(connectionKey(owner, providerId));
    const opened = row && openConnection(row);
    if (opened && "document" in opened) return { key: row.key, document: opened.document };
  }
  return null;
}

function connectionOf(
  { provider_id, api_key_last4, webhook_secret_encrypted, is_active, connected_at }:
    ConnectionDocument,
): TicketConnection {
  const provider = ticketProviders.find(({ id }) => id === provider_id);
  return {
    provider_id,
    name: provider?.name ?? provider_id,
    api_key_last4,
    has_webhook_secret: webhook_secret_encrypted !== null,
    is_active,
    connected_at,
  };
}
