import type { PushMessage, PushTransport } from "./push-transport.ts";

/** As many as a person looks at. */
const keptInMemory = 100;

/** A transport that sends nothing and keeps what it was given. */
export interface PushCapture extends PushTransport {
  /** The last messages, oldest first. */
  readonly captured: readonly PushMessage[];
}

export function createPushCapture(): PushCapture {
  const captured: PushMessage[] = [];
  return {
    name: "capture",
    captured,
    send(message) {
      captured.push(message);
      if (captured.length > keptInMemory) captured.shift();
      return Promise.resolve({ accepted: true });
    },
  };
}
