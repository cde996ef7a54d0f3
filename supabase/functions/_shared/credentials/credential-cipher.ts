import { decodeBase64, encodeBase64 } from "deno-std/encoding/base64.js";
import { Refusal } from "../domain/refusal.ts";
import type { Environment } from "../environment.ts";
import { onFirstUse } from "../on-first-use.ts";

/** Whose credential it is, at which provider, and which: a stored one is good for no other place. */
export interface CredentialPlace {
  artistId: string;
  providerId: string;
  field: "api_key" | "webhook_secret";
}

/** Encrypts what artists entrust to us, so that who reads the store reads no keys. */
export interface CredentialCipher {
  /** A different text at every call. */
  encrypt(credential: string, place: CredentialPlace): Promise<string>;
  /** The credential; null when it was encrypted with another key or for another place, or was tampered with. */
  decrypt(encrypted: string, place: CredentialPlace): Promise<string | null>;
}

/** The project's cipher. Throws `unavailable` where the operator has not set `CREDENTIALS_KEY`. */
export const credentialCipher = onFirstUse(({ credentialsKey }: Environment): CredentialCipher => {
  if (credentialsKey !== null) return createCredentialCipher(credentialsKey);
  throw new Refusal("unavailable", [{
    path: "CREDENTIALS_KEY",
    message: "Оператору сервиса: задайте переменную CREDENTIALS_KEY, 32 случайных байта в base64",
  }]);
});

const nonceLength = 12;

/**
 * AES-256-GCM with a random nonce; stored are nonce and ciphertext, base64. The place is authenticated with it.
 *
 * @param key 32 bytes
 */
export function createCredentialCipher(key: Uint8Array<ArrayBuffer>): CredentialCipher {
  const imported = crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
  return {
    async encrypt(credential, place) {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceLength));
      const sealed = await crypto.subtle.encrypt(
        parametersOf(nonce, place),
        await imported,
        new TextEncoder().encode(credential),
      );
      const stored = new Uint8Array(nonceLength + sealed.byteLength);
      stored.set(nonce);
      stored.set(new Uint8Array(sealed), nonceLength);
      return encodeBase64(stored);
    },

    async decrypt(encrypted, place) {
      try {
        const stored = decodeBase64(encrypted);
        const opened = await crypto.subtle.decrypt(
          parametersOf(stored.slice(0, nonceLength), place),
          await imported,
          stored.slice(nonceLength),
        );
        return new TextDecoder().decode(opened);
      } catch {
        return null;
      }
    },
  };
}

function parametersOf(
  nonce: Uint8Array<ArrayBuffer>,
  { artistId, providerId, field }: CredentialPlace,
): AesGcmParams {
  return {
    name: "AES-GCM",
    iv: nonce,
    additionalData: new TextEncoder().encode(`${artistId}:${providerId}:${field}`),
  };
}
