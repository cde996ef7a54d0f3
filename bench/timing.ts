/** Milliseconds. */
export interface Timing {
  p50: number;
  p95: number;
}

/** Timings of one task; nearest rank. */
export function timingOf(milliseconds: readonly number[]): Timing {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return { p50: rank(0.5), p95: rank(0.95) };
}

/**
 * Runs the tasks in turn, round after round, the order reversed in every other one, so that whatever else the
 * machine does falls on all of them alike.
 */
export async function timeInTurn<Name extends string>(
  tasks: Record<Name, () => Promise<void>>,
  { rounds, warmUp }: { rounds: number; warmUp: number },
): Promise<Record<Name, Timing>> {
  const names = Object.keys(tasks) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    number[]
  >;
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const begun = performance.now();
      await tasks[name]();
      if (round >= 0) taken[name].push(performance.now() - begun);
    }
  }
  return Object.fromEntries(
    names.map((name) => [name, timingOf(taken[name])]),
  ) as unknown as Record<Name, Timing>;
}
