import type { Context } from "hono";
// The preset for short-lived instances: it builds its routes in less time.
import { Hono } from "hono/quick";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import type { Caller } from "../auth/caller.ts";
import { createIdentifyCaller, type IdentifyCaller } from "../auth/identify-caller.ts";
import { openDatabase } from "../database/open-database.ts";
import type { StorageBackend } from "../database/types.ts";
import { Refusal } from "../domain/refusal.ts";
import { isUuid } from "../domain/uuid.ts";
import { type Environment, resolveEnvironment } from "../environment.ts";
import type { Variables } from "../variables.ts";
import { HttpError } from "./errors.ts";
import { idempotencyOf } from "./idempotency.ts";
import { encodeCursor } from "./paging.ts";
import { renderError } from "./render-error.ts";
import type { Access, Answer, FunctionDefinition, Route } from "./route.ts";
import { parseInput } from "./validation.ts";

/** The longest campaign, every letter of it escaped, is less; files go to the storage buckets. */
const maximumBodyBytes = 1024 * 1024;

export interface FunctionVariables {
  Variables: { requestId: string };
}

/**
 * Builds the HTTP application of a function.
 *
 * @param variables the environment variables; a missing or malformed one throws `ConfigurationError`
 */
export function createApp(
  definition: FunctionDefinition,
  variables: Variables,
): Hono<FunctionVariables> {
  const environment = resolveEnvironment(variables);
  let opened: Promise<StorageBackend> | undefined;
  const storage = () => opened ??= openDatabase(environment);
  const identifyCaller = createIdentifyCaller(environment);
  const app = new Hono<FunctionVariables>({ strict: false }).basePath(`/${definition.name}`);

  app.use(async (context, next) => {
    const sent = context.req.header("x-request-id");
    const requestId = sent !== undefined && isUuid(sent) ? sent : crypto.randomUUID();
    context.set("requestId", requestId);
    await next();
    context.header("x-request-id", requestId);
  });
  app.use(cors({
    origin: "*",
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    allowHeaders: [
      "authorization",
      "apikey",
      "content-type",
      "idempotency-key",
      "x-client-info",
      "x-request-id",
    ],
    exposeHeaders: ["x-request-id", "idempotent-replayed", "retry-after"],
    maxAge: 86_400,
  }));
  app.use(bodyLimit({
    maxSize: maximumBodyBytes,
    onError: () => {
      throw new HttpError("too_large");
    },
  }));

  app.get("/health", async (context) => {
    const backend = await storage();
    const more = await definition.health?.(backend.open({ kind: "anonymous" }));
    const report = await backend.report?.();
    return context.json({
      success: true,
      status: "ok",
      storage_mode: backend.mode,
      ...report,
      ...more,
    });
  });
  app.get("/openapi.json", async (context) => {
    const { describeFunction } = await import("./openapi.ts");
    return context.json(await describeFunction(definition));
  });
  for (const path of ["/health", "/openapi.json"]) refuseOtherMethods(app, path, ["GET"]);
  for (const [path, routes] of routesByPath(definition.routes)) {
    for (const route of routes) {
      app.on(
        route.method,
        path,
        (context) => handleRoute(route, context, { environment, identifyCaller, storage }),
      );
    }
    refuseOtherMethods(app, path, routes.map(({ method }) => method));
  }
  app.notFound((context) => renderError(new Refusal("not_found"), context));
  app.onError(renderError);
  return app;
}

interface Backstage {
  environment: Environment;
  identifyCaller: IdentifyCaller;
  storage: () => Promise<StorageBackend>;
}

async function handleRoute(
  route: Route,
  context: Context<FunctionVariables>,
  { environment, identifyCaller, storage }: Backstage,
): Promise<Response> {
  const caller = await identifyCaller(context.req.raw);
  checkAccess(route.access, caller);
  const query = route.query ? parseInput(route.query, singleValues(context)) : undefined;
  const raw = {
    method: context.req.method,
    // Its bytes: decoding drops what no text has, a byte order mark for one, and with it the signature.
    body: new Uint8Array(route.rawBody ? await context.req.arrayBuffer() : []),
    header: (name: string) => context.req.header(name) ?? null,
  };
  const sent = route.body && !route.rawBody ? await jsonBody(context, route) : undefined;
  const body = route.body && !route.rawBody ? parseInput(route.body, sent) : undefined;
  const idempotency = route.idempotent ? await idempotencyOf(context.req.raw, sent) : null;
  const backend = await storage();
  const answer = await route.handle({
    caller,
    database: backend.open(caller),
    environment,
    parameter: (name) => pathParameter(context, name),
    query,
    body,
    idempotency,
    raw,
    asService: () => backend.open({ kind: "service" }),
  });
  return answer instanceof Response ? answer : render(answer, context);
}

function checkAccess(access: Access, caller: Caller): void {
  if (access === "anyone") return;
  if (caller.kind === "anonymous") throw new Refusal("unauthorized");
  const isAllowed = access === "service"
    ? caller.kind === "service"
    : caller.kind === "user" && (access === "user" || caller.isModerator);
  if (!isAllowed) throw new Refusal("forbidden");
}

/** No store can hold NUL or half a surrogate pair, so nothing has such an id. */
function pathParameter(context: Context, name: string): string {
  const value = context.req.param(name) ?? "";
  if (value.includes("\0") || !value.isWellFormed()) throw new Refusal("not_found");
  return value;
}

function singleValues(context: Context): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, [value, ...others]] of Object.entries(context.req.queries())) {
    if (others.length > 0) {
      throw new Refusal("validation_failed", [{ path: name, message: "Укажите один раз" }]);
    }
    values[name] = value;
  }
  return values;
}

async function jsonBody(context: Context, { bodyOptional }: Route): Promise<unknown> {
  const text = await context.req.text();
  if (bodyOptional && text === "") return {};
  const mediaType = context.req.header("content-type")?.split(";")[0].trim().toLowerCase();
  if (mediaType !== "application/json") throw new HttpError("unsupported_media_type");
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError("invalid_json");
  }
}

function render(answer: Answer, context: Context<FunctionVariables>): Response {
  if (answer.replayed) context.header("idempotent-replayed", "true");
  const { next } = answer;
  return context.json({
    success: true,
    data: answer.data,
    ...(next ? { next_cursor: next.position && encodeCursor(next.position, next.order) } : {}),
    ...(answer.message ? { message: answer.message } : {}),
  }, answer.status ?? 200);
}

/** Fixed paths before those with parameters, which would take `/mine` for an id. */
function routesByPath(routes: readonly Route[]): [string, Route[]][] {
  const byPath = [...Map.groupBy(routes, ({ path }) => path)];
  const hasParameter = ([path]: [string, Route[]]) => path.includes(":");
  return [
    ...byPath.filter((entry) => !hasParameter(entry)),
    ...byPath.filter((entry) => hasParameter(entry)),
  ];
}

/** A known path with another method is 405 and names the methods it has. */
function refuseOtherMethods(
  app: Hono<FunctionVariables>,
  path: string,
  methods: readonly string[],
): void {
  app.all(path, (context) => {
    context.header("allow", methods.join(", "));
    throw new HttpError("method_not_allowed");
  });
}
