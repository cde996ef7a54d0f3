import type { SealedWebhookSecret } from "../domain/ticket-provider.ts";
import { onFirstUse } from "../on-first-use.ts";
import { type CredentialCipher, credentialCipher } from "./credential-cipher.ts";
import { isSignedWith } from "./webhook-signature.ts";

/** How long a secret is remembered, in milliseconds: so long an artist who changes theirs waits for it at most. */
const rememberedFor = 60_000;

/** Enough for the concerts on sale; above it, remembering would only feed on made-up ids. */
const maximumRemembered = 1000;

/** A message of a ticket provider about a concert. */
export interface SignedMessage {
  providerId: string;
  concertId: string;
  header: string;
  body: Uint8Array<ArrayBuffer>;
}

/** Tells messages of ticket providers from forged ones. */
export class WebhookSecrets {
  private readonly remembered = new Map<string, { secret: string; until: number }>();

  constructor(private readonly cipher: CredentialCipher) {}

  /**
   * Whether the message is signed with the secret of the concert's artist. A secret that was used lately is
   * remembered, which saves a request to the store; one that does not fit is looked up again.
   *
   * @param find looks the secret up
   */
  async isGenuine(
    message: SignedMessage,
    find: () => Promise<SealedWebhookSecret | null>,
  ): Promise<boolean> {
    const now = new Date();
    const key = JSON.stringify([message.providerId, message.concertId]);
    const known = this.remembered.get(key);
    if (known && known.until > now.getTime() && await isSignedWith(known.secret, message, now)) {
      return true;
    }
    const secret = await this.open(await find(), message.providerId);
    if (secret === null || !await isSignedWith(secret, message, now)) return false;
    if (this.remembered.size >= maximumRemembered) this.remembered.clear();
    this.remembered.set(key, { secret, until: now.getTime() + rememberedFor });
    return true;
  }

  private async open(
    sealed: SealedWebhookSecret | null,
    providerId: string,
  ): Promise<string | null> {
    for (const artistId of sealed?.artist_ids ?? []) {
      const place = { artistId, providerId, field: "webhook_secret" } as const;
      const secret = await this.cipher.decrypt(sealed?.webhook_secret_encrypted ?? "", place);
      if (secret !== null) return secret;
    }
    return null;
  }
}

/** The secrets of the project's artists. Throws `unavailable` where the operator has not set `CREDENTIALS_KEY`. */
export const webhookSecrets = onFirstUse((environment) =>
  new WebhookSecrets(credentialCipher(environment))
);
