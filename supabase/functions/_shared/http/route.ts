import type * as z from "zod/mini";
import type { Caller, UserCaller } from "../auth/caller.ts";
import type { Database } from "../database/types.ts";
import type { Idempotency } from "../domain/idempotency.ts";
import type { Position } from "../domain/paging.ts";
import type { Environment } from "../environment.ts";
import type { ListOrder } from "./paging.ts";

/** Who may call a route. What the caller may see or change behind it is decided by the access rules. */
export type Access = "anyone" | "user" | "moderator" | "service";

/** The caller a handler of a route with that access can count on. */
export type CallerWith<Allowed extends Access> = Allowed extends "user" | "moderator" ? UserCaller
  : Caller;

/** What a route's handler is given: everything parsed and checked. */
export interface RouteRequest<Allowed extends Access, Query, Body> {
  caller: CallerWith<Allowed>;
  database: Database;
  /** For what a handler opens itself, such as the way to send mail: only its own function carries that. */
  environment: Environment;
  /** A parameter of the path, such as the `id` of `/:id`. */
  parameter(name: string): string;
  query: Query;
  body: Body;
  /** Of a route that honours `Idempotency-Key`: the key sent, if any. */
  idempotency: Idempotency | null;
  /** Of a route with `rawBody`: the body as it was sent, which is what was signed, and the headers. */
  raw: RawRequest;
  /** The store as the backend itself uses it: for a sender whose signature the handler has verified. */
  asService(): Database;
}

/** A request before anything was made of it. */
export interface RawRequest {
  /** HEAD, too, comes to the route for GET. */
  method: string;
  body: Uint8Array<ArrayBuffer>;
  header(name: string): string | null;
}

/** What a handler answers: rendered as `{"success":true,"data":...}`. */
export interface Answer {
  data: unknown;
  /** 200 unless said otherwise. */
  status?: 200 | 201;
  /** For people, in Russian. */
  message?: string;
  /** Of a list: where the next page starts, and what the list is ordered by. */
  next?: { position: Position | null; order: ListOrder };
  /** The answer was remembered from an earlier request with the same `Idempotency-Key`. */
  replayed?: boolean;
}

/** One route of a function: the single place that says who may call it, what it takes and what it does. */
export interface Route {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the function's name, `/:id` style; the function's root is "/". */
  path: string;
  summary: string;
  access: Access;
  query?: z.ZodMiniType;
  body?: z.ZodMiniType;
  /** No body at all is as good as `{}`. */
  bodyOptional?: boolean;
  /**
   * The sender is known by a signature over the body: the handler gets it unparsed, verifies it, and only then parses
   * it. `body` is what it describes itself with.
   */
  rawBody?: boolean;
  /** Honours `Idempotency-Key`. */
  idempotent?: boolean;
  /** What it answers, for the OpenAPI document: a schema's name, a list of it, another media type, or nothing. */
  answers: RouteAnswer;
  handle(request: RouteRequest<Access, unknown, unknown>): Promise<Answer | Response>;
}

export interface RouteAnswer {
  status: 200 | 201 | 204;
  /** The name of a schema among the function's `answerSchemas`. */
  schema?: string;
  list?: boolean;
  /** The schema is the whole answer, not its `data`. */
  bare?: boolean;
  mediaType?: string;
}

/** A route whose handler's types follow from its declaration. */
export function defineRoute<Allowed extends Access, Query = undefined, Body = undefined>(
  route:
    & Omit<Route, "access" | "query" | "body" | "handle">
    & {
      access: Allowed;
      query?: z.ZodMiniType<Query>;
      body?: z.ZodMiniType<Body>;
      handle(request: RouteRequest<Allowed, Query, Body>): Promise<Answer | Response>;
    },
): Route {
  // The types meet here once: createApp hands every handler what its own declaration promised.
  return route as unknown as Route;
}

/** An Edge Function: its name, its routes and what its health tells. */
export interface FunctionDefinition {
  name: string;
  /** In one sentence, for the OpenAPI document. */
  description: string;
  routes: readonly Route[];
  /** The schemas of the answers by name; loaded only for the OpenAPI document. */
  answerSchemas?: () => Promise<Record<string, z.ZodMiniType>>;
  /** What `GET /<name>/health` tells beyond the mode; throws when the function cannot work. */
  health?: (database: Database) => Promise<Record<string, unknown>>;
}
