import type {
  SealedCredentials,
  SealedWebhookSecret,
  TicketConnection,
  TicketProvider,
} from "../domain/ticket-provider.ts";

/** Ticket providers and the artists' accounts there. Keys come in encrypted, and none ever goes out to an artist. */
export interface TicketConnectionRepository {
  /** The active providers, by id. */
  listProviders(): Promise<TicketProvider[]>;
  /** The caller's connections, by provider id, those to providers that are no longer active included. */
  listOwn(): Promise<TicketConnection[]>;
  /**
   * Connects the caller, or replaces their connection to the provider; creates their profile if they have none.
   * Throws `not_found` (no such active provider).
   */
  save(providerId: string, credentials: SealedCredentials): Promise<TicketConnection>;
  /** Throws `not_found`. */
  remove(providerId: string): Promise<void>;
  /**
   * For the backend itself: the secret that the provider signs with for the concert's artist; null when there is no
   * such concert, connection or secret. Throws `forbidden` for anybody else.
   */
  findWebhookSecret(providerId: string, concertId: string): Promise<SealedWebhookSecret | null>;
}
