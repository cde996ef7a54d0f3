// node scripts/vapid-keys.mjs: makes a pair of VAPID keys for Web Push, as settings of the functions.
import { createECDH } from "node:crypto";

const keys = createECDH("prime256v1");
keys.generateKeys();
// A private key that begins with zeros is given without them.
const privateKey = Buffer.concat([Buffer.alloc(32), keys.getPrivateKey()]).subarray(-32);

console.log(`PUSH_TRANSPORT=webpush
VAPID_SUBJECT=mailto:admin@example.com
VAPID_PUBLIC_KEY=${keys.getPublicKey("base64url")}
VAPID_PRIVATE_KEY=${privateKey.toString("base64url")}`);
