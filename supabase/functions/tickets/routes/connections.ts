import {
  type CredentialCipher,
  credentialCipher,
  type CredentialPlace,
} from "../../_shared/credentials/credential-cipher.ts";
import { credentialsSchema, lastFourOf } from "../../_shared/domain/ticket-provider.ts";
import { defineRoute } from "../../_shared/http/route.ts";

const connectionOrder = { name: "ticket-connections", kind: "instant" } as const;

export const connectionRoutes = [
  defineRoute({
    method: "GET",
    path: "/connections",
    summary: "The caller's accounts at ticket providers; of their keys only the end is shown",
    access: "user",
    answers: { status: 200, schema: "TicketConnection", list: true },
    async handle({ database }) {
      const connections = await database.ticketConnections.listOwn();
      // All of them are one page.
      return { data: connections, next: { position: null, order: connectionOrder } };
    },
  }),
  defineRoute({
    method: "PUT",
    path: "/connections/:provider_id",
    summary:
      "Connect to a provider, or replace the keys; without webhook_secret its events are not taken",
    access: "user",
    body: credentialsSchema,
    answers: { status: 200, schema: "TicketConnection" },
    async handle({ caller, parameter, body, database, environment }) {
      const providerId = parameter("provider_id");
      const cipher = credentialCipher(environment);
      const place = { artistId: caller.id, providerId };
      const { api_key, webhook_secret } = body;
      const connection = await database.ticketConnections.save(providerId, {
        api_key_encrypted: await cipher.encrypt(api_key, { ...place, field: "api_key" }),
        api_key_last4: lastFourOf(api_key),
        webhook_secret_encrypted: await encryptIfAny(cipher, webhook_secret, {
          ...place,
          field: "webhook_secret",
        }),
      });
      return { data: connection, message: "Провайдер подключён" };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/connections/:provider_id",
    summary: "Remove a connection and its keys",
    access: "user",
    answers: { status: 204 },
    async handle({ parameter, database }) {
      await database.ticketConnections.remove(parameter("provider_id"));
      return new Response(null, { status: 204 });
    },
  }),
];

async function encryptIfAny(
  cipher: CredentialCipher,
  credential: string | null | undefined,
  place: CredentialPlace,
): Promise<string | null> {
  return credential ? await cipher.encrypt(credential, place) : null;
}
