import { decodeBase64Url, encodeBase64Url } from "deno-std/encoding/base64url.js";
import { Refusal } from "../domain/refusal.ts";
import type { Environment } from "../environment.ts";
import { onFirstUse } from "../on-first-use.ts";
import { isMailAddress } from "./mailbox.ts";

/** Whom somebody does not want mail from, and at which address. */
export interface Unsubscription {
  artistId: string;
  address: string;
}

/**
 * The links by which people leave an artist's list: no login, and good for as long as the key, whatever becomes of the
 * campaign they came with. A token is `{artist}|{address}` and its HMAC-SHA256, so that nobody can unsubscribe others.
 */
export class UnsubscribeLinks {
  private readonly key: Promise<CryptoKey>;

  constructor(secret: string, private readonly functionsUrl: string) {
    this.key = crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign", "verify"],
    );
  }

  async linkFor(unsubscription: Unsubscription): Promise<string> {
    return this.linkWith(await this.tokenFor(unsubscription));
  }

  linkWith(token: string): string {
    return `${this.functionsUrl}/campaigns/unsubscribe?token=${token}`;
  }

  async tokenFor({ artistId, address }: Unsubscription): Promise<string> {
    const content = new TextEncoder().encode(`${artistId}|${address.toLowerCase()}`);
    const signature = await crypto.subtle.sign("HMAC", await this.key, content);
    return `${encodeBase64Url(content)}.${encodeBase64Url(signature)}`;
  }

  /** What a token says; null when it is not ours. */
  async verify(token: string): Promise<Unsubscription | null> {
    const [content, signature, ...more] = token.split(".").map(bytesOf);
    if (!content || !signature || more.length > 0) return null;
    // The comparison takes the same time however much of the signature is right.
    if (!await crypto.subtle.verify("HMAC", await this.key, signature, content)) return null;
    const text = new TextDecoder().decode(content);
    // An address may have the separator in it, an artist's id has not.
    const separator = text.indexOf("|");
    const [artistId, address] = [text.slice(0, separator), text.slice(separator + 1)];
    return isMailAddress(address) ? { artistId, address } : null;
  }
}

/** The project's links. Throws `unavailable` where the operator has not set `UNSUBSCRIBE_KEY`. */
export const unsubscribeLinks = onFirstUse(({ campaigns }: Environment): UnsubscribeLinks => {
  const { unsubscribeKey, functionsUrl } = campaigns;
  if (unsubscribeKey !== null) return new UnsubscribeLinks(unsubscribeKey, functionsUrl);
  throw new Refusal("unavailable", [{
    path: "UNSUBSCRIBE_KEY",
    message: "Оператору сервиса: задайте переменную UNSUBSCRIBE_KEY, не короче 32 символов",
  }]);
});

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return decodeBase64Url(text);
  } catch {
    return null;
  }
}
