import assert from "node:assert/strict";
import {
  createCredentialCipher,
  type CredentialPlace,
} from "../../supabase/functions/_shared/credentials/credential-cipher.ts";

const key = new Uint8Array(32).fill(7);
const cipher = createCredentialCipher(key);
const place: CredentialPlace = { artistId: "artist", providerId: "kassir", field: "api_key" };

Deno.test("a credential comes back as it was, whatever it holds", async () => {
  for (const credential of ["", "key-1234567890", "ключ 🎸", "a".repeat(5000)]) {
    assert.equal(await cipher.decrypt(await cipher.encrypt(credential, place), place), credential);
  }
});

Deno.test("the same credential looks different every time, and never like itself", async () => {
  const texts = new Set<string>();
  for (let time = 0; time < 100; time++) {
    const text = await cipher.encrypt("key-1234567890", place);
    assert.match(text, /^[A-Za-z0-9+/]+={0,2}$/);
    assert.ok(!atob(text).includes("1234567890"));
    // A nonce of 12 bytes, a tag of 16.
    assert.equal(atob(text).length, 12 + "key-1234567890".length + 16);
    texts.add(text.slice(0, 16));
  }
  assert.equal(texts.size, 100);
});

Deno.test("it is good for its own place and key alone, and only untouched", async () => {
  const text = await cipher.encrypt("key-1234567890", place);
  const elsewhere: CredentialPlace[] = [
    { ...place, artistId: "another" },
    { ...place, providerId: "afisha" },
    { ...place, field: "webhook_secret" },
  ];
  for (const other of elsewhere) assert.equal(await cipher.decrypt(text, other), null);
  const otherKey = createCredentialCipher(new Uint8Array(32).fill(8));
  assert.equal(await otherKey.decrypt(text, place), null);
  for (let index = 0; index < text.length; index += 7) {
    const touched = text.slice(0, index) + (text[index] === "A" ? "B" : "A") +
      text.slice(index + 1);
    assert.equal(await cipher.decrypt(touched, place), null, `character ${index}`);
  }
  for (const nonsense of ["", "A", "не base64", text.slice(0, 20)]) {
    assert.equal(await cipher.decrypt(nonsense, place), null, nonsense);
  }
});
