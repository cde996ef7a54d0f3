import { wordsOf } from "../../domain/search.ts";

/**
 * How well `text` matches: how many of its words begin with one of `wanted`; 0 when one of them begins no word.
 *
 * Without a dictionary the beginning of a word is the nearest thing to its form: «концерт» finds «концерты».
 */
export function relevanceOf(text: string, wanted: readonly string[]): number {
  const words = wordsOf(text);
  const matchesAll = wanted.length > 0 &&
    wanted.every((beginning) => words.some((word) => word.startsWith(beginning)));
  if (!matchesAll) return 0;
  return words.filter((word) => wanted.some((beginning) => word.startsWith(beginning))).length;
}
