import type { PgliteConnection } from "@supabase/lite/pglite";
import type { PostgresConnection } from "@supabase/lite/postgres";

/** Of the server's query builder, what is needed here. */
interface Executor {
  executeQuery(query: { compile(): object }): Promise<unknown>;
}

/** Who asks, as the server tells a connection. */
interface Asking {
  auth?: { role?: string; uid?: string; jwt?: unknown };
  storage?: { operation?: string };
}

/** Of a call of an SQL function, what it may ask for. */
interface Calling {
  method: string;
  path: string;
  requestHeaders?: Record<string, string>;
}

/**
 * Has the server put down a request's role, claims and headers in one statement each instead of a dozen: those were most
 * of what a short request cost. PostgREST, in whose place it stands, does the same.
 */
export function putSettingsTogether(connection: PgliteConnection | PostgresConnection): void {
  Reflect.set(
    connection,
    "applyJwtSessionContext",
    async (executor: Executor, { auth, storage }: Asking) => {
      const role = auth?.role || "anon";
      const { jwt } = auth ?? {};
      await putSettings(executor, {
        role,
        "request.jwt.claim.sub": String(auth?.uid ?? ""),
        "request.jwt.claim.role": role,
        "storage.operation": String(storage?.operation ?? ""),
        ...(typeof jwt === "object" && jwt ? { "request.jwt.claims": JSON.stringify(jwt) } : {}),
      });
    },
  );
  Reflect.set(
    connection,
    "applyRpcRequestGucs",
    async (executor: Executor, { method, path, requestHeaders = {} }: Calling) => {
      await putSettings(executor, {
        "response.status": "",
        "response.headers": "",
        "request.method": method,
        "request.path": path,
        "request.headers": JSON.stringify(requestHeaders),
      });
    },
  );
}

/** Until the transaction ends. */
async function putSettings(executor: Executor, settings: Record<string, string>): Promise<void> {
  const calls = Object.keys(settings).map((_, index) =>
    `set_config($${2 * index + 1}, $${2 * index + 2}, true)`
  );
  const sql = `select ${calls.join(", ")}`;
  const parameters = Object.entries(settings).flat();
  await executor.executeQuery({
    compile: () => ({
      sql,
      parameters,
      query: { kind: "RawNode", sqlFragments: [sql], parameters: [] },
      queryId: { queryId: sql },
    }),
  });
}
