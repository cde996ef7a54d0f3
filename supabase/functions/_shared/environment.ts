import { decodeBase64 } from "deno-std/encoding/base64.js";
import { ConfigurationError } from "./configuration-error.ts";
import { type CampaignSettings, resolveCampaignSettings } from "./delivery/campaign-settings.ts";
import { type StorageMode, storageModes } from "./database/types.ts";
import { type MailSettings, resolveMailSettings } from "./delivery/mail-settings.ts";
import { type PushSettings, resolvePushSettings } from "./delivery/push-settings.ts";
import { requiredVariable, type Variables, webUrl } from "./variables.ts";

export { ConfigurationError };

/** What a function needs to know of the project it runs in. */
export interface Environment {
  supabaseUrl: string;
  /** By name; whoever sends one is anonymous. */
  publishableKeys: Record<string, string>;
  /** By name; whoever sends one is a service. */
  secretKeys: Record<string, string>;
  /** The keys that access tokens are signed with, or where to fetch them. */
  jwks: { keys: JsonWebKey[] } | URL;
  storageMode: StorageMode;
  /** Of a dual mode: the share of reads, 0 to 1, that are compared with what the other store would have answered. */
  shadowReads: number;
  mail: MailSettings;
  push: PushSettings;
  campaigns: CampaignSettings;
  /** 32 bytes with which artists' keys to ticket providers are encrypted; null: none can be stored. */
  credentialsKey: Uint8Array<ArrayBuffer> | null;
}

/**
 * Reads the variables that Supabase provides and `STORAGE_MODE`.
 *
 * A malformed value is refused here rather than replaced by a default: a function that starts with half its keys
 * fails later and elsewhere. Throws `ConfigurationError`.
 */
export function resolveEnvironment(variables: Variables): Environment {
  const supabaseUrl = webUrl("SUPABASE_URL", requiredVariable(variables, "SUPABASE_URL"));
  return {
    supabaseUrl: supabaseUrl.href.replace(/\/$/, ""),
    publishableKeys: keysOf(variables, "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_ANON_KEY"),
    secretKeys: keysOf(variables, "SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"),
    jwks: jwksOf(variables, supabaseUrl),
    storageMode: storageModeOf(variables.STORAGE_MODE),
    shadowReads: shareOf("SHADOW_READS", variables.SHADOW_READS),
    mail: resolveMailSettings(variables),
    push: resolvePushSettings(variables),
    campaigns: resolveCampaignSettings(variables, supabaseUrl),
    credentialsKey: credentialsKeyOf(variables.CREDENTIALS_KEY),
  };
}

/** The key to act with: the one named `default`, else the first. */
export function defaultKey(keys: Record<string, string>): string {
  return keys.default ?? Object.values(keys)[0];
}

function storageModeOf(value: string | undefined): StorageMode {
  if (value === undefined || value === "") return "kv";
  const mode = storageModes.find((known) => known === value);
  if (mode) return mode;
  throw new ConfigurationError(
    'STORAGE_MODE must be "kv" (the default), "sql", "dual-kv" or "dual-sql"',
  );
}

function shareOf(variable: string, text: string | undefined): number {
  if (text === undefined || text === "") return 0;
  const share = /^\d(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (share <= 1) return share;
  throw new ConfigurationError(
    `${variable} must be a number from 0 (the default) to 1, such as 0.05`,
  );
}

function credentialsKeyOf(value: string | undefined): Uint8Array<ArrayBuffer> | null {
  if (value === undefined || value === "") return null;
  const key = bytesIn(value);
  if (key?.length === 32) return key;
  throw new ConfigurationError("CREDENTIALS_KEY must be 32 random bytes in base64");
}

function bytesIn(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return decodeBase64(base64);
  } catch {
    return null;
  }
}

/** Named keys from `<name>S` (a JSON object) or one key from `<name>`, and the key of projects made before both. */
export function keysOf(
  variables: Variables,
  name: string,
  legacyName: string,
): Record<string, string> {
  const keys: Record<string, string> = {};
  const named = variables[`${name}S`];
  if (named) Object.assign(keys, parseNamedKeys(`${name}S`, named));
  else if (variables[name]) keys.default = variables[name];
  if (variables[legacyName]) keys.legacy = variables[legacyName];
  if (Object.keys(keys).length === 0) {
    throw new ConfigurationError(`Neither ${name}S nor ${name} is set`);
  }
  return keys;
}

function parseNamedKeys(variable: string, text: string): Record<string, string> {
  const value = parseJson(text);
  const isNamedKeys = typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((key) => typeof key === "string" && key !== "");
  if (!isNamedKeys) {
    throw new ConfigurationError(`${variable} must be a JSON object of names and keys`);
  }
  return value as Record<string, string>;
}

function jwksOf(
  variables: Variables,
  supabaseUrl: URL,
): Environment["jwks"] {
  const inline = variables.SUPABASE_JWKS;
  if (inline) {
    const value = parseJson(inline);
    const keys = Array.isArray(value) ? value : (value as { keys?: unknown } | undefined)?.keys;
    const isKeySet = Array.isArray(keys) && keys.length > 0 &&
      keys.every((key) => typeof key?.kty === "string");
    if (!isKeySet) {
      throw new ConfigurationError('SUPABASE_JWKS must be a JSON Web Key Set: {"keys":[...]}');
    }
    return { keys };
  }
  const address = variables.SUPABASE_JWKS_URL;
  if (!address) return new URL("/auth/v1/.well-known/jwks.json", supabaseUrl);
  return webUrl("SUPABASE_JWKS_URL", address);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
