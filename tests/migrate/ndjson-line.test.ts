import assert from "node:assert/strict";
import { lineOf, rowOf } from "../../migrate/sources/ndjson-line.ts";

Deno.test("a row comes back from its line as it was, to the last digit", () => {
  for (const key of ["concert:1", "", 'a"\\"b', "a\nb\u2028c", "о\u{1F3A4}", '","value":']) {
    for (const value of ["null", '{"a":1.10}', "12345678901234567890", ' [1, "}"] ', '"\\u0041"']) {
      assert.deepEqual(rowOf(lineOf({ key, value })), { key, value });
    }
  }
});

Deno.test("a line that something else wrote is read all the same", () => {
  const read: [line: string, key: string, value: string][] = [
    ['{ "key": "a", "value": {"b": 1.50} }', "a", '{"b":1.50}'],
    ['{"value":12345678901234567890,"key":"a"}', "a", "12345678901234567890"],
    ['{"key":"a","value":1,"more":2}', "a", "1"],
    ['{"key":"\\u0061","value":1.0}', "a", "1.0"],
    // As every JSON parser does, the last of what is there twice.
    ['{"key":"a","value":1,"value":2}', "a", "2"],
    ['{"key":"b","key":"a","value":1}', "a", "1"],
  ];
  for (const [line, key, value] of read) assert.deepEqual(rowOf(line), { key, value }, line);
});

Deno.test("what is no row is none", () => {
  const none = [
    "",
    "null",
    "[]",
    '"key"',
    '{"key":"a"}',
    '{"value":1}',
    '{"key":1,"value":1}',
    '{"key":12345678901234567890,"value":1}',
    '{"key":"a","value":}',
    '{"key":"a","value":1',
    '{"key":"a","value":{"b":1}',
    '{"key":"a\\q","value":1}',
    '{"key":"a\tb","value":1}',
    '{"key":"a\\u0000","value":1}',
    '{"key":"\\ud800","value":1}',
  ];
  for (const line of none) assert.equal(rowOf(line), null, line);
});
