import assert from "node:assert/strict";
import { join } from "node:path";
import { createHostedDatabase, type HostedDatabase } from "../support/hosted-database.ts";
import { testOnServer } from "../support/test-server.ts";
import { assertNoFindings, readFindings } from "./advisors.ts";
import { assertClean, type CliProject, createCliProject, repository } from "./cli-project.ts";

const TYPES = "supabase/functions/_shared/database/sql/database.types.ts";

/** Runs the body on a project copy and a database as a hosted project has it before its first migration. */
async function withProject(
  serverUrl: string,
  body: (project: CliProject, database: HostedDatabase) => Promise<void>,
): Promise<void> {
  const database = await createHostedDatabase(serverUrl);
  const project = await createCliProject();
  try {
    await body(project, database);
  } finally {
    await project.remove();
    await database.drop();
  }
}

async function migrationNames(): Promise<string[]> {
  const names = [];
  for await (const entry of Deno.readDir(join(repository, "supabase/migrations"))) {
    if (entry.name.endsWith(".sql")) names.push(entry.name);
  }
  return names.sort();
}

async function push(project: CliProject, database: HostedDatabase, ...flags: string[]) {
  const output = await project.supabase([
    "db",
    "push",
    `--remote=${database.url}`,
    "--yes",
    ...flags,
  ]);
  assertClean(output);
  return output;
}

async function findings(project: CliProject, database: HostedDatabase) {
  const output = await project.supabase([
    ...["db", "advisors", `--remote=${database.url}`, "--type", "all", "--level", "info"],
    ...["--output-format", "json"],
  ]);
  assertClean(output);
  return readFindings(output.stdout);
}

async function generateTypes(project: CliProject, database: HostedDatabase): Promise<string> {
  const output = await project.supabase(["gen", "types", `--remote=${database.url}`]);
  assertClean(output);
  return output.stdout;
}

testOnServer(
  "the migrations as the CLI sees them on a hosted project",
  (serverUrl, context) =>
    withProject(serverUrl, async (project, database) => {
      await context.step("db push applies every migration, in order", async () => {
        const { stderr } = await push(project, database);
        const applied = [...stderr.matchAll(/^Applying migration (.+)\.\.\.$/mg)].map((m) => m[1]);
        assert.deepEqual(applied, await migrationNames());
      });

      await context.step("db push again has nothing to do", async () => {
        const { stdout } = await push(project, database);
        assert.match(stdout, /Remote database is up to date\./);
      });

      await context.step("db lint finds nothing, warnings included", async () => {
        const output = await project.supabase([
          ...["db", "lint", `--remote=${database.url}`, "--level", "warning"],
          ...["--output-format", "json"],
        ]);
        assertClean(output);
        assert.match(output.stderr, /^Linting schema: public$/m);
        assert.deepEqual(JSON.parse(output.stdout).results, []);
      });

      await context.step(
        "nor is anything wrong with trigger functions, which db lint leaves out",
        async () => {
          const rows = await database.run(`
          select trigger.tgname || ': ' || message as line
          from pg_catalog.pg_trigger trigger
          join pg_catalog.pg_proc function on function.oid = trigger.tgfoid
          join pg_catalog.pg_language language on language.oid = function.prolang,
            extensions.plpgsql_check_function(function.oid, trigger.tgrelid) message
          where not trigger.tgisinternal and language.lanname = 'plpgsql'`);
          assert.deepEqual(rows.map((row) => row.line), []);
        },
      );

      await context.step("db advisors finds nothing, hints included", async () => {
        assertNoFindings(await findings(project, database));
      });

      await context.step("gen types gives the committed file", async () => {
        const committed = await Deno.readTextFile(join(repository, TYPES));
        if (await generateTypes(project, database) !== committed) {
          throw new Error(
            `${TYPES} is out of date: deno run -A tests/cli/write-database-types.ts writes it anew.`,
          );
        }
      });
    }),
);

testOnServer(
  "migrations pasted into the SQL editor, twice over, can be pushed afterwards",
  (serverUrl) =>
    withProject(serverUrl, async (project, database) => {
      const folder = join(repository, "supabase/migrations");
      for (const name of [...await migrationNames(), ...await migrationNames()]) {
        await database.run(await Deno.readTextFile(join(folder, name)));
      }
      const pasted = await generateTypes(project, database);
      await push(project, database);
      assert.deepEqual(await generateTypes(project, database), pasted);
      assertNoFindings(await findings(project, database));
    }),
);

testOnServer(
  "db push --include-seed loads the demo, and loads it once",
  (serverUrl) =>
    withProject(serverUrl, async (project, database) => {
      const count = async () => {
        const rows = await database.run("select count(*)::int as concerts from public.concerts");
        return rows[0].concerts;
      };
      const { stderr } = await push(project, database, "--include-seed");
      assert.match(stderr, /Seeding data from supabase\/seed\.sql/);
      const seeded = await count();
      assert.ok(Number(seeded) > 0, "seed.sql holds no concert");

      await database.run(await Deno.readTextFile(join(repository, "supabase/seed.sql")));
      assert.deepEqual(await count(), seeded);
    }),
);

/**
 * A hosted project opens every new table and function to anonymous visitors; a self-made database opens
 * none. The migrations have to end at the same grants on both.
 */
testOnServer(
  "grants do not depend on the default privileges of the project",
  (serverUrl) =>
    withProject(serverUrl, (project, open) =>
      withProject(serverUrl, async (_, closed) => {
        await closed.run(
          ["tables", "functions", "sequences"].map((kind) =>
            `alter default privileges in schema public
             revoke all on ${kind} from anon, authenticated, service_role;`
          ).join("\n"),
        );
        await push(project, open);
        await push(project, closed);
        const granted = await grants(closed);
        assert.ok(granted.length > 0);
        assert.deepEqual(granted.filter((line) => line.includes(": public ")), []);
        assert.deepEqual(await grants(open), granted);
      })),
);

/** Who may do what in every schema of ours: one line a relation, column, function and role. */
async function grants(database: HostedDatabase): Promise<string[]> {
  const rows = await database.run(`
    with ours as (
      select oid, nspname from pg_catalog.pg_namespace
      where pg_get_userbyid(nspowner) in ('hosted_postgres', 'pg_database_owner')
        and nspname not in ('extensions', 'supabase_migrations')
    ),
    objects as (
      select ours.nspname, class.relname::text as name, class.relacl as acl
      from pg_catalog.pg_class class
      join ours on ours.oid = class.relnamespace
      where class.relkind in ('r', 'v', 'm', 'S', 'p')
      union all
      select ours.nspname, class.relname || '.' || attribute.attname, attribute.attacl
      from pg_catalog.pg_attribute attribute
      join pg_catalog.pg_class class on class.oid = attribute.attrelid
      join ours on ours.oid = class.relnamespace
      where attribute.attacl is not null
      union all
      select ours.nspname, procedure.oid::regprocedure::text,
        coalesce(procedure.proacl, acldefault('f', procedure.proowner))
      from pg_catalog.pg_proc procedure
      join ours on ours.oid = procedure.pronamespace
    )
    select format('%s %s: %s %s', nspname, name,
        case grantee when 0 then 'public' else pg_get_userbyid(grantee)::text end,
        string_agg(privilege_type, ' ' order by privilege_type)) as line
    from objects, aclexplode(acl)
    where grantee <> 'hosted_postgres'::regrole
    group by nspname, name, grantee
    order by 1`);
  return rows.map((row) => String(row.line));
}

testOnServer(
  "the linters do find what is wrong",
  (serverUrl) =>
    withProject(serverUrl, async (project, database) => {
      await database.run(`
      create table public.leak (password text);
      create function public.broken() returns integer language plpgsql as $$
      begin
        return (select count(*) from public.missing_table);
      end
      $$;`);
      const names = new Set((await findings(project, database)).map((finding) => finding.name));
      for (
        const name of [
          "rls_disabled_in_public",
          "sensitive_columns_exposed",
          "no_primary_key",
          "function_search_path_mutable",
        ]
      ) {
        assert.ok(names.has(name), `db advisors does not see ${name}`);
      }
      const lint = await project.supabase([
        ...["db", "lint", `--remote=${database.url}`, "--fail-on", "warning"],
      ]);
      assert.equal(lint.code, 1);
      assert.match(lint.stdout, /missing_table/);
    }),
);
