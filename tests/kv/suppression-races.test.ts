import assert from "node:assert/strict";
import type { LocalStack } from "../../local/stack.ts";
import type { Caller, UserCaller } from "../../supabase/functions/_shared/auth/caller.ts";
import { createKvBackend } from "../../supabase/functions/_shared/database/kv/create-kv-backend.ts";
import type { MailEvent } from "../../supabase/functions/_shared/domain/campaign.ts";
import { allAccepted, words } from "../conformance/campaign-making.ts";
import { startTestStack } from "../support/test-stack.ts";
import { breakingDataApi, type BreakingOptions } from "./breaking-data-api.ts";
import { oldConcert, putRow, rowsUnder } from "./old-rows.ts";

// A claim of a profile takes along whom its artist must not mail. Whoever has looked up the list before, and goes on
// when the claim is done, must neither find it empty nor write to one that nobody reads any more.

let stack: LocalStack;
Deno.test.beforeAll(async () => {
  stack = await startTestStack();
});
Deno.test.afterAll(async () => {
  await stack.close();
});

function kvTest(name: string, body: () => Promise<void>) {
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

function openAs(caller: Caller, options: BreakingOptions = {}) {
  return createKvBackend(breakingDataApi(stack, options).client, {
    verifiedEmail: () => Promise.resolve(caller.kind === "user" ? caller.email : null),
    hasNoAccount: () => Promise.resolve(true),
  }).open(caller);
}

const service = (options?: BreakingOptions) => openAs({ kind: "service" }, options);

function person(id: string, email: string | null = null): UserCaller {
  return { kind: "user", id, email, isModerator: false, token: "" };
}

/** An old owner whose campaign to Anna and Boris is being sent, and the account that may claim their profile. */
async function artistWhoSends() {
  const id = crypto.randomUUID();
  const email = `${id}@example.com`;
  await putRow(stack, `profile:${id}`, { full_name: "Ветер", email });
  await putRow(stack, `concert:c-${id}`, oldConcert(id, `c-${id}`));
  const old = openAs(person(id));
  const { id: concert_id } = (await old.concerts.find(`c-${id}`)).concert;
  for (const buyer_email of ["anna@example.com", "boris@example.com"]) {
    await old.sales.create({ concert_id, quantity: 1, unit_price: 100, buyer_email }, null);
  }
  const campaign = await old.campaigns.create(words);
  await old.campaigns.send(campaign.id, null);
  const heir = person(crypto.randomUUID(), email);
  /** The claim, whole, before the first request of which this is true. */
  const claimBefore = (isMeant: (request: Request, url: string) => boolean): BreakingOptions => {
    let isClaimed = false;
    return {
      beforeRequest: async (request) => {
        if (isClaimed || !isMeant(request, decodeURIComponent(request.url))) return;
        isClaimed = true;
        assert.equal((await openAs(heir).artists.claim()).id, heir.id);
      },
    };
  };
  const listOf = async (artistId: string) =>
    [...(await rowsUnder(stack, `mail_suppression:${artistId}:`)).values()]
      .map(({ address }) => address);
  return { id, campaign, heir, claimBefore, listOfHeir: () => listOf(heir.id) };
}

for (const read of ["campaign_delivery", "mail_suppression"]) {
  kvTest(
    `who has left the list is not mailed when a claim ends before a dispatcher reads ${read}`,
    async () => {
      const { id, campaign, claimBefore } = await artistWhoSends();
      await service().campaigns.suppress(id, "anna@example.com", "unsubscribed");
      const dispatcher = service(
        claimBefore(({ method }, url) => method === "GET" && url.includes(`${read}:`)),
      );
      const { batch } = await dispatcher.campaigns.claimBatch(100, 150);
      assert.equal(batch?.material?.campaign.id, campaign.id);
      assert.equal(batch.material.artist_name, "Ветер");
      assert.deepEqual(batch.deliveries.map(({ address }) => address), ["boris@example.com"]);
      await service().campaigns.recordBatch(batch.id, allAccepted(batch));
    },
  );
}

const isSuppressing = ({ method }: Request, url: string) =>
  method === "POST" && url.includes("kv_store");

kvTest("whoever unsubscribes while a claim ends is on the list of whoever claimed", async () => {
  const { id, claimBefore, listOfHeir } = await artistWhoSends();
  const late = service(claimBefore(isSuppressing));
  await late.campaigns.suppress(id, "anna@example.com", "unsubscribed");
  assert.deepEqual(await listOfHeir(), ["anna@example.com"]);
  await service().campaigns.claimBatch(100, 150);
});

kvTest("whoever complains while a claim ends is on the list of whoever claimed", async () => {
  const { claimBefore, listOfHeir } = await artistWhoSends();
  const { batch } = await service().campaigns.claimBatch(100, 150);
  assert.ok(batch);
  await service().campaigns.recordBatch(batch.id, allAccepted(batch));
  const [{ reference, address }] = batch.deliveries;
  const event: MailEvent = {
    kind: "complained",
    reference,
    provider_message_id: null,
    happened_at: new Date().toISOString(),
    is_permanent: false,
    recipient: null,
  };
  await service(claimBefore(({ method }) => method !== "GET")).campaigns.recordEvent(event);
  assert.deepEqual(await listOfHeir(), [address]);
});
