/**
 * A text as the operand of the Data API's `in`: exactly this one, whatever it looks like.
 *
 * An operand of `eq` is read by its looks by some implementations: `true`, `null` and `"quoted"` are no texts to them.
 */
export function literally(text: string): string {
  return `("${text.replace(/["\\]/g, "\\$&")}")`;
}
