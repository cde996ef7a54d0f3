import assert from "node:assert/strict";
import { createLocalKeys } from "../../local/local-keys.ts";
import { createMailbox } from "../../local/mailbox.ts";

Deno.test("the mailbox takes a batch once, and forgets the keys of long ago", async () => {
  const keys = createLocalKeys();
  const mailbox = createMailbox(keys);
  const post = async (key: string) => {
    const response = await mailbox.fetch(
      new Request("http://127.0.0.1/_mail", {
        method: "POST",
        headers: { apikey: keys.secretKey, "idempotency-key": key },
        body: "[{}]",
      }),
    );
    return (await response.json()).taken;
  };
  assert.equal(await post("first"), 1);
  for (let number = 1; number < 5000; number++) await post(`key ${number}`);
  assert.equal(await post("first"), 0, "as many keys as mails are remembered");
  assert.equal(await post("one more"), 1);
  assert.equal(await post("first"), 1, "and no more");
  assert.equal(await post("one more"), 0);
});
