/**
 * The words of a text for comparing and searching: lower case, ё as е, nothing but letters and digits, a letter and its
 * accent as one. In SQL, `private.words_of` cuts the same words.
 */
export function wordsOf(text: string): string[] {
  return text.normalize("NFC").toLowerCase().replaceAll("ё", "е").match(/[\p{L}\p{N}]+/gu) ?? [];
}
