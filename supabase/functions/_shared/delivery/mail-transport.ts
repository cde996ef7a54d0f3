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
  /** What the provider's delivery events bring back of the message; names and values of ASCII letters, digits, - _. */
  tags?: Record<string, string>;
}

/** What became of a message, as far as the provider told. */
export type MailOutcome =
  | { accepted: true; providerMessageId: string | null }
  /** `permanent`: trying again is of no use. `reason` is for the artist; it holds no secret. */
  | { accepted: false; reason: string; permanent: boolean };

/** What a failure tells of the batch that was to be sent. */
export type MailFailure =
  /** Nothing was taken, and later it may be: the provider has too much to do. */
  | "busy"
  /** Nothing was taken, and nothing will be: the provider will not have us, the sender or the words. */
  | "refused"
  /** There was no answer, or none that tells: all of it may have been taken, or nothing. */
  | "unknown"
  /** The idempotency key has been used with other words: they were taken, or their refusal is remembered. */
  | "key_used";

/** A message's own refusal, in the provider's words: mostly what its recipient's server says of the address. */
export function refusalReason(said: string): string {
  return `Почтовый сервис отказал: ${said}`;
}

/** The provider gave no outcomes. The message has its own words and is for the log; it holds no secret. */
export class MailProviderError extends Error {
  override readonly name = "MailProviderError";

  /** @param status what the provider answered, if anything */
  constructor(
    message: string,
    readonly failure: MailFailure,
    readonly status: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** What artists are told. */
  get notice(): string {
    const code = this.status === null ? "" : ` (код ${this.status})`;
    switch (this.failure) {
      case "busy":
        return `Почтовый сервис сейчас не принимает письма${code}`;
      case "refused":
        return `Почтовый сервис не принял письма${code}`;
      default:
        return `Почтовый сервис не ответил, приняты ли письма${code}`;
    }
  }
}

/**
 * What a status other than success tells. A gateway that answers for its server cannot know what that has done, and a
 * server that broke down may have done it before.
 */
export function failureOf(status: number): MailFailure {
  if (status === 408 || status === 425 || status === 429 || status === 503) return "busy";
  return status >= 400 && status < 500 ? "refused" : "unknown";
}

/**
 * Whether a failure proves that nothing has ever been taken under the key it was the answer to. A provider that knows
 * keys would not judge words it has taken; whom it hears, and how much there is to do, it asks before it looks at the
 * key. What a gateway says, or nobody knows who, is no judgement, and `unknown` at any status.
 */
export function provesUntaken(
  { knowsKeys }: MailTransport,
  { failure, status }: MailProviderError,
): boolean {
  return knowsKeys && failure === "refused" && (status === 400 || status === 422);
}

/** A way to send mail. */
export interface MailTransport {
  readonly name: "capture" | "resend" | "smtp";
  /** Whom the mail of the project is from. */
  readonly sender: Mailbox;
  /** Whether the provider takes a batch once for each key, and looks at the key before it judges the words. */
  readonly knowsKeys: boolean;
  /**
   * Sends a batch; the outcomes are in the order of the messages.
   *
   * Throws `MailProviderError` when there are no outcomes.
   *
   * @param idempotencyKey the same for the same batch tried again; a provider that knows it sends the batch once
   */
  send(mails: readonly Mail[], idempotencyKey: string): Promise<MailOutcome[]>;
}
