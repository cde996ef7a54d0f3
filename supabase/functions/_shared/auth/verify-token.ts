import { verifyCredentials } from "@supabase/server/core";
import type { Environment } from "../environment.ts";

/** The claims of an access token that the project signed and that has not expired, else null. */
export async function verifyToken(token: string, environment: Environment) {
  const { data } = await verifyCredentials({ token, apikey: null }, {
    auth: "user",
    env: { url: environment.supabaseUrl, jwks: environment.jwks },
  });
  return data?.jwtClaims ?? null;
}
