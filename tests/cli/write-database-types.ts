import { join } from "node:path";
import { createHostedDatabase } from "../support/hosted-database.ts";
import { startPostgresServer } from "../support/postgres-server.ts";
import { assertClean, createCliProject, repository } from "./cli-project.ts";

/** Writes database.types.ts as `supabase gen types` gives it for the migrations, on a PostgreSQL of its own. */
const server = await startPostgresServer();
const project = await createCliProject();
try {
  const { url } = await createHostedDatabase(server.url);
  assertClean(await project.supabase(["db", "push", `--remote=${url}`, "--yes"]));
  const types = await project.supabase(["gen", "types", `--remote=${url}`]);
  assertClean(types);
  await Deno.writeTextFile(
    join(repository, "supabase/functions/_shared/database/sql/database.types.ts"),
    types.stdout,
  );
} finally {
  await project.remove();
  await server.close();
}
