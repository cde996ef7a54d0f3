import { bold, dim, green, setColorEnabled } from "deno-std/fmt/colors.js";
import { describeDatabase } from "./embedded-supabase.ts";
import type { Settings } from "./settings.ts";
import type { LocalStack } from "./stack.ts";

setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);

/**
 * What `npm start` tells: how long it took, where everything is, and what to try first.
 *
 * @param health of the concerts function; the records it lists as `unreadable` are told too.
 */
export function describeStack(
  stack: LocalStack,
  settings: Settings,
  milliseconds: number,
  health: unknown,
): string {
  const functionsUrl = `${stack.url}/functions/v1`;
  const lines: [string, string][] = [
    ["Storage mode", settings.storageMode],
    ["Database", describeStorage(settings)],
  ];
  if (settings.kvFile) {
    lines.push([
      "KV file",
      `${settings.kvFile}: ${stack.kvRows.toLocaleString("en")} rows loaded`,
    ]);
  }
  describeUnreadable(health).forEach((line, index) => lines.push([index ? "" : "Left out", line]));
  stack.functionNames.forEach((name, index) =>
    lines.push([index ? "" : "Functions", `${functionsUrl}/${name}`])
  );
  lines.push(
    ["Supabase", `${stack.url}/rest/v1, /auth/v1, /storage/v1`],
    ["Mail", `${stack.url}/_mail (what would have been sent)`],
    ["Publishable key", stack.publishableKey],
    ["Secret key", `${stack.secretKey} ${dim("(both also in .env.local)")}`],
  );
  return `
${green(`Ready in ${(milliseconds / 1000).toFixed(1)} s`)}

${lines.map(([label, value]) => `  ${bold(label.padEnd(15))}  ${value}`).join("\n")}

${bold("Try")}
  curl "${functionsUrl}/concerts?when=all&limit=3"
${bold("Sign in as an artist")}
  TOKEN=$(npm run --silent token -- --user ${crypto.randomUUID()} --email artist@example.com)
  curl -H "Authorization: Bearer $TOKEN" ${functionsUrl}/concerts/mine

Ctrl-C stops everything.`;
}

function describeStorage({ databaseUrl, dataDir }: Settings): string {
  if (databaseUrl) return `PostgreSQL at ${describeDatabase(databaseUrl)}`;
  return dataDir
    ? `embedded PostgreSQL in ${dataDir}`
    : "embedded PostgreSQL in memory (DATA_DIR keeps it)";
}

/** One line a reason: how many records, and why. */
function describeUnreadable(health: unknown): string[] {
  const unreadable = Reflect.get(Object(health), "unreadable");
  if (!Array.isArray(unreadable)) return [];
  return unreadable.map(({ count, ...rest }: Record<string, unknown>) =>
    `${count} ${Object.values(rest).map(String).join(" · ")}`
  );
}
