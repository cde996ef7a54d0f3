/** What a task sends, as far as it decides what the backend does. */
export async function recordedRequests(task: () => Promise<void>): Promise<string[]> {
  const requests: string[] = [];
  const plainFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push(await describe(request.clone()));
    return await plainFetch(request);
  };
  try {
    await task();
  } finally {
    globalThis.fetch = plainFetch;
  }
  return requests;
}

async function describe(request: Request): Promise<string> {
  const { pathname, search } = new URL(request.url);
  const headers = ["authorization", "apikey", "accept", "prefer"]
    .map((name) => `${name}: ${request.headers.get(name) ?? "-"}`);
  const text = [
    `${request.method} ${pathname}${decodeURIComponent(search)}`,
    ...headers,
    await request.text(),
  ].join("\n");
  // Queries ask for what is ahead of the very moment they are made.
  return text.replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "<now>");
}
