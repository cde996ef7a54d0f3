import { decodeJwt, SignJWT, UnsecuredJWT } from "jose";
import type { LocalStack } from "../../local/stack.ts";

/** Somebody who is signed in on a stack. */
export interface Person {
  /** A fresh UUID. */
  id: string;
  email: string;
  token: string;
}

/** A person nobody has met before. `appRole` is what makes a moderator. */
export async function signIn(
  stack: LocalStack,
  { id = crypto.randomUUID(), email = `${crypto.randomUUID()}@example.com`, appRole }: {
    id?: string;
    email?: string;
    appRole?: "moderator" | "admin";
  } = {},
): Promise<Person> {
  const token = await stack.signToken({
    sub: id,
    email,
    app_metadata: appRole ? { role: appRole } : {},
  });
  return { id, email, token };
}

/** `Authorization` values that must never open anything, by what is wrong with them. */
export async function badAuthorizations(stack: LocalStack): Promise<Record<string, string>> {
  const { token } = await signIn(stack);
  const [header, payload, signature] = token.split(".");
  const claims = decodeJwt(token);
  const moderator = { ...claims, app_metadata: { role: "moderator" } };
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  const sign = (changes: Record<string, unknown>, protectedHeader = {}, secret = stack.jwtSecret) =>
    new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ alg: "HS256", kid: "local", typ: "JWT", ...protectedHeader })
      .sign(new TextEncoder().encode(secret));

  const tokens: Record<string, string> = {
    "a forged signature": `${header}.${payload}.${flipFirstCharacter(signature)}`,
    "no signature": `${header}.${payload}.`,
    "claims changed under the signature": `${header}.${base64Url(moderator)}.${signature}`,
    "alg none": new UnsecuredJWT(claims).encode(),
    "alg none with a kid": `${base64Url({ alg: "none", kid: "local", typ: "JWT" })}.${payload}.`,
    "alg NONE and the signature of another": `${
      base64Url({ alg: "NONE", kid: "local" })
    }.${payload}.${signature}`,
    "another algorithm with the project's secret": await sign({}, { alg: "HS512" }),
    "another project's secret": await sign({}, {}, crypto.randomUUID() + crypto.randomUUID()),
    "no kid": await sign({}, { kid: undefined }),
    "an unknown kid": await sign({}, { kid: "elsewhere" }),
    "a key of its own in the header": await sign(
      {},
      { jwk: { kty: "oct", k: base64Url("mine") }, kid: "mine" },
      "mine",
    ),
    "expired an hour ago": await sign({ iat: inAnHour - 10_800, exp: inAnHour - 7200 }),
    "not valid before tomorrow": await sign({ nbf: inAnHour + 86_400, exp: inAnHour + 90_000 }),
    "no exp": await sign({ exp: undefined }),
    "an exp that is no number": await sign({ exp: "never" }),
    "role service_role": await sign({ role: "service_role" }),
    "role anon": await sign({ role: "anon" }),
    "role moderator": await sign({ role: "moderator" }),
    "no role": await sign({ role: undefined }),
    "no sub": await sign({ sub: undefined }),
    "a sub that is no UUID": await sign({ sub: "demo-user" }),
    "a sub with more behind the UUID": await sign({ sub: `${crypto.randomUUID()},or` }),
    "text that is no token": "abc",
    "a token of two parts": `${header}.${payload}`,
    "a very long text": "a".repeat(20_000),
    "the secret key, which belongs into apikey": stack.secretKey,
    "the JWT secret": stack.jwtSecret,
  };
  const values = Object.fromEntries(
    Object.entries(tokens).map(([flaw, text]) => [flaw, `Bearer ${text}`]),
  );
  return {
    ...values,
    "no scheme": token,
    "another scheme": `Basic ${token}`,
    "the scheme alone": "Bearer",
    "an empty token": "Bearer ",
    "an empty value": "",
    "two tokens": `Bearer ${token} ${token}`,
    "two schemes": `Bearer Bearer ${token}`,
    "a comma and another": `Bearer ${token}, Bearer ${token}`,
  };
}

function flipFirstCharacter(text: string): string {
  return (text.startsWith("A") ? "B" : "A") + text.slice(1);
}

function base64Url(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
}
