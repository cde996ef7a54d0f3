import assert from "node:assert/strict";
import { wordsOf } from "../../supabase/functions/_shared/domain/search.ts";
import { startTestStack } from "../support/test-stack.ts";

// Latin, Greek and Cyrillic, then punctuation, symbols and emoji: what titles are made of.
const blocks = [
  [0x0001, 0x052f],
  [0x2000, 0x2bff],
  [0x2e00, 0x303f],
  [0xfe00, 0xfe6f],
  [0xff01, 0xff65],
  [0x1f000, 0x1faff],
];

// The index is made of the words SQL cuts, the query of those the API cuts: a character on which they differ hides
// the concerts that have it.
Deno.test("SQL cuts a text into the words the API cuts it into, by any collation", async () => {
  const stack = await startTestStack();
  try {
    for (const [first, last] of blocks) {
      for (const collation of ["default", "C"]) {
        const rows = await stack.sql(
          `select text, private.words_of(text collate "${collation}") as words
           from generate_series($1::int, $2::int) as code
           cross join lateral (select 'а' || chr(code) || 'б' as text) as example`,
          [first, last],
        );
        assert.equal(rows.length, last - first + 1);
        for (const { text, words } of rows) {
          // Code points that Unicode has given to nothing yet.
          if (/\p{Cn}/u.test(String(text))) continue;
          assert.deepEqual(
            String(words).toLowerCase().trim().split(" "),
            wordsOf(String(text)),
            `${text} U+${String(text).codePointAt(1)?.toString(16)} (${collation})`,
          );
        }
      }
    }
  } finally {
    await stack.close();
  }
});
