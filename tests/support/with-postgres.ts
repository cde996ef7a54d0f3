import { startPostgresServer } from "./postgres-server.ts";

/** `with-postgres.ts <command...>`: runs the command with TEST_DATABASE_URL naming a throwaway PostgreSQL. */
const [command, ...args] = Deno.args;
if (command === undefined) {
  console.error("Usage: with-postgres <command> [arguments...]");
  Deno.exit(2);
}

const server = await startPostgresServer();
let code: number;
try {
  const child = new Deno.Command(command, {
    args,
    env: { TEST_DATABASE_URL: server.url },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // The command decides when to end; only then may the server go, and its folder with it.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      try {
        child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // the terminal's own Ctrl-C ended it first
      }
    });
  }
  code = (await child.status).code;
} finally {
  await server.close();
}
Deno.exit(code);
