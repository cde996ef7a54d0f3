import type { SuppressionReason } from "../../domain/campaign.ts";
import { artistIdOf } from "../legacy/ids.ts";
import type { DataApi } from "./data-api.ts";

/** The Data API gives at most this many rows at once. */
const rowsAtOnce = 1000;

/**
 * Suppresses an address for the artist whose id was made of an owner's in the old store until an account took their
 * profile over: mail from before has that id in its links and tags. The database does not know how such ids are made.
 * Nothing happens where it is nobody's. For services.
 */
export async function suppressForClaimant(
  api: DataApi,
  formerId: string,
  address: string,
  reason: SuppressionReason,
): Promise<void> {
  const artist_id = await findClaimant(api, formerId);
  if (artist_id === null) return;
  await api.sendAsCaller(api.asCaller().rpc("suppress_address", { artist_id, address, reason }));
}

async function findClaimant(api: DataApi, formerId: string): Promise<string | null> {
  let last = "00000000-0000-0000-0000-000000000000";
  while (true) {
    const rows = await api.sendAsCaller(
      api.asCaller().from("artists").select("id,legacy_id")
        .not("legacy_id", "is", null).not("claimed_at", "is", null)
        .gt("id", last).order("id").limit(rowsAtOnce)
        .overrideTypes<{ id: string; legacy_id: string }[], { merge: false }>(),
    );
    for (const { id, legacy_id } of rows) {
      if (await artistIdOf(legacy_id) === formerId) return id;
    }
    // A project may have been set to give fewer rows than were asked for.
    if (rows.length === 0) return null;
    last = rows[rows.length - 1].id;
  }
}
