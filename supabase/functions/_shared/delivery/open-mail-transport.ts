import { defaultKey, type Environment } from "../environment.ts";
import { onFirstUse } from "../on-first-use.ts";
import type { MailTransport } from "./mail-transport.ts";

/** The way mail leaves the project. Only the transport chosen is loaded. */
export const mailTransport = onFirstUse(openMailTransport);

async function openMailTransport({ mail, secretKeys }: Environment): Promise<MailTransport> {
  switch (mail.transport) {
    case "capture": {
      const { createCaptureTransport } = await import("./capture-transport.ts");
      return createCaptureTransport(mail, defaultKey(secretKeys));
    }
    case "resend": {
      const { createResendTransport } = await import("./resend-transport.ts");
      return createResendTransport(mail);
    }
    case "smtp": {
      const { createSmtpTransport } = await import("./smtp-transport.ts");
      return createSmtpTransport(mail);
    }
  }
}
