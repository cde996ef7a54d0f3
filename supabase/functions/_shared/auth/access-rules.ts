import type { Caller } from "./caller.ts";

/** Who somebody is to a record. `owner` is the artist the record belongs to, `user` any other signed-in person. */
export type Persona = "anonymous" | "user" | "owner" | "moderator" | "service";

/**
 * Who may do what, by domain and action: the one list that the kv backend decides by and that the tests hold
 * against it and against the row level security of the SQL schema. What is not listed is refused. Where no route takes
 * somebody else's id, as with profiles and coins, the backends only ever look at the caller's own.
 */
export const accessRules = {
  concerts: {
    read_public: ["anonymous", "user", "owner", "moderator", "service"],
    read_full: ["owner", "moderator", "service"],
    create: ["owner"],
    update: ["owner"],
    delete: ["owner"],
    submit: ["owner"],
    moderate: ["moderator"],
    promote: ["owner"],
    cancel: ["owner"],
    hide: ["owner"],
    read_analytics: ["owner"],
  },
  artists: {
    read_public: ["anonymous", "user", "owner", "moderator", "service"],
    read_full: ["owner", "service"],
    create: ["owner"],
    update: ["owner"],
  },
  coin_transactions: {
    read: ["owner", "service"],
    create: ["service"],
  },
  campaigns: {
    read: ["owner", "service"],
    create: ["owner"],
    update: ["owner"],
    delete: ["owner"],
    change_status: ["owner"],
    read_recipients: ["owner"],
    dispatch: ["service"],
  },
  notifications: {
    read: ["owner"],
    create: ["owner"],
    update: ["owner"],
    delete: ["owner"],
    dispatch: ["service"],
  },
  notification_settings: {
    read: ["owner"],
    update: ["owner"],
  },
  push_subscriptions: {
    read: ["owner", "service"],
    delete: ["owner"],
  },
  ticket_providers: {
    read: ["anonymous", "user", "owner", "moderator", "service"],
  },
  ticket_connections: {
    read: ["owner"],
    save: ["owner"],
    remove: ["owner"],
    read_secret: ["service"],
  },
  ticket_sales: {
    read: ["owner", "service"],
    create: ["owner"],
    cancel: ["owner"],
    refund: ["owner"],
    read_figures: ["owner"],
    apply_event: ["service"],
  },
} as const satisfies Record<string, Record<string, readonly Persona[]>>;

/** Who `caller` is to a record of the artist with the id `ownerId`; nobody owns what has no owner. */
export function personaOf(caller: Caller, ownerId: string | null): Persona[] {
  if (caller.kind !== "user") return [caller.kind];
  const personas: Persona[] = [caller.id === ownerId ? "owner" : "user"];
  if (caller.isModerator) personas.push("moderator");
  return personas;
}

/** Whether `caller` is among those whom `rule` allows, for a record of the artist `ownerId`. */
export function isAllowed(
  rule: readonly Persona[],
  caller: Caller,
  ownerId: string | null,
): boolean {
  return personaOf(caller, ownerId).some((persona) => rule.includes(persona));
}
