import { resignAccessToken } from "./access-token.ts";
import type { EmbeddedSupabase } from "./embedded-supabase.ts";
import type { FunctionHost } from "./function-host.ts";
import { getUser, putLocalUser } from "./local-users.ts";
import type { Mailbox } from "./mailbox.ts";
import type { LocalKeys } from "./local-keys.ts";
import { StartError } from "./start-error.ts";

export interface BackendRequest {
  method: string;
  /** With the query. */
  path: string;
}

export interface Services {
  keys: LocalKeys;
  supabase: EmbeddedSupabase;
  mailbox: Mailbox;
  functions?: FunctionHost;
}

/** The one address of the local stack. */
export interface Gateway {
  url: string;
  /** Every request that reached the Data API, Auth or Storage, oldest first. */
  backendRequests: BackendRequest[];
  /** Puts the services behind the address; until then it answers 503. */
  open(services: Services): void;
  /** Lets the requests under way finish, two seconds at most. May be called again. */
  close(): Promise<void>;
}

const BACKEND_PATH = /^\/(rest|auth|storage)\/v1(\/|$)/;
const ADMIN_USER_PATH = /^\/auth\/v1\/admin\/users\/([0-9a-f-]{36})$/i;
const FUNCTION_PATH = /^\/functions\/v1\/([^/]+)/;
/** A stack that runs for days must not grow for ever. */
const REQUESTS_KEPT = 100_000;

/**
 * Takes the port, so that a taken one is known before anything slow begins.
 *
 * @throws StartError when it is taken or not allowed.
 */
export function listen(port: number): Gateway {
  const backendRequests: BackendRequest[] = [];
  let services: Services | undefined;
  let closing: Promise<void> | undefined;
  const abort = new AbortController();
  const server = serve(port, abort.signal, async (request) => {
    if (!services) {
      return Response.json({ message: "The local stack is starting" }, { status: 503 });
    }
    return await route(request, services, url, backendRequests);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    backendRequests,
    open: (opened) => services = opened,
    close: () => closing ??= closeServer(server, abort),
  };
}

async function closeServer(server: Deno.HttpServer, abort: AbortController): Promise<void> {
  const timer = setTimeout(() => abort.abort(), 2000);
  await server.shutdown();
  clearTimeout(timer);
}

function serve(
  port: number,
  signal: AbortSignal,
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({ hostname: "127.0.0.1", port, signal, onListen: () => {} }, handler);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new StartError(
        `PORT ${port} is taken by another program: stop it, or set PORT to a free port (0 finds one).`,
        { cause: error },
      );
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new StartError(`PORT ${port} may not be used: set PORT to a number above 1023.`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function route(
  request: Request,
  { keys, supabase, mailbox, functions }: Services,
  url: string,
  backendRequests: BackendRequest[],
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const name = pathname.match(FUNCTION_PATH)?.[1];
  if (name) {
    if (!functions?.names.includes(name)) {
      return Response.json(
        { code: "NOT_FOUND", message: "Requested function was not found" },
        { status: 404 },
      );
    }
    // No `Request` can be made of it.
    if (request.method === "TRACE") return new Response(null, { status: 405 });
    // The platform hands the path over from the function's name on.
    const target = new URL(pathname.slice("/functions/v1".length) + search, url);
    // Without the request's signal: Deno.serve aborts it after every answer.
    const { method, headers, body } = request;
    return await functions.fetch(name, new Request(target, { method, headers, body }));
  }
  if (BACKEND_PATH.test(pathname)) {
    backendRequests.push({ method: request.method, path: pathname + search });
    if (backendRequests.length > REQUESTS_KEPT) backendRequests.shift();
    const userId = pathname.match(ADMIN_USER_PATH)?.[1];
    if (userId && request.method === "GET") {
      return await getUser(request, userId, keys, supabase.database);
    }
    const response = await supabase.fetch(request);
    return pathname.startsWith("/auth/") ? await resignTokens(response, keys, url) : response;
  }
  if (pathname === "/_mail") return await mailbox.fetch(request);
  if (pathname === "/_local/users" && request.method === "PUT") {
    return await putLocalUser(request, keys, supabase.database);
  }
  return Response.json({ message: `Nothing is served at ${pathname}` }, { status: 404 });
}

/** Gives the access token of an Auth answer the `kid` that functions ask for. */
async function resignTokens(response: Response, keys: LocalKeys, url: string): Promise<Response> {
  if (!response.headers.get("content-type")?.startsWith("application/json")) return response;
  const text = await response.text();
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  const { status } = response;
  const body: unknown = text === "" ? null : JSON.parse(text);
  if (!isSession(body)) return new Response(text, { status, headers });
  const access_token = await resignAccessToken(
    body.access_token,
    body.user ?? {},
    keys.jwtSecret,
    url,
  );
  return new Response(JSON.stringify({ ...body, access_token }), { status, headers });
}

function isSession(body: unknown): body is { access_token: string; user?: object } {
  return typeof body === "object" && body !== null && "access_token" in body &&
    typeof body.access_token === "string";
}
