import assert from "node:assert/strict";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { createStorageSetup } from "../../supabase/functions/storage-setup/storage-setup.ts";
import type { Person } from "../support/caller-tokens.ts";
import { assertRefused, type Reply } from "./api-client.ts";
import type { Scenario, ScenarioContext } from "./scenario-context.ts";

const mebibyte = 1_048_576;

/** The buckets as the HTTP contract lists them. */
const contract = [
  {
    name: "make-84730125-concert-banners",
    public: true,
    file_size_limit: 5 * mebibyte,
    allowed_mime_types: ["image/jpeg", "image/png", "image/webp", "image/gif"],
  },
  {
    name: "make-84730125-artist-avatars",
    public: true,
    file_size_limit: 2 * mebibyte,
    allowed_mime_types: ["image/jpeg", "image/png", "image/webp"],
  },
  {
    name: "make-84730125-track-covers",
    public: true,
    file_size_limit: 3 * mebibyte,
    allowed_mime_types: ["image/jpeg", "image/png", "image/webp"],
  },
  {
    name: "make-84730125-audio-files",
    public: false,
    file_size_limit: 50 * mebibyte,
    allowed_mime_types: ["audio/mpeg", "audio/wav", "audio/ogg", "audio/flac"],
  },
  {
    name: "make-84730125-video-files",
    public: false,
    file_size_limit: 200 * mebibyte,
    allowed_mime_types: ["video/mp4", "video/webm", "video/ogg"],
  },
  {
    name: "make-84730125-campaign-attachments",
    public: false,
    file_size_limit: 10 * mebibyte,
    allowed_mime_types: ["application/pdf", "image/jpeg", "image/png"],
  },
];

const names = contract.map(({ name }) => name).toSorted();

export function storageScenarios(scenario: Scenario): void {
  scenario(
    "storage: the first request of an instance provisions, the next ones look",
    async (context) => {
      await removeBuckets(context);
      const instance = context.instanceOf(createStorageSetup());
      const first = await instance.send("GET", "/storage-setup/status");
      assert.deepEqual(reportOf(first), {
        success: true,
        initialized: true,
        bucketsCreated: names,
        errors: [],
        buckets: contract.map((bucket) => ({ ...bucket, exists: true, drift: [] })),
      });
      await context.stack.sql("delete from storage.buckets where id = $1::text", [names[0]]);
      const second = reportOf(await instance.send("GET", "/storage-setup/status"));
      assert.equal(second.initialized, false);
      assert.deepEqual(second.bucketsCreated, []);
      assert.deepEqual(
        second.buckets.filter(({ exists }) => !exists).map(({ name }) => name),
        [names[0]],
      );
      const another = context.instanceOf(createStorageSetup());
      const third = reportOf(await another.send("GET", "/storage-setup/status"));
      assert.deepEqual(third.bucketsCreated, [names[0]]);
    },
  );

  scenario(
    "storage: setting up twice, or twice at once, creates nothing twice",
    async (context) => {
      await removeBuckets(context);
      const setUp = () => context.api.send("POST", "/storage-setup", { as: "service" });
      const [one, other] = (await Promise.all([setUp(), setUp()])).map(reportOf);
      for (const report of [one, other]) {
        assert.equal(report.initialized, true);
        assert.deepEqual(report.errors, []);
      }
      const again = reportOf(await setUp());
      assert.deepEqual([again.initialized, again.bucketsCreated], [true, []]);
      const stored = await context.stack.sql("select id from storage.buckets order by id");
      assert.deepEqual(stored.map(({ id }) => id), names);
    },
  );

  scenario(
    "storage: drift is told and repaired, files and foreign buckets stay",
    async (context) => {
      const { api, stack } = context;
      await api.send("POST", "/storage-setup", { as: "service" });
      const artist = await context.makeArtist();
      const path = `${artist.id}/keep.png`;
      const uploaded = await uploadAs(context, artist, names[2], path, bytes(10), "image/png");
      assert.equal(uploaded, null);
      await stack.sql(
        "insert into storage.buckets (id, name, public) values ('mine', 'mine', true)",
      );
      await stack.sql(
        `update storage.buckets
       set public = not public, file_size_limit = 1, allowed_mime_types = array['text/html']
       where id = $1::text`,
        [names[2]],
      );
      await stack.sql(
        "update storage.buckets set file_size_limit = null, allowed_mime_types = null where id = $1::text",
        [names[0]],
      );
      await api.send("GET", "/storage-setup/status");
      const report = reportOf(await api.send("GET", "/storage-setup/status"));
      assert.equal(report.initialized, false);
      const drift = Object.fromEntries(report.buckets.map(({ name, drift }) => [name, drift]));
      assert.deepEqual(drift[names[2]], ["public", "file_size_limit", "allowed_mime_types"]);
      assert.deepEqual(drift[names[0]], ["file_size_limit", "allowed_mime_types"]);
      assert.deepEqual(drift[names[1]], []);

      const repaired = reportOf(await api.send("POST", "/storage-setup", { as: "service" }));
      assert.deepEqual(
        [repaired.initialized, repaired.bucketsCreated, repaired.errors],
        [true, [], []],
      );
      const file = await clientAs(context, artist).storage.from(names[2]).download(path);
      assert.equal(file.data?.size, 10);
      const mine = await stack.sql("select public from storage.buckets where id = 'mine'");
      assert.deepEqual(mine, [{ public: true }]);
      await stack.sql("delete from storage.buckets where id = 'mine'");
    },
  );

  scenario(
    "storage: a bucket that cannot be made is told, the others are made",
    async (context) => {
      const { api, stack } = context;
      await removeBuckets(context);
      await stack.sql(
        `alter table storage.buckets add constraint refused check (id <> '${names[3]}') not valid`,
      );
      const setUp = () => api.send("POST", "/storage-setup", { as: "service" });
      try {
        const reply = await quietly(setUp);
        const report = reportOf(reply);
        assert.equal(report.initialized, false);
        assert.deepEqual(report.bucketsCreated, names.filter((name) => name !== names[3]));
        assert.deepEqual(report.errors, [`${names[3]} could not be created`]);
      } finally {
        await stack.sql("alter table storage.buckets drop constraint refused");
      }
      const repaired = reportOf(await setUp());
      assert.deepEqual([repaired.initialized, repaired.bucketsCreated], [true, [names[3]]]);
    },
  );

  scenario("storage: only the secret key sets up, everybody may look", async (context) => {
    const { api } = context;
    assertRefused(await api.send("POST", "/storage-setup"), "unauthorized");
    const people = [
      await context.makeArtist(),
      await context.makeModerator(),
      await context.makeAdmin(),
    ];
    for (const as of people) {
      assertRefused(await api.send("POST", "/storage-setup", { as }), "forbidden");
      assert.equal((await api.send("GET", "/storage-setup/status", { as })).status, 200);
    }
    const withPublishableKey = await api.send("POST", "/storage-setup", {
      headers: { apikey: context.stack.publishableKey },
    });
    assertRefused(withPublishableKey, "unauthorized");
  });

  scenario("storage: an artist writes below a folder of their own id alone", async (context) => {
    await context.api.send("POST", "/storage-setup", { as: "service" });
    const artist = await context.makeArtist();
    const other = await context.makeArtist();
    for (const { name, allowed_mime_types: [type] } of contract) {
      const upload = (as: Person | null, path: string) =>
        uploadAs(context, as, name, path, bytes(20), type);
      assert.equal(await upload(artist, `${artist.id}/own/file`), null, name);
      const refused = [
        [artist, `${other.id}/file`],
        [artist, "file"],
        [artist, `x${artist.id}/file`],
        [artist, `folder/${artist.id}/file`],
        [artist, `${artist.id}`],
        [other, `${artist.id}/own/other`],
        [null, `${artist.id}/file`],
        [null, "file"],
      ] as const;
      for (const [as, path] of refused) {
        assert.notEqual(await upload(as, path), null, `${name}: ${path}`);
      }
      for (const as of [other, null]) {
        const client = clientAs(context, as).storage.from(name);
        await client.remove([`${artist.id}/own/file`]);
        await client.update(`${artist.id}/own/file`, bytes(1), { contentType: type });
        await client.move(`${artist.id}/own/file`, `${other.id}/file`);
      }
      const own = clientAs(context, artist).storage.from(name);
      assert.equal(
        (await own.download(`${artist.id}/own/file`)).data?.size,
        20,
        `${name}: unharmed`,
      );
      const stored = await context.stack.sql(
        "select name from storage.objects where bucket_id = $1::text and name like '%' || $2::text || '%'",
        [name, artist.id],
      );
      assert.deepEqual(stored, [{ name: `${artist.id}/own/file` }]);
      await own.remove([`${artist.id}/own/file`]);
      assert.notEqual(
        (await own.download(`${artist.id}/own/file`)).error,
        null,
        `${name}: removed`,
      );
    }
  });

  scenario(
    "storage: public files are everybody's to read, private ones their owner's",
    async (context) => {
      await context.api.send("POST", "/storage-setup", { as: "service" });
      const artist = await context.makeArtist();
      const strangers = [await context.makeArtist(), await context.makeModerator(), null];
      for (const { name, public: isPublic, allowed_mime_types: [type] } of contract) {
        const path = `${artist.id}/file`;
        assert.equal(await uploadAs(context, artist, name, path, bytes(30), type), null);
        const own = clientAs(context, artist).storage.from(name);
        assert.equal((await own.download(path)).data?.size, 30, `${name}: by its owner`);
        for (const as of strangers) {
          const { data } = await clientAs(context, as).storage.from(name).download(path);
          assert.equal(data !== null, isPublic, `${name}: by others`);
          const listed = await clientAs(context, as).storage.from(name).list(artist.id);
          if (!isPublic) assert.deepEqual(listed.data ?? [], [], `${name}: listed by others`);
          if (!isPublic) {
            const signed = await clientAs(context, as).storage.from(name).createSignedUrl(path, 60);
            assert.equal(signed.data, null, `${name}: signed by others`);
          }
        }
        const response = await fetch(own.getPublicUrl(path).data.publicUrl);
        await response.body?.cancel();
        assert.equal(response.ok, isPublic, `${name}: by its public address`);
      }
    },
  );

  scenario("storage: size and type are limited", async (context) => {
    await context.api.send("POST", "/storage-setup", { as: "service" });
    const artist = await context.makeArtist();
    const small = contract.filter(({ file_size_limit }) => file_size_limit <= 10 * mebibyte);
    for (const { name, file_size_limit, allowed_mime_types } of small) {
      const upload = (file: string, size: number, type: string) =>
        uploadAs(context, artist, name, `${artist.id}/${file}`, bytes(size), type);
      assert.notEqual(
        await upload("big", file_size_limit + 1, allowed_mime_types[0]),
        null,
        `${name}: a byte too many`,
      );
      assert.equal(await upload("full", file_size_limit, allowed_mime_types[0]), null, name);
    }
    for (const { name, allowed_mime_types } of contract) {
      const upload = (file: string, type: string) =>
        uploadAs(context, artist, name, `${artist.id}/${file}`, bytes(5), type);
      for (const [index, type] of allowed_mime_types.entries()) {
        assert.equal(await upload(`type-${index}`, type), null, `${name}: ${type}`);
      }
      for (const type of ["text/html", "image/svg+xml", "application/javascript"]) {
        assert.notEqual(await upload("page", type), null, `${name}: ${type}`);
      }
    }
  });
}

interface Report {
  initialized: boolean;
  bucketsCreated: string[];
  errors: string[];
  buckets: { name: string; exists: boolean; drift: string[] }[];
}

function reportOf(reply: Reply): Report {
  assert.equal(reply.status, 200, reply.text);
  return reply.body as unknown as Report;
}

async function removeBuckets({ stack }: ScenarioContext): Promise<void> {
  await stack.sql("delete from storage.objects");
  await stack.sql("delete from storage.buckets");
}

function clientAs({ stack }: ScenarioContext, person: Person | null): SupabaseClient {
  return createClient(stack.url, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    ...(person ? { accessToken: () => Promise.resolve(person.token) } : {}),
  });
}

/** The error, null when the file was stored. The body goes as it is: the embedded server knows no multipart. */
async function uploadAs(
  context: ScenarioContext,
  person: Person | null,
  bucket: string,
  path: string,
  file: Uint8Array,
  contentType: string,
): Promise<Error | null> {
  const { error } = await clientAs(context, person).storage.from(bucket)
    .upload(path, file, { contentType });
  return error;
}

/** Runs what is expected to log a fault. */
async function quietly<Result>(work: () => Promise<Result>): Promise<Result> {
  const { error } = console;
  console.error = () => {};
  try {
    return await work();
  } finally {
    console.error = error;
  }
}

function bytes(count: number): Uint8Array {
  return new Uint8Array(count).fill(7);
}
