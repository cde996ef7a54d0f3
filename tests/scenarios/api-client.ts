import assert from "node:assert/strict";
import type { Hono } from "hono";
import * as z from "zod/mini";
import type { LocalStack } from "../../local/stack.ts";
import type { FunctionVariables } from "../../supabase/functions/_shared/http/create-app.ts";
import type { ErrorCode } from "../../supabase/functions/_shared/http/errors.ts";
import type { FunctionDefinition, Route } from "../../supabase/functions/_shared/http/route.ts";
import type { Person } from "../support/caller-tokens.ts";

export interface RequestOptions {
  /** Who asks; a visitor without any credentials unless said otherwise. */
  as?: Person | "service";
  query?: Record<string, string | number>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  rawBody?: BodyInit;
  headers?: Record<string, string>;
}

export interface Reply<Data = unknown> {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed JSON; an empty object when the answer is none. */
  body: {
    success?: boolean;
    data: Data;
    next_cursor?: string | null;
    message?: string;
    error?: string;
    code?: string;
    details?: { path: string; message: string }[];
    request_id?: string;
    [other: string]: unknown;
  };
}

/** Sends requests to functions and holds every answer against its declared shape. */
export interface ApiClient {
  send<Data = unknown>(
    method: string,
    path: string,
    options?: RequestOptions,
  ): Promise<Reply<Data>>;
  /** As `send`, for requests that must succeed: answers their `data`. */
  data<Data>(method: string, path: string, options?: RequestOptions): Promise<Data>;
}

/** The status of each code as the HTTP contract has it. */
export const statusOf: Record<ErrorCode, number> = {
  invalid_json: 400,
  validation_failed: 400,
  invalid_cursor: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  invalid_transition: 409,
  sold_out: 409,
  insufficient_coins: 409,
  already_promoted: 409,
  conflict: 409,
  idempotency_in_flight: 409,
  too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
};

const failure = z.strictObject({
  success: z.literal(false),
  error: z.string().check(z.regex(/[А-Яа-я]/)),
  code: z.enum(Object.keys(statusOf)),
  details: z.optional(
    z.array(z.strictObject({ path: z.string(), message: z.string().check(z.regex(/[А-Яа-я]/)) }))
      .check(z.minLength(1)),
  ),
  request_id: z.uuid(),
});

interface RunningFunction {
  definition: FunctionDefinition;
  app: Hono<FunctionVariables>;
}

export function createApiClient(functions: RunningFunction[], stack: LocalStack): ApiClient {
  const client: ApiClient = {
    async send<Data>(method: string, path: string, options: RequestOptions = {}) {
      const name = path.split(/[/?]/)[1];
      const running = functions.find(({ definition }) => definition.name === name);
      assert.ok(running, `no function serves ${path}`);
      const response = await running.app.request(urlOf(path, options), {
        method,
        ...requestOf(options, stack),
      });
      const reply = await replyOf<Data>(response);
      const route = routeOf(running.definition, method, path);
      await checkAnswer(reply, `${method} ${path}`, running.definition, route);
      return reply;
    },
    async data<Data>(method: string, path: string, options?: RequestOptions) {
      const reply = await client.send<Data>(method, path, options);
      assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`);
      return reply.body.data;
    },
  };
  return client;
}

/** Asserts that a request was refused with `code`, naming exactly these fields when given. */
export function assertRefused(reply: Reply, code: ErrorCode, paths?: string[]): void {
  const { status, body, text } = reply;
  assert.equal(`${status} ${body.code}`, `${statusOf[code]} ${code}`, text);
  if (paths) assert.deepEqual((body.details ?? []).map(({ path }) => path), paths, text);
}

function urlOf(path: string, { query = {} }: RequestOptions): string {
  const parameters = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  );
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}

function requestOf({ as, body, rawBody, headers = {} }: RequestOptions, stack: LocalStack) {
  const credentials: Record<string, string> = as === undefined
    ? {}
    : as === "service"
    ? { apikey: stack.secretKey }
    : { apikey: stack.publishableKey, authorization: `Bearer ${as.token}` };
  return {
    headers: {
      ...credentials,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: rawBody ?? (body === undefined ? undefined : JSON.stringify(body)),
  };
}

async function replyOf<Data>(response: Response): Promise<Reply<Data>> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? JSON.parse(text) : {},
  };
}

/** The declared route that answers, if any: the first in the function's own order. */
function routeOf(definition: FunctionDefinition, method: string, path: string): Route | undefined {
  const pathname = path.replace(/\?.*$/, "").slice(`/${definition.name}`.length) || "/";
  // Every function has these two beside its declared routes.
  if (pathname === "/health" || pathname === "/openapi.json") return undefined;
  return definition.routes.find((route) =>
    route.method === method &&
    new RegExp(`^${route.path.replace(/:\w+/g, "[^/]+").replaceAll(".", "\\.")}$`).test(pathname)
  );
}

async function checkAnswer(
  reply: Reply,
  what: string,
  definition: FunctionDefinition,
  route: Route | undefined,
): Promise<void> {
  const { status, headers, body, text } = reply;
  const about = `${what} → ${status} ${text.slice(0, 500)}`;
  assert.match(headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/i, about);
  if (status >= 400) {
    const parsed = failure.safeParse(body);
    assert.ok(parsed.success, `${about}: ${parsed.error && z.prettifyError(parsed.error)}`);
    assert.equal(status, statusOf[parsed.data.code as ErrorCode], about);
    assert.equal(headers.get("x-request-id"), parsed.data.request_id, about);
    return;
  }
  if (route === undefined) return;
  assert.equal(status, route.answers.status, about);
  if (status === 204) return assert.equal(text, "", about);
  if (route.answers.mediaType) {
    assert.ok(headers.get("content-type")?.startsWith(route.answers.mediaType), about);
    return;
  }
  const schemas = await definition.answerSchemas?.() ?? {};
  const named = schemas[route.answers.schema ?? ""];
  assert.ok(named, `${what}: no schema named ${route.answers.schema}`);
  const whole = route.answers.bare ? named : z.strictObject({
    success: z.literal(true),
    data: route.answers.list ? z.array(named) : named,
    message: z.optional(z.string()),
    next_cursor: route.answers.list ? z.nullable(z.string()) : z.optional(z.nullable(z.string())),
  });
  const parsed = z.safeParse(whole, body);
  assert.ok(parsed.success, `${about}: ${parsed.error && z.prettifyError(parsed.error)}`);
}
