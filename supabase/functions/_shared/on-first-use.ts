/** Opens once an isolate, with the first use: a start costs nothing a request does not need. */
export function onFirstUse<Opened>(open: () => Opened): () => Opened {
  let opened: Opened | undefined;
  return () => opened ??= open();
}
