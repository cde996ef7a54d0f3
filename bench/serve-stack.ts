import { startLocalStack } from "../local/stack.ts";
import type { StackAnnouncement } from "./stack-process.ts";

/** `serve-stack.ts [database URL]`: a local stack without functions, until the standard input ends. */
const stack = await startLocalStack({ databaseUrl: Deno.args[0], functions: false });
const { url, environment, publishableKey, secretKey, jwtSecret } = stack;
const [{ server_version }] = await stack.sql("show server_version");
const announcement: StackAnnouncement = {
  url,
  environment,
  publishableKey,
  secretKey,
  jwtSecret,
  databaseVersion: String(server_version),
};
console.log(JSON.stringify(announcement));
for await (const _ of Deno.stdin.readable) {
  // Nothing is said to it but the end.
}
await stack.close();
