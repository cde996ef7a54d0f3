import type { MailSettings } from "./mail-settings.ts";
import { failureOf, type Mail, MailProviderError, type MailTransport } from "./mail-transport.ts";

/** As many as a person looks at. */
const keptInMemory = 100;

/** A transport that sends nothing and keeps what it was given, for people and tests to look at. */
export interface CaptureTransport extends MailTransport {
  /** The last messages, oldest first; empty when they are kept elsewhere. */
  readonly captured: readonly Mail[];
}

/** @param secretKey opens the mailbox at the settings' `url` */
export function createCaptureTransport(
  { url, from }: Extract<MailSettings, { transport: "capture" }>,
  secretKey: string,
): CaptureTransport {
  const captured: Mail[] = [];
  return {
    name: "capture",
    sender: from,
    // The mailbox of the local stack does.
    knowsKeys: url !== null,
    captured,
    async send(mails, idempotencyKey) {
      if (url) await deliver(url, secretKey, mails, idempotencyKey);
      else captured.splice(0, Infinity, ...[...captured, ...mails].slice(-keptInMemory));
      return mails.map(() => ({ accepted: true, providerMessageId: null }));
    },
  };
}

async function deliver(
  url: URL,
  secretKey: string,
  mails: readonly Mail[],
  idempotencyKey: string,
): Promise<void> {
  let status: number;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "idempotency-key": idempotencyKey,
        apikey: secretKey,
      },
      body: JSON.stringify(mails),
    });
    await response.body?.cancel();
    if (response.ok) return;
    status = response.status;
  } catch (error) {
    throw new MailProviderError(
      "The mailbox at MAIL_CAPTURE_URL cannot be reached",
      "unknown",
      null,
      { cause: error },
    );
  }
  throw new MailProviderError(
    `The mailbox at MAIL_CAPTURE_URL answered ${status}`,
    failureOf(status),
    status,
  );
}
