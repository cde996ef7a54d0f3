import {
  type Mail,
  type MailOutcome,
  MailProviderError,
  refusalReason,
} from "../../supabase/functions/_shared/delivery/mail-transport.ts";
import { openTransports } from "./dispatch.ts";

/**
 * A mail provider that knows idempotency keys: what it has answered to a key it answers again, and the key with other
 * words is used. It looks at the key before it judges the words.
 */
export class KeyedProvider {
  /** Addresses it will not have; unless it is permissive, it refuses all of a request that has one. */
  readonly unwanted = new Set<string>();
  /** Where messages arrived, each as often as it went out. */
  readonly arrived: string[] = [];
  /** The keys of all requests that reached it. */
  readonly keys: string[] = [];
  /** So many requests do not reach it, and so many answers are lost on their way back. */
  lostRequests = 0;
  lostAnswers = 0;
  private readonly answers = new Map<string, { asked: string; answer: MailOutcome[] | null }>();

  readonly transports = openTransports({
    knowsKeys: true,
    mail: (mails, key) => {
      const lost = new MailProviderError("connection reset", "unknown");
      if (this.lostRequests-- > 0) return Promise.reject(lost);
      const answer = this.answer(mails, key);
      if (this.lostAnswers-- > 0) return Promise.reject(lost);
      return answer instanceof MailProviderError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  }).transports;

  constructor(
    private readonly habits: {
      /** Whether a key is used up by a request that was refused, too. */
      remembersRefusals?: boolean;
      /** Whether it takes the other messages of a request, and names those it will not have. */
      permissive?: boolean;
    } = {},
  ) {}

  private answer(mails: readonly Mail[], key: string): MailOutcome[] | MailProviderError {
    this.keys.push(key);
    const asked = JSON.stringify(mails);
    const before = this.answers.get(key);
    if (before && before.asked !== asked) {
      return new MailProviderError("409: another body", "key_used", 409);
    }
    const answer = before ? before.answer : this.judge(mails);
    if (answer || this.habits.remembersRefusals) this.answers.set(key, { asked, answer });
    return answer ?? new MailProviderError("422: no words", "refused", 422);
  }

  /** Null: refused as a whole. */
  private judge(mails: readonly Mail[]): MailOutcome[] | null {
    const addresses = mails.map(({ to }) => to.address);
    const wanted = addresses.filter((address) => !this.unwanted.has(address));
    if (wanted.length < addresses.length && !this.habits.permissive) return null;
    this.arrived.push(...wanted);
    return addresses.map((address) =>
      wanted.includes(address)
        ? { accepted: true, providerMessageId: null }
        : { accepted: false, reason: refusalReason("Invalid `to` field"), permanent: true }
    );
  }
}
