import assert from "node:assert/strict";
import {
  accessRules,
  isAllowed,
  type Persona,
  personaOf,
} from "../../supabase/functions/_shared/auth/access-rules.ts";
import type { Caller } from "../../supabase/functions/_shared/auth/caller.ts";
import { personas } from "./personas.ts";

/** The rules once more, as they are meant: a change has to be made, and thought of, twice. */
const intended = `
  artists.create                owner
  artists.read_full             owner service
  artists.read_public           anonymous moderator owner service user
  artists.update                owner
  campaigns.change_status       owner
  campaigns.create              owner
  campaigns.delete              owner
  campaigns.dispatch            service
  campaigns.read                owner service
  campaigns.read_recipients     owner
  campaigns.update              owner
  coin_transactions.create      service
  coin_transactions.read        owner service
  concerts.cancel               owner
  concerts.create               owner
  concerts.delete               owner
  concerts.hide                 owner
  concerts.moderate             moderator
  concerts.promote              owner
  concerts.read_analytics       owner
  concerts.read_full            moderator owner service
  concerts.read_public          anonymous moderator owner service user
  concerts.submit               owner
  concerts.update               owner
  notification_settings.read    owner
  notification_settings.update  owner
  notifications.create          owner
  notifications.delete          owner
  notifications.dispatch        service
  notifications.read            owner
  notifications.update          owner
  push_subscriptions.delete     owner
  push_subscriptions.read       owner service
  ticket_connections.read       owner
  ticket_connections.read_secret service
  ticket_connections.remove     owner
  ticket_connections.save       owner
  ticket_providers.read         anonymous moderator owner service user
  ticket_sales.apply_event      service
  ticket_sales.cancel           owner
  ticket_sales.create           owner
  ticket_sales.read             owner service
  ticket_sales.read_figures     owner
  ticket_sales.refund           owner
`;

const ownerId = "0e9f7a52-6f54-4b6e-8a1e-3f1f5f0b7c22";
const otherId = "6c0f2a4e-5b1c-4a57-9c38-0d9b5a0e1f11";
const person = (id: string, isModerator: boolean): Caller => ({
  kind: "user",
  id,
  email: null,
  isModerator,
  token: "",
});
const callers: Record<Persona, Caller> = {
  anonymous: { kind: "anonymous" },
  user: person(otherId, false),
  owner: person(ownerId, false),
  moderator: person(otherId, true),
  service: { kind: "service" },
};

Deno.test("the rules allow whom they are meant to allow, and nobody else", () => {
  const allowed = Object.entries(accessRules).flatMap(([domain, rules]) =>
    Object.entries(rules).map(([action, rule]: [string, readonly Persona[]]) => {
      const names = personas.filter((persona) => isAllowed(rule, callers[persona], ownerId));
      return [`${domain}.${action}`, ...names.sort()].join(" ");
    })
  ).sort();
  const lines = intended.trim().split("\n").map((line) => line.trim().replace(/ +/g, " "));
  assert.deepEqual(allowed, lines);
});

Deno.test("a moderator is also the owner of their own, and a user to everything else", () => {
  assert.deepEqual(personaOf(person(ownerId, true), ownerId), ["owner", "moderator"]);
  assert.deepEqual(personaOf(person(otherId, true), ownerId), ["user", "moderator"]);
});

Deno.test("what has no owner is owned by nobody", () => {
  for (const caller of Object.values(callers)) {
    assert.ok(!isAllowed(["owner"], caller, null));
  }
});
