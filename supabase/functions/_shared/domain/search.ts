/**
 * The words of a text for comparing and searching: lower case, ё as е, nothing but letters and digits, a letter and its
 * accent as one. In SQL, `private.words_of` cuts the same words.
 */
export function wordsOf(text: string): string[] {
  // The dot over İ is a mark of its own in lower case, which would cut the word.
  const plain = text.normalize("NFC").replaceAll("İ", "I").toLowerCase().replaceAll("ё", "е");
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}
