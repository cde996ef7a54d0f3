import { SMTPServer } from "smtp-server";

/** A message as it arrived. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** Headers and body, byte for byte. */
  raw: string;
}

/** A mail server on loopback that keeps what it is given. */
export interface SmtpInbox {
  port: number;
  received: ReceivedMail[];
  /** What it says to recipients it refuses, by address. */
  refusals: Map<string, { code: number; message: string }>;
  close(): Promise<void>;
}

export async function startSmtpInbox(
  { credentials }: { credentials?: { user: string; password: string } } = {},
): Promise<SmtpInbox> {
  const received: ReceivedMail[] = [];
  const refusals = new Map<string, { code: number; message: string }>();
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: credentials === undefined,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      const isRight = username === credentials?.user && password === credentials?.password;
      if (isRight) done(null, { user: username });
      else done(new Error("Wrong password"));
    },
    onRcptTo({ address }, _session, done) {
      const refusal = refusals.get(address);
      if (!refusal) return done();
      done(Object.assign(new Error(refusal.message), { responseCode: refusal.code }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Uint8Array[] = [];
      stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      stream.on("end", () => {
        received.push({
          from: envelope.mailFrom === false ? "" : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          raw: new TextDecoder().decode(join(chunks)),
        });
        done();
      });
    },
  });
  const listening = Promise.withResolvers<number>();
  const socket = server.listen(0, "127.0.0.1", () => {
    const address = socket.address();
    if (address === null || typeof address === "string") listening.reject(new Error("no port"));
    else listening.resolve(address.port);
  });
  return {
    port: await listening.promise,
    received,
    refusals,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function join(chunks: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
