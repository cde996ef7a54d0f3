import { createCredentialCipher, type CredentialCipher } from "./credentials/credential-cipher.ts";
import { WebhookSecrets } from "./credentials/webhook-secrets.ts";
import type { CampaignSettings } from "./delivery/campaign-settings.ts";
import type { MailTransport } from "./delivery/mail-transport.ts";
import { openMailTransport } from "./delivery/open-mail-transport.ts";
import { UnsubscribeLinks } from "./delivery/unsubscribe-links.ts";
import { openPushTransport } from "./delivery/open-push-transport.ts";
import type { PushTransport } from "./delivery/push-transport.ts";
import type { Environment } from "./environment.ts";
import { Refusal } from "./domain/refusal.ts";
import { onFirstUse } from "./on-first-use.ts";
import { type BucketStore, openBucketStore } from "./storage/bucket-store.ts";

/** What a route can use beside the database. Each is opened with the first request that needs it. */
export interface Services {
  /** The project's storage buckets, reached as the backend itself. */
  buckets(): BucketStore;
  /** The way to send mail. */
  mail(): Promise<MailTransport>;
  /** The way to send push messages. */
  push(): Promise<PushTransport>;
  /** How campaigns are sent. */
  readonly campaignSettings: CampaignSettings;
  /** For the links by which people leave a list. Throws `unavailable` where the operator has not set `UNSUBSCRIBE_KEY`. */
  unsubscribeLinks(): UnsubscribeLinks;
  /** For artists' keys to ticket providers. Throws `unavailable` where the operator has not set `CREDENTIALS_KEY`. */
  credentials(): CredentialCipher;
  /** For what ticket providers send; throws the same. */
  webhookSecrets(): WebhookSecrets;
}

export function openServices(environment: Environment): Services {
  const credentials = onFirstUse(() => openCredentials(environment));
  return {
    buckets: onFirstUse(() => openBucketStore(environment)),
    mail: onFirstUse(() => openMailTransport(environment)),
    push: onFirstUse(() => openPushTransport(environment)),
    campaignSettings: environment.campaigns,
    unsubscribeLinks: onFirstUse(() => openUnsubscribeLinks(environment)),
    credentials,
    webhookSecrets: onFirstUse(() => new WebhookSecrets(credentials())),
  };
}

function openUnsubscribeLinks({ campaigns }: Environment): UnsubscribeLinks {
  const { unsubscribeKey, functionsUrl } = campaigns;
  if (unsubscribeKey !== null) return new UnsubscribeLinks(unsubscribeKey, functionsUrl);
  throw new Refusal("unavailable", [{
    path: "UNSUBSCRIBE_KEY",
    message: "Оператору сервиса: задайте переменную UNSUBSCRIBE_KEY, не короче 32 символов",
  }]);
}

function openCredentials({ credentialsKey }: Environment): CredentialCipher {
  if (credentialsKey === null) {
    throw new Refusal("unavailable", [{
      path: "CREDENTIALS_KEY",
      message: "Оператору сервиса: задайте переменную CREDENTIALS_KEY, 32 случайных байта в base64",
    }]);
  }
  return createCredentialCipher(credentialsKey);
}
