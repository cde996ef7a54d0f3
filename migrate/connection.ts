import { PostgrestClient } from "@supabase/postgrest-js";
import { readEnvFile } from "../local/env-file.ts";
import {
  ConfigurationError,
  defaultKey,
  keysOf,
} from "../supabase/functions/_shared/environment.ts";
import { type Variables, webUrl } from "../supabase/functions/_shared/variables.ts";
import { MigrationError } from "./migration-error.ts";

/** A Supabase project, and a secret key of it. */
export interface Connection {
  /** Without a slash at the end. */
  url: string;
  secretKey: string;
}

/** The environment; where it names no project, also the file `.env.local` that `npm start` writes. */
export async function readVariables(): Promise<Variables> {
  const environment = Deno.env.toObject();
  // The key of one project would make no sense to another.
  return environment.SUPABASE_URL ? environment : { ...await readEnvFile(), ...environment };
}

/**
 * The project with the tables: `SUPABASE_URL` and `SUPABASE_SECRET_KEY`, or what else the functions accept for it.
 *
 * Throws `MigrationError` naming the variable.
 */
export function targetConnection(variables: Variables): Connection {
  return connectionOf(variables, "");
}

/**
 * The project with the key-value table: `SOURCE_SUPABASE_URL` and `SOURCE_SUPABASE_SECRET_KEY`; the target, when
 * neither is set.
 *
 * Throws `MigrationError` naming the variable.
 */
export function sourceConnection(variables: Variables): Connection {
  const isNamed = Object.entries(variables)
    .some(([name, value]) => name.startsWith("SOURCE_SUPABASE_") && value);
  return connectionOf(variables, isNamed ? "SOURCE_" : "");
}

/** A client of the project's Data API, which acts with the secret key. */
export function connect({ url, secretKey }: Connection): PostgrestClient {
  return new PostgrestClient(`${url}/rest/v1`, {
    headers: { apikey: secretKey, authorization: `Bearer ${secretKey}` },
    // Tried again where it does no harm, and with patience.
    retry: false,
  });
}

function connectionOf(variables: Variables, prefix: string): Connection {
  const urlName = `${prefix}SUPABASE_URL`;
  const address = variables[urlName];
  try {
    if (!address) throw new ConfigurationError(`${urlName} is not set`);
    const keys = keysOf(
      variables,
      `${prefix}SUPABASE_SECRET_KEY`,
      `${prefix}SUPABASE_SERVICE_ROLE_KEY`,
    );
    const url = webUrl(urlName, address);
    // It would be told wherever the address is: on terminals, in reports, in the target.
    if (url.username || url.password) {
      throw new ConfigurationError(`${urlName} must be without a user name and password`);
    }
    const secretKey = defaultKey(keys);
    // What no header can hold would be refused with the key in the message.
    if (!/^[\x21-\x7e]+$/.test(secretKey)) {
      throw new ConfigurationError(
        `${prefix}SUPABASE_SECRET_KEY must be a key without spaces, line breaks or other letters`,
      );
    }
    return { url: url.href.replace(/\/$/, ""), secretKey };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new MigrationError(
      `${error.message}: set it to the project's, from its API settings, or run npm start for a local one.`,
      { cause: error },
    );
  }
}
