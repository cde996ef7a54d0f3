/**
 * `first-answer.ts <module URL>`: imports a function and asks it for its first page, once. Prints both times as JSON.
 * It imports nothing itself: a package it had loaded would come for free to the function.
 */
export interface FirstAnswer {
  /** Milliseconds until the function is loaded. */
  import: number;
  /** Milliseconds until the first answer has been read, the import included. */
  answer: number;
}

if (import.meta.main) {
  const begun = performance.now();
  const { default: { fetch } } = await import(Deno.args[0]);
  const imported = performance.now();
  const response: Response = await fetch(new Request("http://127.0.0.1/concerts"));
  const text = await response.text();
  const answered = performance.now();
  if (!response.ok) throw new Error(`${Deno.args[0]} answers ${response.status}: ${text}`);
  const times: FirstAnswer = { import: imported - begun, answer: answered - begun };
  console.log(JSON.stringify(times));
}
