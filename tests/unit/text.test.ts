import assert from "node:assert/strict";
import { line, multilineText, webAddress } from "../../supabase/functions/_shared/domain/text.ts";

Deno.test("a line is trimmed before its length counts", () => {
  const title = line(3, 5);
  assert.equal(title.parse("  Рок  "), "Рок");
  assert.equal(title.parse("12345"), "12345");
  for (const text of ["12", "  1 ", "   ", "", "123456"]) {
    assert.ok(!title.safeParse(text).success, JSON.stringify(text));
  }
});

Deno.test("a line holds no control character, a longer text only tabs and line breaks", () => {
  const short = line(1, 100);
  const long = multilineText(100);
  for (let code = 0; code < 0x20; code++) {
    const text = `a${String.fromCharCode(code)}b`;
    assert.ok(!short.safeParse(text).success, `line, ${code}`);
    assert.equal(long.safeParse(text).success, [9, 10, 13].includes(code), `text, ${code}`);
  }
  for (const schema of [short, long]) assert.ok(!schema.safeParse("a\u007fb").success, "delete");
});

Deno.test("half a surrogate pair is refused, a whole one is not", () => {
  for (const schema of [line(1, 100), multilineText(100)]) {
    assert.ok(schema.safeParse("концерт 🎸").success);
    assert.ok(!schema.safeParse("концерт \ud83c").success);
    assert.ok(!schema.safeParse("концерт \udfb8").success);
  }
});

Deno.test("what other languages take for syntax is text", () => {
  for (
    const text of [
      "'; drop table concerts; --",
      "100% _ \\ *",
      "a,b(c).d:e",
      "<script>alert(1)</script>",
      "{{7*7}}",
      "__proto__",
    ]
  ) {
    assert.equal(line(1, 100).parse(text), text);
  }
});

Deno.test("a web address is absolute and http or https", () => {
  const address = webAddress();
  for (
    const text of ["https://example.org/a?b=c#d", "http://localhost:8000", "https://пример.рф/"]
  ) {
    assert.equal(address.parse(text), text);
  }
  for (
    const text of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "file:///etc/passwd",
      "ftp://example.org",
      "//example.org",
      "/banner.png",
      "example.org",
      "https://",
      "",
      "https:example.org",
      "https://example.org/a b",
      "https://example.org/\u0000",
      `https://example.org/${"a".repeat(2000)}`,
    ]
  ) {
    assert.ok(!address.safeParse(text).success, text.slice(0, 40));
  }
});
