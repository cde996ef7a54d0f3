import type { Transporter } from "nodemailer";
import type { MailSettings, SmtpServer } from "./mail-settings.ts";
import { headerText } from "./mailbox.ts";
import {
  type Mail,
  type Mailbox,
  type MailOutcome,
  MailProviderError,
  type MailTransport,
  refusalReason,
} from "./mail-transport.ts";

/** Milliseconds. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

/** Mail through an SMTP server. Servers know no idempotency: what is sent again arrives again. */
export async function createSmtpTransport(
  { server, from }: Extract<MailSettings, { transport: "smtp" }>,
): Promise<MailTransport> {
  const transporter = await connect(server);
  return {
    name: "smtp",
    sender: from,
    knowsKeys: false,
    async send(mails) {
      const attempts = await Promise.all(mails.map((mail) => sendOne(transporter, mail)));
      const untried = attempts.find((attempt) => attempt instanceof MailProviderError);
      if (untried && attempts.every((attempt) => attempt instanceof MailProviderError)) {
        throw untried;
      }
      return attempts.map((attempt) =>
        attempt instanceof MailProviderError
          ? { accepted: false, reason: attempt.notice, permanent: false }
          : attempt
      );
    },
  };
}

async function connect({ host, port, secure, credentials }: SmtpServer): Promise<Transporter> {
  // Larger than any of the functions, and needed by this transport alone.
  const { createTransport } = await import("nodemailer");
  return createTransport({
    host,
    port,
    secure,
    // Passwords and addresses do not travel in the clear, but to this very machine.
    requireTLS: !secure && !isLoopback(host),
    ...(credentials ? { auth: { user: credentials.user, pass: credentials.password } } : {}),
    pool: true,
    maxConnections: 5,
    // A message whose connection broke may have been taken: whether to try again is not the pool's to decide.
    maxRequeues: 0,
    idleTimeout: 1000,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeouts,
  });
}

async function sendOne(
  transporter: Transporter,
  { to, from, subject, text, html, headers }: Mail,
): Promise<MailOutcome | MailProviderError> {
  const { "Message-ID": messageId, ...others } = headers;
  try {
    const sent = await transporter.sendMail({
      from: addressOf(from),
      to: addressOf(to),
      subject: headerText(subject),
      text,
      html: html ?? undefined,
      messageId,
      headers: Object.entries(others).map(([key, value]) => ({ key, value: headerText(value) })),
    });
    return { accepted: true, providerMessageId: sent.messageId };
  } catch (error) {
    const { responseCode, code, response } = error as SmtpError;
    if (responseCode === undefined || code === "EAUTH") {
      return new MailProviderError(
        `The mail server failed: ${code ?? "no answer"}`,
        code === "EAUTH" ? "refused" : "unknown",
        responseCode,
        { cause: error },
      );
    }
    return {
      accepted: false,
      reason: refusalReason(headerText(response ?? `${responseCode}`).slice(0, 300)),
      permanent: responseCode >= 500,
    };
  }
}

interface SmtpError {
  /** nodemailer's own, such as ECONNECTION. */
  code?: string;
  /** The server's, such as 550; missing when it said nothing. */
  responseCode?: number;
  response?: string;
}

function addressOf({ address, name }: Mailbox) {
  return { address, name: headerText(name ?? "") };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
