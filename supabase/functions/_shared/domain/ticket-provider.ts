import * as z from "zod/mini";

/** A ticket office that sells for artists. */
export interface TicketProvider {
  id: string;
  /** For people. */
  name: string;
  /** Percent of a sale that the provider keeps. */
  commission_percent: number;
  is_active: boolean;
}

/** The providers a project starts with; in sql mode they are rows, which an administrator may change. */
export const ticketProviders: readonly TicketProvider[] = [
  { id: "kassir", name: "Кассир.ру", commission_percent: 5, is_active: true },
  { id: "ticketland", name: "Ticketland.ru", commission_percent: 7, is_active: true },
  { id: "afisha", name: "Яндекс Афиша", commission_percent: 8, is_active: true },
  { id: "ticketmaster", name: "TicketMaster", commission_percent: 10, is_active: false },
];

/** An artist's account at a provider, as the artist sees it. The keys themselves are never shown. */
export interface TicketConnection {
  provider_id: string;
  /** The provider's name, for people. */
  name: string;
  /** Null where the old store had no key. */
  api_key_last4: string | null;
  has_webhook_secret: boolean;
  is_active: boolean;
  connected_at: string;
}

const credential = (minimum: number) =>
  z.string().check(
    z.regex(new RegExp(`^[\\x21-\\x7e]{${minimum},500}$`), {
      error: `Нужно от ${minimum} до 500 латинских букв, цифр и знаков без пробелов`,
    }),
  );

/** What an artist gives to be connected. Without `webhook_secret` the provider's events are not taken. */
export const credentialsSchema = z.strictObject({
  // Four of the last characters are shown, so that a key has to be a good deal longer.
  api_key: credential(12),
  webhook_secret: z.optional(z.nullable(credential(16))),
});

/** The end of a key, by which its owner knows it; nothing of one too short to hide the rest. */
export function lastFourOf(apiKey: string): string | null {
  return apiKey.length >= 12 ? apiKey.slice(-4) : null;
}

/** Credentials as they are stored: by the backend, which cannot read them. */
export interface SealedCredentials {
  api_key_encrypted: string;
  api_key_last4: string | null;
  webhook_secret_encrypted: string | null;
}

/** The encrypted secret with which a provider signs what it says about one artist's concerts. */
export interface SealedWebhookSecret {
  /** The artist's id, and the ones they had before: one of them is in the encryption. */
  artist_ids: string[];
  webhook_secret_encrypted: string;
}
