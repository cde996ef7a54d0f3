import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { Caller } from "../../supabase/functions/_shared/auth/caller.ts";
import type { CampaignRepository } from "../../supabase/functions/_shared/database/campaign-repository.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import type { Database } from "../../supabase/functions/_shared/database/types.ts";
import { Refusal } from "../../supabase/functions/_shared/domain/refusal.ts";
import { allAccepted, words } from "../conformance/campaign-making.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi, type BreakingPoint } from "./breaking-data-api.ts";
import { pendingRows } from "./old-rows.ts";

const buyers = 3;
/** What one worker leaves, the next may claim at once. */
const noLease = 0;

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

function open(caller: Caller, breakAt?: number, point?: BreakingPoint) {
  const { client, writes } = breakingDataApi(stack, { breakAt, point });
  const accounts = {
    verifiedEmail: () => Promise.resolve(null),
    hasNoAccount: () => Promise.resolve(false),
  };
  return { database: createKvBackend(client, accounts).open(caller), writes };
}

/** A campaign being sent to three buyers, and its artist. */
async function sendingCampaign(): Promise<{ artist: Database; id: string }> {
  const id = crypto.randomUUID();
  const artist = open({ kind: "user", id, email: null, isModerator: false, token: "" }).database;
  const { id: concert_id } = await artist.concerts.create({ title: "Большой концерт" });
  for (let index = 0; index < buyers; index++) {
    const buyer_email = `buyer${index}@example.com`;
    await artist.sales.create({ concert_id, quantity: 1, unit_price: 100, buyer_email }, null);
  }
  const campaign = await artist.campaigns.create(words);
  await artist.campaigns.send(campaign.id, null);
  return { artist, id: campaign.id };
}

/** Sends everything there is, as a worker does; answers how many messages were left in the end. */
async function sendAll(campaigns: CampaignRepository): Promise<number> {
  while (true) {
    const claim = await campaigns.claimBatch(100, noLease);
    if (claim.batch === null) return claim.remaining;
    await campaigns.recordBatch(claim.batch.id, allAccepted(claim.batch));
  }
}

Deno.test({
  name: "a campaign ends with everybody counted once, wherever its worker dies",
  // The stack's connections outlive the test that happens to open them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await sendingCampaign();
    const whole = open({ kind: "service" });
    await sendAll(whole.database.campaigns);
    const writes = whole.writes();
    assert.ok(writes >= 4, `${writes} writes are too few to be interrupted`);

    for (let made = 0; made < writes; made++) {
      const { artist, id } = await sendingCampaign();
      const dying = made === 0
        ? open({ kind: "service" }, 1, "before")
        : open({ kind: "service" }, made, "after");
      await assert.rejects(
        sendAll(dying.database.campaigns),
        (error) => error instanceof Refusal && error.code === "unavailable",
        `behind write ${made}`,
      );
      const next = open({ kind: "service" }).database.campaigns;
      assert.equal(await sendAll(next), 0, `behind write ${made}: some are never through`);
      const { status, emails_sent } = await artist.campaigns.find(id);
      assert.deepEqual([status, emails_sent], ["sent", buyers], `behind write ${made}`);
      assert.equal(await pendingRows(stack), 0, `behind write ${made}: something is pending`);
    }
  },
});
