/** The words of a text for comparing and searching: lower case, ё as е, nothing but letters and digits. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().replaceAll("ё", "е").match(/[\p{L}\p{N}]+/gu) ?? [];
}
