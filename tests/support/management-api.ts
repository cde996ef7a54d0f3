/** One function as `supabase functions deploy --use-api` uploads it. */
export interface FunctionUpload {
  slug: string;
  /** Content by path, relative to the project's folder. */
  files: Map<string, string>;
  /** The request's `metadata` part: entrypoint_path, import_map_path, verify_jwt, name, ... */
  metadata: Record<string, unknown>;
}

/** A stand-in of the Supabase management API on loopback, as much of it as a deploy talks to. */
export interface ManagementApi {
  url: string;
  uploads: FunctionUpload[];
  /** The functions activated at the end of a deploy, as the CLI named them. */
  activated: Record<string, unknown>[];
  /** `METHOD /path` of whatever it had no answer for. */
  unknownRequests: string[];
  close(): Promise<void>;
}

/** @param accessToken the only bearer token accepted. */
export function startManagementApi(projectRef: string, accessToken: string): ManagementApi {
  const uploads: FunctionUpload[] = [];
  const activated: Record<string, unknown>[] = [];
  const unknownRequests: string[] = [];
  const project = `/v1/projects/${projectRef}`;

  const answer = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.headers.get("authorization") !== `Bearer ${accessToken}`) {
      return Response.json({ message: "Unauthorized" }, { status: 401 });
    }
    switch (`${request.method} ${pathname}`) {
      case `POST ${project}/functions/deploy`: {
        const upload = await readUpload(searchParams.get("slug") ?? "", await request.formData());
        uploads.push(upload);
        return Response.json(describe(upload), { status: 201 });
      }
      case `PUT ${project}/functions`: {
        const functions: Record<string, unknown>[] = await request.json();
        activated.push(...functions);
        return Response.json({ functions });
      }
      case `GET ${project}`:
        return Response.json(describeProject(projectRef));
      default:
        unknownRequests.push(`${request.method} ${pathname}`);
        return Response.json({ message: "Not Found" }, { status: 404 });
    }
  };

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    uploads,
    activated,
    unknownRequests,
    close: () => server.shutdown(),
  };
}

async function readUpload(slug: string, form: FormData): Promise<FunctionUpload> {
  const files = new Map<string, string>();
  for (const part of form.getAll("file")) {
    if (part instanceof File) files.set(part.name, await part.text());
  }
  return { slug, files, metadata: JSON.parse(String(form.get("metadata"))) };
}

function describe({ slug, metadata }: FunctionUpload) {
  return {
    id: crypto.randomUUID(),
    slug,
    name: slug,
    status: "ACTIVE",
    version: 1,
    verify_jwt: metadata.verify_jwt,
    created_at: 0,
    updated_at: 0,
  };
}

function describeProject(ref: string) {
  return {
    id: ref,
    ref,
    organization_id: "loopback",
    organization_slug: "loopback",
    name: "loopback",
    region: "eu-central-1",
    created_at: "2026-01-01T00:00:00Z",
    status: "ACTIVE_HEALTHY",
    database: {
      host: "localhost",
      version: "17.6.1.000",
      postgres_engine: "17",
      release_channel: "ga",
    },
  };
}
