import { ConfigurationError } from "../configuration-error.ts";
import type { Variables } from "../variables.ts";

/** How push messages leave the project. */
export type PushSettings =
  /** Kept in memory for people to look at. */
  | { transport: "capture" }
  | {
    transport: "webpush";
    vapid: {
      /** Whom a push service turns to: `mailto:` or `https:`. */
      subject: string;
      /** P-256 uncompressed, base64url; pages subscribe with the same one. */
      publicKey: string;
      /** 32 bytes, base64url. */
      privateKey: string;
    };
  };

/** Reads `PUSH_TRANSPORT` and the VAPID keys that go with it. Throws `ConfigurationError`. */
export function resolvePushSettings(variables: Variables): PushSettings {
  const transport = variables.PUSH_TRANSPORT || "capture";
  switch (transport) {
    case "capture":
      return { transport };
    case "webpush":
      return {
        transport,
        vapid: {
          subject: subjectOf(variables.VAPID_SUBJECT),
          publicKey: keyOf(variables, "VAPID_PUBLIC_KEY", 65),
          privateKey: keyOf(variables, "VAPID_PRIVATE_KEY", 32),
        },
      };
    default:
      throw new ConfigurationError('PUSH_TRANSPORT must be "capture" (the default) or "webpush"');
  }
}

function subjectOf(text: string | undefined): string {
  if (text && /^mailto:[^@\s]+@[^@\s]+$/.test(text)) return text;
  if (text && URL.parse(text)?.protocol === "https:") return text;
  throw new ConfigurationError(
    "VAPID_SUBJECT must be a mailto: or https: address at which push services reach you",
  );
}

/** A key of exactly that many bytes. */
function keyOf(variables: Variables, name: string, length: number): string {
  const text = variables[name]?.replace(/=+$/, "");
  const digits = Math.ceil(length * 4 / 3);
  if (text && text.length === digits && /^[A-Za-z0-9_-]+$/.test(text)) return text;
  throw new ConfigurationError(
    `${name} must be a key in base64url, ${digits} characters; node scripts/vapid-keys.mjs makes a pair`,
  );
}
