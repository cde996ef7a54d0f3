/** Somebody with an e-mail address; the name is optional and may hold any character. */
export interface Mailbox {
  address: string;
  name: string | null;
}

/** One message to one person. */
export interface Mail {
  to: Mailbox;
  from: Mailbox;
  subject: string;
  text: string;
  html: string | null;
  /** Further headers, such as List-Unsubscribe; names in canonical spelling. */
  headers: Record<string, string>;
  /** The sender's own id of the message, which the provider's delivery events bring back; ASCII letters, digits, - _. */
  reference?: string;
}

/** What became of a message, as far as the provider told. */
export type MailOutcome =
  | { accepted: true; providerMessageId: string | null }
  /** `permanent`: trying again is of no use. `reason` is for the artist and the operator; it holds no secret. */
  | { accepted: false; reason: string; permanent: boolean };

/**
 * The provider could not be asked, or would not listen: no message counts as tried. The message is for the artist and
 * the operator; it holds no secret.
 */
export class MailProviderError extends Error {
  override readonly name = "MailProviderError";
}

/** A way to send mail. */
export interface MailTransport {
  readonly name: "capture" | "resend" | "smtp";
  /** Whom the mail of the project is from. */
  readonly sender: Mailbox;
  /**
   * Sends a batch; the outcomes are in the order of the messages.
   *
   * Throws `MailProviderError` when the provider could not be asked at all: then no message counts as tried.
   *
   * @param idempotencyKey the same for the same batch tried again; a provider that knows it sends the batch once
   */
  send(mails: readonly Mail[], idempotencyKey: string): Promise<MailOutcome[]>;
}
