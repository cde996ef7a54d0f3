/** What is logged while `work` is done, instead of being shown. */
export async function capturingLog(work: () => Promise<void>): Promise<string> {
  const lines: string[] = [];
  const { error, warn } = console;
  console.error = console.warn = (...parts: unknown[]) => void lines.push(parts.join(" "));
  try {
    await work();
  } finally {
    Object.assign(console, { error, warn });
  }
  return lines.join("\n");
}
