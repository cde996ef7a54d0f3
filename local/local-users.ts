import * as z from "zod/mini";
import type { Database } from "./database.ts";
import type { LocalKeys } from "./local-keys.ts";

const localUser = z.strictObject({
  id: z.guid(),
  email: z.optional(z.email()),
  /** Whether the address counts as verified. */
  confirmed: z.optional(z.boolean()),
});

/**
 * `GET /auth/v1/admin/users/{id}`, of Auth's admin API, which the embedded Auth does not have: what tells whether an
 * account exists.
 */
export async function getUser(
  request: Request,
  id: string,
  keys: LocalKeys,
  database: Database,
): Promise<Response> {
  if (request.headers.get("apikey") !== keys.secretKey) {
    return Response.json({ code: 401, error_code: "no_authorization" }, { status: 401 });
  }
  const [user] = await database.query(
    "select id, aud, role, email, email_confirmed_at from auth.users where id = $1",
    [id],
  );
  if (user) return Response.json(user);
  const notFound = { code: 404, error_code: "user_not_found", msg: "User not found" };
  return Response.json(notFound, { status: 404 });
}

/**
 * `PUT /_local/users`, for the secret key only: makes the account a local token speaks for, or changes it. Without an
 * `email` the account keeps the one it has.
 */
export async function putLocalUser(
  request: Request,
  keys: LocalKeys,
  database: Database,
): Promise<Response> {
  if (request.headers.get("apikey") !== keys.secretKey) {
    return Response.json({ message: "Only the secret key may do this" }, { status: 401 });
  }
  const user = localUser.safeParse(await request.json().catch(() => undefined));
  if (!user.success) {
    const message = "The account needs an id that is a UUID, and its email must be an address";
    return Response.json({ message }, { status: 400 });
  }
  const { id, email = null, confirmed = true } = user.data;
  try {
    await database.query(
      `insert into auth.users (id, aud, role, email, email_confirmed_at, created_at, updated_at)
       values ($1, 'authenticated', 'authenticated', lower($2::text), $3::timestamptz, now(), now())
       on conflict (id) do update set
         email = coalesce(excluded.email, users.email),
         email_confirmed_at = excluded.email_confirmed_at,
         updated_at = now()`,
      [id, email, confirmed ? new Date().toISOString() : null],
    );
  } catch (error) {
    if (Reflect.get(Object(error), "code") !== "23505") throw error;
    return Response.json({ message: `Another account has ${email}` }, { status: 409 });
  }
  return Response.json({ id, email, confirmed });
}
