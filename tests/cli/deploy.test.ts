import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { startManagementApi } from "../support/management-api.ts";
import { assertClean, type CliProject, createCliProject, repository } from "./cli-project.ts";

const FUNCTIONS = ["campaigns", "concerts", "notifications", "storage-setup", "tickets"];
const PROJECT_REF = "abcdefghijklmnopqrst";
// The form the CLI insists on; it opens nothing but the stand-in.
const ACCESS_TOKEN = `sbp_${"0".repeat(40)}`;

Deno.test("functions deploy --use-api", async (context) => {
  const project = await createCliProject();
  const api = startManagementApi(PROJECT_REF, ACCESS_TOKEN);
  try {
    await context.step("deploys all five without a warning about config.toml", async () => {
      assertClean(await deploy(project, api.url));
      assert.deepEqual(api.uploads.map((upload) => upload.slug).sort(), FUNCTIONS);
      assert.deepEqual(api.activated.map((activated) => activated.slug).sort(), FUNCTIONS);
      assert.deepEqual(api.activated.filter((activated) => activated.verify_jwt !== false), []);
      assert.deepEqual(api.unknownRequests, []);
    });

    for (const name of FUNCTIONS) {
      await context.step(`${name} uploads itself and what it imports, nothing else`, async () => {
        const upload = api.uploads.find(({ slug }) => slug === name)!;
        assert.deepEqual([...upload.files.keys()].sort(), await expectedFiles(name));
        for (const [path, content] of upload.files) {
          assert.deepEqual(content, await Deno.readTextFile(join(repository, path)), path);
        }
        assert.deepEqual(upload.metadata, {
          name,
          entrypoint_path: `supabase/functions/${name}/index.ts`,
          import_map_path: "supabase/functions/deno.json",
          static_patterns: [],
          verify_jwt: false,
        });
      });
    }
  } finally {
    await api.close();
    await project.remove();
  }
});

async function deploy(project: CliProject, apiUrl: string) {
  const profile = join(project.folder, "profile.yaml");
  await Deno.writeTextFile(
    profile,
    `name: loopback
api_url: ${apiUrl}
dashboard_url: ${apiUrl}/dashboard
project_host: localhost
`,
  );
  return await project.supabase(
    [
      ...["functions", "deploy", ...FUNCTIONS, "--use-api"],
      ...[`--remote=${PROJECT_REF}`, "--profile", profile, "--yes"],
    ],
    { SUPABASE_ACCESS_TOKEN: ACCESS_TOKEN },
  );
}

/**
 * The import map, the function's whole folder less its tests, and the shared modules Deno itself finds by
 * following its imports: the CLI finds them by its own scan, and the two have to agree.
 */
async function expectedFiles(name: string): Promise<string[]> {
  const own = await sourceFiles(`supabase/functions/${name}`);
  const shared = (await importedFiles(`supabase/functions/${name}/index.ts`))
    .filter((path) => path.startsWith("supabase/functions/_shared/"));
  return ["supabase/functions/deno.json", ...own, ...shared].sort();
}

async function sourceFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(join(repository, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await sourceFiles(path));
    else if (!/[._]test\.ts$/.test(entry.name)) files.push(path);
  }
  return files;
}

async function importedFiles(entry: string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: repository,
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  const { modules }: { modules: { specifier: string }[] } = JSON.parse(decoder.decode(stdout));
  return modules
    .filter(({ specifier }) => specifier.startsWith("file:"))
    .map(({ specifier }) => relative(repository, fileURLToPath(specifier)));
}
