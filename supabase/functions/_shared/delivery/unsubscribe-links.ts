import { decodeBase64Url, encodeBase64Url } from "deno-std/encoding/base64url.js";
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
    const [artistId, address] = new TextDecoder().decode(content).split("|");
    return isMailAddress(address) ? { artistId, address } : null;
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return decodeBase64Url(text);
  } catch {
    return null;
  }
}
