import { isMirrored } from "../../supabase/functions/_shared/database/dual/kv-writer.ts";
import type { WalletDocument } from "../../supabase/functions/_shared/database/kv/wallets.ts";
import { prefixes } from "../../supabase/functions/_shared/database/legacy/keys.ts";
import { mergedPrefixes } from "../../supabase/functions/_shared/database/transfer/merged-keys.ts";
import type { Entity } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { SourceRows } from "../workspace/source-rows.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * The records of which an export that was interrupted has left keys that they say all of already: these are still to
 * go, though nothing of the record has to be written. As `<entity> <id>`.
 */
export function recordsWithLeftKeys(workspace: Workspace): Set<string> {
  const records = new Set<string>();
  for (const [entity, id] of [...artistsLeft(workspace), ...repeatsLeft(workspace)]) {
    records.add(`${entity} ${id}`);
  }
  return records;
}

/** Artists with balances or movements that another balance counts along. */
function* artistsLeft(workspace: Workspace): Generator<[entity: Entity, id: string]> {
  for (const page of new SourceRows(workspace).pagesHolding('"absorbed"')) {
    for (const { key, value } of page) {
      if (!key.startsWith(prefixes.coinsBalance)) continue;
      const { absorbed, artist_id } = Object(JSON.parse(value)) as Partial<WalletDocument>;
      const isLeft = Object.keys(absorbed ?? {}).some((key) => isThere(workspace, key));
      if (isLeft && artist_id) yield ["artists", artist_id];
    }
  }
}

/** Whether there is a balance under the key, or a movement that could be read beside it. */
function isThere(workspace: Workspace, balanceKey: string): boolean {
  const owner = balanceKey.slice(prefixes.coinsBalance.length);
  const movements = `${prefixes.coinsTransaction}${owner}:`;
  return workspace.get(
    `select 1 from outcomes
     where outcome in ('migrated', 'merged') and (key = ? or key > ? and key < ? || char(0x10ffff)) limit 1`,
    balanceKey,
    movements,
    movements,
  ) !== undefined;
}

/** Other records that came from the tables and have keys merged into them. */
function* repeatsLeft(workspace: Workspace): Generator<[entity: Entity, id: string]> {
  const { artists: _, ...others } = mergedPrefixes;
  for (const [entity, prefix] of Object.entries(others)) {
    const found = workspace.all<{ id: string; value: string }>(
      `select distinct own.id, source.value
       from outcomes as part
       join outcomes as own on own.key = part.detail and own.entity = ?
       join source on source.key = own.key
       where part.outcome = 'merged' and part.prefix = ? and instr(source.value, '"mirrored"')`,
      entity,
      prefix,
    );
    for (const { id, value } of found) {
      if (isMirrored(JSON.parse(value))) yield [entity as Entity, id];
    }
  }
}
