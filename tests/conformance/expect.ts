import assert from "node:assert/strict";
import type {
  Page,
  PageRequest,
  Position,
} from "../../supabase/functions/_shared/domain/paging.ts";
import { Refusal, type RefusalCode } from "../../supabase/functions/_shared/domain/refusal.ts";

/** Asserts that a request is refused with `code`, naming `paths` where given. */
export async function assertRefused(
  request: Promise<unknown>,
  code: RefusalCode,
  paths?: string[],
): Promise<void> {
  const refusal = await request.then(
    (answer) => assert.fail(`expected ${code}, was answered ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  if (!(refusal instanceof Refusal)) throw refusal;
  assert.equal(refusal.code, code);
  if (paths) assert.deepEqual(refusal.details.map(({ path }) => path), paths);
}

/** How many of the requests succeeded, and with which codes the others were refused. */
export async function outcomesOf(
  requests: Promise<unknown>[],
): Promise<{ succeeded: number; refused: Partial<Record<RefusalCode, number>> }> {
  const refused: Partial<Record<RefusalCode, number>> = {};
  let succeeded = 0;
  for (const result of await Promise.allSettled(requests)) {
    if (result.status === "fulfilled") succeeded++;
    else if (result.reason instanceof Refusal) {
      refused[result.reason.code] = (refused[result.reason.code] ?? 0) + 1;
    } else throw result.reason;
  }
  return { succeeded, refused };
}

/** All items of a list, read page by page; asserts that every page but the last is full. */
export async function readPages<Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  const places = new Set<string>();
  let after: Position | null = null;
  do {
    const page: Page<Item> = await list({ limit, after });
    assert.ok(page.items.length <= limit, "a page is no longer than asked for");
    assert.ok(page.next === null || page.items.length === limit, "only the last page is short");
    items.push(...page.items);
    after = page.next;
    if (after) {
      assert.ok(!places.has(JSON.stringify(after)), "the list goes round in circles");
      places.add(JSON.stringify(after));
    }
  } while (after !== null);
  return items;
}

/** Asserts that pages of every size up to one more than all show the same items, none twice. */
export async function assertPagesAgree<Item>(
  list: (page: PageRequest) => Promise<Page<Item>>,
  whole: Item[],
): Promise<void> {
  for (let limit = 1; limit <= whole.length + 1; limit++) {
    assert.deepEqual(await readPages(list, limit), whole, `pages of ${limit}`);
  }
}
