import type { Caller } from "../../auth/caller.ts";
import type { Database, PublicConcertFilter, StorageBackend, StorageMode } from "../types.ts";
import { type MethodKind, methods } from "./methods.ts";
import type { Mirror } from "./mirror.ts";
import type { ShadowReads } from "./shadow-reads.ts";

export interface DualStores {
  mode: StorageMode;
  /** The store that decides and answers. */
  primary: StorageBackend;
  /** The store that is kept the same. */
  secondary: StorageBackend;
  mirror: Mirror;
  shadowReads: ShadowReads;
}

type Method = (...parameters: unknown[]) => unknown;
type Methods = Record<string, Method>;

/**
 * Two stores as one: each request is the primary's, what it has written is then put into the secondary as well.
 *
 * Only state goes across, not requests: a request done twice can come to two ends.
 */
export function createDualBackend(
  { mode, primary, secondary, mirror, shadowReads }: DualStores,
): StorageBackend {
  /** The primary's method, followed by what its kind asks for. */
  function decorate(name: string, kind: MethodKind, own: Method, other: () => Method): Method {
    switch (kind) {
      case "stream":
        return own;
      case "write":
        return async (...parameters) => {
          await mirror.beforeWrite();
          try {
            return await own(...parameters);
          } finally {
            await mirror.afterWrite();
          }
        };
      case "read":
        return async (...parameters) => {
          const ask = async () => await own(...parameters);
          const answer = ask();
          if (isComparable(name, parameters)) {
            shadowReads.consider(name, answer, ask, async () => await other()(...parameters));
          }
          try {
            return await answer;
          } finally {
            mirror.afterRead();
          }
        };
    }
  }

  return {
    mode,
    capabilities: primary.capabilities,
    open(caller: Caller) {
      const own = primary.open(caller);
      const repositories = Object.entries(methods).map(([repository, kinds]) => [
        repository,
        Object.fromEntries(
          Object.entries(kinds).map(([method, kind]) => [
            method,
            decorate(
              `${repository}.${method}`,
              kind,
              methodOf(own, repository, method),
              () => methodOf(secondary.open(caller), repository, method),
            ),
          ]),
        ),
      ]);
      // The table of methods has been checked against the contract; here the types meet once.
      return { ...Object.fromEntries(repositories), health: () => own.health() } as Database;
    },
    async report() {
      return {
        mirror: { ...mirror.figures, backlog: await mirror.backlog().catch(() => null) },
        shadow_reads: shadowReads.figures,
      };
    },
  };
}

/** Which concerts have the words differs by design: only the tables know word forms. */
function isComparable(name: string, [filter]: unknown[]): boolean {
  return name !== "concerts.listPublic" || (filter as PublicConcertFilter).search === null;
}

function methodOf(database: Database, repository: string, method: string): Method {
  const methods = database[repository as keyof Database] as unknown as Methods;
  return (...parameters) => methods[method](...parameters);
}
