import type { Database } from "../types.ts";

/**
 * What a method does, as far as two stores must know:
 *
 * - `read`: its answer can be compared with what the other store answers;
 * - `stream`: reads, but in portions of each store's own;
 * - `write`: what it has changed has to go to the other store, too.
 */
export type MethodKind = "read" | "stream" | "write";

type Repositories = Omit<Database, "health">;

/** Every method of the contract: one that is missing here, or no more there, does not compile. */
export const methods = {
  concerts: {
    listPublic: "read",
    find: "read",
    listOwn: "read",
    listPending: "read",
    create: "write",
    update: "write",
    delete: "write",
    submit: "write",
    moderate: "write",
    promote: "write",
    cancel: "write",
    setHidden: "write",
    countEvent: "write",
    analytics: "read",
    listAnalytics: "read",
  },
  artists: {
    own: "read",
    updateOwn: "write",
    ownStatistics: "read",
    claim: "write",
    findPublic: "read",
  },
  coins: { listOwn: "read" },
  notifications: {
    list: "read",
    counts: "read",
    create: "write",
    createReminders: "write",
    update: "write",
    markAllRead: "write",
    delete: "write",
    settings: "read",
    updateSettings: "write",
    subscribe: "write",
    unsubscribe: "write",
    claimDue: "write",
    recordDeliveries: "write",
  },
  campaigns: {
    listOwn: "read",
    find: "read",
    create: "write",
    update: "write",
    delete: "write",
    material: "read",
    audience: "read",
    schedule: "write",
    send: "write",
    pause: "write",
    resume: "write",
    cancel: "write",
    listDeliveries: "read",
    claimBatch: "write",
    recordBatch: "write",
    postponeBatch: "write",
    recordEvent: "write",
    suppress: "write",
  },
  sales: {
    create: "write",
    listOwn: "read",
    exportOwn: "stream",
    find: "read",
    cancel: "write",
    refund: "write",
    stats: "read",
    funnel: "read",
    applyEvent: "write",
  },
  ticketConnections: {
    listProviders: "read",
    listOwn: "read",
    save: "write",
    remove: "write",
    findWebhookSecret: "read",
  },
} as const satisfies {
  [Name in keyof Repositories]: Record<keyof Repositories[Name], MethodKind>;
};
