import { openAccounts } from "../auth/accounts.ts";
import { connectDataApi } from "../data-api-client.ts";
import type { Environment } from "../environment.ts";
import type { StorageBackend } from "./types.ts";

/** Opens the store of the environment's `STORAGE_MODE`: the only place that looks at the mode. */
export async function openDatabase(environment: Environment): Promise<StorageBackend> {
  switch (environment.storageMode) {
    case "kv": {
      const { createKvBackend } = await import("./kv/create-kv-backend.ts");
      return createKvBackend(
        connectDataApi(environment, environment.secretKeys),
        openAccounts(environment),
      );
    }
    case "sql": {
      const { createSqlBackend } = await import("./sql/create-sql-backend.ts");
      return createSqlBackend({
        publishable: connectDataApi(environment, environment.publishableKeys),
        secret: connectDataApi(environment, environment.secretKeys),
      });
    }
    case "dual-kv":
    case "dual-sql": {
      const { openDualDatabase } = await import("./dual/open-dual-database.ts");
      return openDualDatabase(environment, environment.storageMode);
    }
  }
}
