/** Random values of the kinds that unvalidated old records may hold; the same ones for the same seed. */
export class HostileValues {
  constructor(private state: number) {}

  /** From 0 up to, not including, `limit` (mulberry32). */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }

  value(depth = 0): unknown {
    const kind = this.below(depth > 2 ? 10 : 12);
    if (kind < 6) return this.pick(texts);
    if (kind < 9) return this.pick(numbers);
    if (kind === 9) return this.pick([null, true, false, ""]);
    if (kind === 10) return Array.from({ length: this.below(3) }, () => this.value(depth + 1));
    return this.record(["a", "test", "__proto__", "\0"], depth + 1);
  }

  /** An object with some of `names`, and now and then a foreign one. */
  record(names: readonly string[], depth = 0): Record<string, unknown> {
    const fields = names.filter(() => this.below(3) > 0)
      .map((name): [string, unknown] => [name, this.value(depth)]);
    if (this.below(4) === 0) fields.push(["constructor", this.value(3)]);
    return Object.fromEntries(fields);
  }

  /** `value` as the old store may hold it: as it is, as JSON text, or as broken text. */
  stored(value: unknown): unknown {
    const text = JSON.stringify(value);
    return this.pick([value, text, text, text.slice(0, -1), this.value()]);
  }
}

const texts = [
  "Концерт в Казани",
  "  ",
  "\0",
  "до\0после",
  "\ud800",
  "конец\udfff",
  "👩‍🎤",
  "' or 1=1 --",
  "%_\\*",
  "a".repeat(5000),
  "2026-03-15",
  "2026-02-30",
  "15.03.2026",
  "31.02.2026",
  "0000-00-00",
  "2026-03-15T19:00",
  "2026-03-15T19:00:00Z",
  "2026-03-15T25:61",
  "2026-03-15 24:01:00",
  "2026-02-30T10:00:00Z",
  "+275760-09-13T00:00:00Z",
  "9999-12-31T23:59:59.999-12:00",
  "25:61",
  "7:30",
  "19:00:00",
  "1 500 ₽",
  "99,90 руб.",
  "-1",
  "NaN",
  "1e400",
  "5000100",
  "confirmed",
  "approved",
  "Тур",
  "javascript:alert(1)",
  "https://example.com/a?b=c",
  "http://[",
  "undefined",
  "e433af3d-9f48-415c-a161-99d001099610",
] as const;

const numbers = [
  0,
  -0,
  1,
  3,
  -1,
  0.1 + 0.2,
  562.8000000000001,
  1.005,
  1_000_000,
  1_000_001,
  2_147_483_647,
  Number.MAX_SAFE_INTEGER,
  1e21,
  -1e308,
  1795346594931,
] as const;
