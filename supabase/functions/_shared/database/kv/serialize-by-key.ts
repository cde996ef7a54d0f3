/**
 * Runs tasks of the same key one after the other, of different keys at once.
 *
 * Conditional writes alone would be right as well, but the requests of one isolate would make each other try again.
 */
export class SerializeByKey {
  private readonly tails = new Map<string, Promise<void>>();

  async run<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const before = this.tails.get(key);
    const tail = (before ?? Promise.resolve()).then(() => done);
    this.tails.set(key, tail);
    await before;
    try {
      return await task();
    } finally {
      resolve();
      if (this.tails.get(key) === tail) this.tails.delete(key);
    }
  }
}
