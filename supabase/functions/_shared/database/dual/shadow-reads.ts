import { Refusal } from "../../domain/refusal.ts";
import { differingPaths } from "./differing-paths.ts";
import { inBackground } from "./in-background.ts";

/** Of this instance, since it started. */
export interface ShadowReadFigures {
  compared: number;
  different: number;
  /** The other store did not answer. */
  failed: number;
}

/** Asks a store the same once more. */
export type Ask = () => Promise<unknown>;

/** The most fields of one difference that are logged. */
const loggedPaths = 20;

/**
 * Compares a share of the answers with what the other store would have answered, when the request is through.
 *
 * The log names the method and the fields that differ; what is in them, and whose it is, stays out of it.
 */
export class ShadowReads {
  readonly figures: ShadowReadFigures = { compared: 0, different: 0, failed: 0 };

  /** @param share of the reads that are compared, 0 to 1 */
  constructor(private readonly share: number) {}

  /** Compares the answer of a read, perhaps. `primary` and `secondary` ask the stores for it. */
  consider(method: string, answer: Promise<unknown>, primary: Ask, secondary: Ask): void {
    if (Math.random() < this.share) {
      inBackground(
        this.compare(method, answer, primary, secondary).catch(() => {
          this.figures.failed++;
        }),
      );
    }
  }

  private async compare(method: string, answer: Promise<unknown>, primary: Ask, secondary: Ask) {
    let paths = differingPaths(await outcomeOf(() => answer), await outcomeOf(secondary));
    // Somebody may have written between the two: a difference is one that a second look at both finds, too.
    if (paths.length > 0) {
      paths = differingPaths(await outcomeOf(primary), await outcomeOf(secondary));
    }
    this.figures.compared++;
    if (paths.length === 0) return;
    this.figures.different++;
    const fields = paths.slice(0, loggedPaths);
    console.warn(JSON.stringify({ message: "the stores answer differently", method, fields }));
  }
}

/** What a read came to; throws when the store did not answer. A refusal is an answer like any other. */
async function outcomeOf(ask: Ask): Promise<unknown> {
  try {
    return { answer: await ask() };
  } catch (error) {
    if (error instanceof Refusal && error.code !== "unavailable") return { refused: error.code };
    throw error;
  }
}
