import type { TransferRecord } from "../../supabase/functions/_shared/database/transfer/record.ts";

/** A complete profile, as the importer sends it; by default another one each time. */
export function artistRecord(
  changes: Record<string, unknown> = {},
  { id = crypto.randomUUID(), version = 0 }: { id?: string; version?: number } = {},
): TransferRecord {
  return {
    entity: "artists",
    id,
    key: `profile:${id}`,
    version,
    row: {
      id,
      legacy_id: null,
      username: null,
      full_name: null,
      bio: null,
      avatar_url: null,
      city: null,
      phone: null,
      email: null,
      is_verified: false,
      subscribers_count: 0,
      total_plays: 0,
      total_tracks: 0,
      coins_balance: 0,
      claimed_at: null,
      legacy: null,
      created_at: "2024-01-01T00:00:00.000Z",
      updated_at: "2024-01-01T00:00:00.000Z",
      ...changes,
    },
  };
}
