import type { LocalStack } from "../../local/stack.ts";
import type { UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { PostgrestClient } from "@supabase/postgrest-js";
import {
  createDualKvBackend,
  createDualSqlBackend,
  type DualClients,
} from "../../supabase/functions/_shared/database/dual/open-dual-database.ts";
import { ShadowReads } from "../../supabase/functions/_shared/database/dual/shadow-reads.ts";
import type { StorageBackend } from "../../supabase/functions/_shared/database/types.ts";
import { signIn } from "../support/caller-tokens.ts";
import { startTestStack } from "../support/test-stack.ts";
import { noAccounts, secretClient } from "./dual-targets.ts";

export type DualMode = "dual-kv" | "dual-sql";

/** Registers tests that share the stack of their file, started before the first and closed after the last. */
export function dualTests(): (name: string, body: (stack: LocalStack) => Promise<void>) => void {
  let stack: LocalStack;
  Deno.test.beforeAll(async () => {
    stack = await startTestStack({ storageMode: "dual-kv" });
  });
  Deno.test.afterAll(async () => {
    await stack.close();
  });
  return (name, body) =>
    Deno.test({
      name,
      // The stack's connections outlive the test that happens to open them.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: () => body(stack),
    });
}

/** A dual backend, as another instance of the functions has it, with ways of its own to the two stores. */
export function openDual(
  stack: LocalStack,
  mode: DualMode,
  clients: { kv?: PostgrestClient; secret?: PostgrestClient } = {},
  shadowReads = new ShadowReads(0),
): StorageBackend {
  const ways: DualClients = {
    kv: clients.kv ?? secretClient(stack),
    sql: {
      publishable: new PostgrestClient(`${stack.url}/rest/v1`, {
        headers: {
          apikey: stack.publishableKey,
          authorization: `Bearer ${stack.publishableKey}`,
        },
        retry: false,
      }),
      secret: clients.secret ?? secretClient(stack),
    },
    accounts: noAccounts,
  };
  return mode === "dual-kv"
    ? createDualKvBackend(ways, shadowReads)
    : createDualSqlBackend(ways, shadowReads);
}

/** Somebody who is signed in. */
export async function somebody(stack: LocalStack): Promise<UserCaller> {
  return { kind: "user", isModerator: false, ...await signIn(stack) };
}

/** The figures of its health. */
export async function figuresOf(backend: StorageBackend) {
  return await backend.report?.() as {
    mirror: { mirrored: number; failed: number; backlog: number };
    shadow_reads: { compared: number; different: number; failed: number };
  };
}

/** A way to the Data API on which each request can be held back or changed before it is sent. */
export function interceptingClient(
  stack: LocalStack,
  intercept: (request: Request) => Request | Promise<Request>,
): PostgrestClient {
  return new PostgrestClient(`${stack.url}/rest/v1`, {
    headers: { apikey: stack.secretKey, authorization: `Bearer ${stack.secretKey}` },
    retry: false,
    fetch: async (input, init) => await fetch(await intercept(new Request(input, init))),
  });
}

/** Stops requests at a place until they may go on. */
export class Gate {
  private readonly arrival = Promise.withResolvers<void>();
  private readonly opening = Promise.withResolvers<void>();

  /** Waits until the gate is opened; only the first to come has to. */
  async pass(): Promise<void> {
    this.arrival.resolve();
    await this.opening.promise;
  }

  /** When the first has arrived. */
  get reached(): Promise<void> {
    return this.arrival.promise;
  }

  open(): void {
    this.opening.resolve();
  }
}

/** The concert's title in each store. */
export async function titlesOf(stack: LocalStack, id: string) {
  const [row] = await stack.sql("select title from public.concerts where id = $1::uuid", [id]);
  const [document] = await stack.sql(
    "select value ->> 'title' as title from public.kv_store_84730125 where key = 'concert:' || $1::text",
    [id],
  );
  return { sql: row?.title ?? null, kv: document?.title ?? null };
}
