import { join } from "node:path";
import postgres from "postgres";

/** A running PostgreSQL. `url` is a superuser's, for the maintenance database `postgres`. */
export interface PostgresServer {
  url: string;
  /** Stops the server and removes its data. Safe to call twice. */
  close(): Promise<void>;
}

const DEBIAN_PACKAGES = "postgresql postgresql-15-pgtap postgresql-15-plpgsql-check";

/**
 * Starts a throwaway PostgreSQL on a free port of 127.0.0.1, without password and without
 * durability. PostgreSQL refuses to run as root, so root hands it to the system user `postgres`.
 * @throws when no server binaries are installed, or the server does not come up; the message says what to do.
 */
export async function startPostgresServer(): Promise<PostgresServer> {
  const binaries = await findServerBinaries();
  const identity = await serverIdentity();
  const folder = await Deno.makeTempDir({ prefix: "postgres-server-" });
  try {
    if (identity.uid !== undefined) await Deno.chown(folder, identity.uid, identity.gid!);
    const data = join(folder, "data");
    await initialiseCluster(join(binaries, "initdb"), data, identity);
    return await launch(join(binaries, "postgres"), data, folder, identity);
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}

/** Creates an empty database (a random name by default) on the server of `serverUrl`; returns its URL. */
export async function createDatabase(serverUrl: string, name?: string): Promise<string> {
  const database = name ?? `test_${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  // template0: copying template1 fails while anyone else is connected to it.
  await execute(serverUrl, (sql) => sql`create database ${sql(database)} template template0`);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Drops a database made by `createDatabase`, disconnecting whoever still uses it. */
export async function dropDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl);
  const database = url.pathname.slice(1);
  url.pathname = "/postgres";
  await execute(url.href, (sql) => sql`drop database if exists ${sql(database)} with (force)`);
}

async function execute(
  url: string,
  statement: (sql: postgres.Sql) => Promise<unknown>,
): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await statement(sql);
  } finally {
    await sql.end();
  }
}

interface Identity {
  uid?: number;
  gid?: number;
}

async function serverIdentity(): Promise<Identity> {
  if (Deno.uid() !== 0) return {};
  const numbers = await Promise.all(["-u", "-g"].map(async (flag) => {
    const { success, stdout } = await new Deno.Command("id", { args: [flag, "postgres"] }).output();
    return success ? Number(new TextDecoder().decode(stdout)) : undefined;
  }));
  const [uid, gid] = numbers;
  if (uid === undefined || gid === undefined) {
    throw new Error(
      "PostgreSQL does not run as root and there is no system user `postgres` to run it: " +
        `install the Debian packages ${DEBIAN_PACKAGES}, or run as another user.`,
    );
  }
  return { uid, gid };
}

/** The folder of the newest installed PostgreSQL: its server and its tools. */
export async function findServerBinaries(): Promise<string> {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter(Boolean);
  folders.unshift(...await debianFolders());
  for (const folder of folders) {
    if (await isFile(join(folder, "initdb")) && await isFile(join(folder, "postgres"))) {
      return folder;
    }
  }
  throw new Error(
    "No PostgreSQL server was found in /usr/lib/postgresql/*/bin or PATH: " +
      `install the Debian packages ${DEBIAN_PACKAGES}, or set TEST_DATABASE_URL to a running server.`,
  );
}

/** Debian keeps server binaries out of PATH, one folder a major version; the newest goes first. */
async function debianFolders(): Promise<string[]> {
  const root = "/usr/lib/postgresql";
  const versions: number[] = [];
  try {
    for await (const entry of Deno.readDir(root)) versions.push(Number(entry.name));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return versions.sort((a, b) => b - a).map((version) => join(root, String(version), "bin"));
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function initialiseCluster(initdb: string, data: string, identity: Identity): Promise<void> {
  const { success, stderr } = await new Deno.Command(initdb, {
    // C.UTF-8: Russian full-text search needs a locale that knows Cyrillic letter case.
    args: [
      "--pgdata",
      data,
      "--username=postgres",
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C.UTF-8",
      "--no-sync",
    ],
    ...identity,
  }).output();
  if (!success) throw new Error(`initdb failed: ${new TextDecoder().decode(stderr)}`);
}

async function launch(
  binary: string,
  data: string,
  folder: string,
  identity: Identity,
): Promise<PostgresServer> {
  const port = freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
  };
  const child = new Deno.Command(binary, {
    args: [
      "-D",
      data,
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    ...identity,
  }).spawn();

  const log = watchLog(child.stderr);
  const ready = await Promise.race([log.ready, child.status.then(() => false)]);
  if (!ready) {
    await log.ended;
    throw new Error(`PostgreSQL did not start on port ${port}: ${log.text()}`);
  }

  let closing: Promise<void> | undefined;
  const stop = async () => {
    try {
      child.kill("SIGINT"); // "fast shutdown": rolls back and disconnects, does not wait for clients
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // already ended, by the terminal's own Ctrl-C
    }
    await child.status;
    await log.ended;
    await Deno.remove(folder, { recursive: true });
  };
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    close: () => closing ??= stop(),
  };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Follows the server's log so that its pipe never fills, keeping only the start for error messages. */
function watchLog(stream: ReadableStream<Uint8Array>) {
  let head = "";
  const ready = Promise.withResolvers<boolean>();
  const ended = (async () => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      if (head.length < 20_000) head += chunk;
      if (head.includes("ready to accept connections")) ready.resolve(true);
    }
    ready.resolve(false);
  })();
  return { ready: ready.promise, ended, text: () => head };
}
