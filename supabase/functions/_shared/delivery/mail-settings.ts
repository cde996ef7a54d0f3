import { ConfigurationError } from "../configuration-error.ts";
import type { Mailbox } from "./mail-transport.ts";
import { parseMailbox } from "./mailbox.ts";
import { requiredVariable, type Variables, webUrl } from "../variables.ts";

/** How mail leaves the project. */
export type MailSettings =
  & { from: Mailbox }
  & (
    /** Kept for people to look at: at `url` when there is one, else in memory. */
    | { transport: "capture"; url: URL | null }
    | { transport: "resend"; url: URL; apiKey: string }
    | { transport: "smtp"; server: SmtpServer }
  );

export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS. */
  secure: boolean;
  credentials: { user: string; password: string } | null;
}

/** Nobody can answer it or get it: what `capture` keeps goes nowhere. */
const captureSender = "Promo.Music <no-reply@promo-music.example>";

/** Reads `EMAIL_TRANSPORT` and what goes with it. Throws `ConfigurationError`. */
export function resolveMailSettings(variables: Variables): MailSettings {
  const transport = variables.EMAIL_TRANSPORT || "capture";
  switch (transport) {
    case "capture": {
      const url = variables.MAIL_CAPTURE_URL;
      return {
        transport,
        from: senderOf(variables.MAIL_FROM || captureSender),
        url: url ? webUrl("MAIL_CAPTURE_URL", url) : null,
      };
    }
    case "resend":
      return {
        transport,
        from: senderOf(variables.MAIL_FROM),
        url: webUrl("RESEND_URL", variables.RESEND_URL || "https://api.resend.com"),
        apiKey: requiredVariable(variables, "RESEND_API_KEY"),
      };
    case "smtp":
      return { transport, from: senderOf(variables.MAIL_FROM), server: smtpServerOf(variables) };
    default:
      throw new ConfigurationError(
        'EMAIL_TRANSPORT must be "capture" (the default), "resend" or "smtp"',
      );
  }
}

function senderOf(text: string | undefined): Mailbox {
  const mailbox = text ? parseMailbox(text) : null;
  if (mailbox) return mailbox;
  throw new ConfigurationError(
    'MAIL_FROM must be an e-mail address, alone or as "Name <address@example.com>"',
  );
}

/** `SMTP_URL`, or `SMTP_HOST` and the others one by one. */
function smtpServerOf(variables: Variables): SmtpServer {
  if (!variables.SMTP_URL) {
    const port = portOf("SMTP_PORT", variables.SMTP_PORT || "587");
    const user = variables.SMTP_USER;
    return {
      host: requiredVariable(variables, "SMTP_HOST"),
      port,
      secure: port === 465,
      credentials: user ? { user, password: requiredVariable(variables, "SMTP_PASS") } : null,
    };
  }
  const url = URL.parse(variables.SMTP_URL);
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === "") {
    throw new ConfigurationError("SMTP_URL must look like smtps://user:password@host:465");
  }
  const isSecure = url.protocol === "smtps:";
  const port = portOf("SMTP_URL", url.port || (isSecure ? "465" : "587"));
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    secure: isSecure || port === 465,
    credentials: url.username === "" ? null : {
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    },
  };
}

/** Port 25 is for servers among each other; where functions run it is blocked. */
function portOf(variable: string, text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535 && port !== 25) return port;
  throw new ConfigurationError(
    `${variable} must name a port such as 465, 587 or 2525; 25 is blocked`,
  );
}
