import type { PushSubscription } from "../domain/push-subscription.ts";

/** One message to one browser. */
export interface PushMessage {
  to: PushSubscription;
  /** The notification's id: of several messages with one id the browser shows one. */
  id: string;
  title: string;
  body: string;
  /** What the message opens; null: the application. */
  link: string | null;
}

/** What became of a message, as far as the push service told. */
export type PushOutcome =
  | { accepted: true }
  /**
   * `gone`: the subscription is no more. `permanent`: trying again is of no use. `reason` is for the person; it
   * holds no secret, and nothing of the endpoint but its host.
   */
  | { accepted: false; reason: string; permanent: boolean; gone: boolean };

/** A way to send push messages. */
export interface PushTransport {
  readonly name: "capture" | "webpush";
  /** Sends one message; does not throw for what a push service or the network does. */
  send(message: PushMessage): Promise<PushOutcome>;
}
