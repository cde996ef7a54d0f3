import assert from "node:assert/strict";
import { accessRules, type Persona } from "../../supabase/functions/_shared/auth/access-rules.ts";
import type { TicketSale } from "../../supabase/functions/_shared/domain/ticket-sale.ts";
import type { Campaign } from "../../supabase/functions/_shared/domain/campaign.ts";
import type { Concert } from "../../supabase/functions/_shared/domain/concert.ts";
import { words } from "../conformance/campaign-making.ts";
import { completeConcert, pendingConcert, publicConcert } from "../conformance/concert-making.ts";
import type {
  ConformanceContext,
  ConformanceTest,
  Somebody,
} from "../conformance/conformance-context.ts";
import { assertRefused } from "../conformance/expect.ts";
import { newReminder } from "../conformance/notifications.ts";
import { connect, sell } from "../conformance/sale-making.ts";
import { personas, type Way, wayOf } from "./personas.ts";

type Rules = typeof accessRules;

/** One attempt for every rule: a rule that is added does not compile, nor pass, without one. */
export type Attempts = {
  [Domain in keyof Rules]: { [Action in keyof Rules[Domain]]: Attempt };
};

export interface Attempt {
  /** Tries the action on the owner's records; whether it had its effect, or showed what it is about. */
  attempt(way: Way, scene: Scene): Promise<boolean>;
  /** Personas whom this way does not hold to the rule, and why. */
  exceptions?: Partial<Record<Persona, string>>;
}

/** The records of somebody, to be tried on. */
export interface Scene {
  owner: Somebody;
  /** Ready to be submitted. */
  draft: Concert;
  pending: Concert;
  shown: Concert;
  /** Of the owner's; the second is due. */
  notification: { id: string };
  due: { id: string };
  /** One of the owner's browsers. */
  endpoint: string;
  /** Of `shown`, by hand. */
  sale: TicketSale;
  /** A draft, and one that is being sent to one buyer. */
  campaign: Campaign;
  mailing: Campaign;
  /** Signed in, but without any record yet. */
  newcomer: Somebody;
}

export const sceneCoins = 500;

async function makeScene(context: ConformanceContext): Promise<Scene> {
  const owner = await context.makeArtist();
  await owner.database.artists.updateOwn({ full_name: "Владелец", phone: "+79000000000" });
  await context.fixtures.giveCoins(owner.id, [{
    amount: sceneCoins,
    type: "reward",
    description: "Подарок",
    created_at: new Date().toISOString(),
  }]);
  // What nobody has by default.
  await owner.database.notifications.updateSettings({ email_enabled: false });
  const endpoint = `https://push.example.com/${crypto.randomUUID()}`;
  await owner.database.notifications.subscribe({ endpoint, keys: { p256dh: "key", auth: "key" } });
  await connect(owner);
  const shown = await publicConcert(context, owner);
  const sale = await sell(owner, shown.id, { buyer_email: "buyer@example.com" });
  const campaign = await owner.database.campaigns.create(words);
  const { id: mailingId } = await owner.database.campaigns.create(words);
  return {
    owner,
    sale,
    campaign,
    mailing: (await owner.database.campaigns.send(mailingId, null)).value,
    endpoint,
    notification: await owner.database.notifications.create(newReminder()),
    due: {
      id: await context.fixtures.notifications.addDue({
        userId: owner.id,
        type: "announcement",
        channel: "email",
      }),
    },
    draft: await owner.database.concerts.create(completeConcert()),
    pending: await pendingConcert(owner),
    shown,
    newcomer: await context.makeArtist(),
  };
}

/** Holds every persona to every rule: those who may succeed, all others change nothing. */
export function ruleMatrixTests(test: ConformanceTest, attempts: Attempts): void {
  for (const [domain, rules] of Object.entries(accessRules)) {
    for (const [action, rule] of Object.entries(rules) as [string, readonly Persona[]][]) {
      const tried = (attempts as Record<string, Record<string, Attempt>>)[domain]?.[action];
      test(`${domain}.${action} is for ${rule.join(", ")}`, async (context) => {
        assert.ok(tried, "there is an attempt for this rule");
        const { attempt, exceptions = {} } = tried;
        const held = personas.filter((persona) => !(persona in exceptions));
        const isForNewcomer = domain === "artists" && action === "create";
        const isReading = action.startsWith("read");
        const tryAs = async (persona: Persona, scene: Scene) => {
          const way = await wayOf(persona, context, isForNewcomer ? scene.newcomer : scene.owner);
          return await attempt(way, scene);
        };

        const scene = await makeScene(context);
        // Of the newcomer there is nothing yet, and nothing must come to be.
        const everything = async () => {
          await assertRefused(context.visitor.artists.findPublic(scene.newcomer.id), "not_found");
          return await context.fixtures.everythingOf(scene.owner.id);
        };
        const before = await everything();
        for (const persona of held.filter((name) => !rule.includes(name))) {
          assert.equal(await tryAs(persona, scene), false, `${persona} may not`);
          assert.equal(await everything(), before, `${persona} changed nothing`);
        }
        for (const persona of held.filter((name) => rule.includes(name))) {
          const own = isReading ? scene : await makeScene(context);
          assert.equal(await tryAs(persona, own), true, `${persona} may`);
        }
        if (isReading) assert.equal(await everything(), before, "reading changes nothing");
      });
    }
  }

  test("there is an attempt for every rule and a rule for every attempt", () => {
    assert.deepEqual(keysOf(attempts), keysOf(accessRules));
    return Promise.resolve();
  });
}

function keysOf(rules: Record<string, object>): string[] {
  return Object.entries(rules)
    .flatMap(([domain, actions]) => Object.keys(actions).map((action) => `${domain}.${action}`))
    .sort();
}
