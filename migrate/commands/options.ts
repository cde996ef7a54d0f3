import { InvalidArgumentError } from "commander";
import { maximalBatch } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import {
  entities,
  type Entity,
} from "../../supabase/functions/_shared/database/transfer/record.ts";

/** Parses `--only concerts,ticket_sales`, which may be repeated. */
export function parseEntities(text: string, before: Entity[] = []): Entity[] {
  const named = text.split(",").map((name) => name.trim());
  const unknown = named.find((name) => !entities.some((entity) => entity === name));
  if (unknown === undefined) return [...before, ...named as Entity[]];
  throw new InvalidArgumentError(`"${unknown}" is no table: take some of ${entities.join(", ")}.`);
}

export function parseBatchSize(text: string): number {
  const size = Number(text);
  if (/^\d+$/.test(text) && size >= 1 && size <= maximalBatch) return size;
  throw new InvalidArgumentError(`It is a number from 1 to ${maximalBatch}.`);
}
