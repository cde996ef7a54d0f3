import type { PostgrestClient } from "@supabase/postgrest-js";
import {
  type Documents,
  hasPending,
} from "../../supabase/functions/_shared/database/kv/documents.ts";
import { kvStoreOn } from "../../supabase/functions/_shared/database/kv/kv-context.ts";
import { KvTable } from "../../supabase/functions/_shared/database/kv/kv-table.ts";
import { LiveSource } from "../sources/live-source.ts";
import type { SourceRow } from "../sources/source.ts";

/**
 * A key-value table in which writes that had been interrupted are completed as it is read, as every read of kv mode
 * completes them: what is read then is what is there, and can be replaced on condition that it still is.
 */
export class SettledSource extends LiveSource {
  private readonly documents: Documents;

  constructor(connection: ConstructorParameters<typeof LiveSource>[0], client: PostgrestClient) {
    super(connection);
    this.documents = kvStoreOn(new KvTable(client)).documents;
  }

  /** Sources that change are read twice: the second reading finds what the first has completed. */
  override async *read(): AsyncGenerator<SourceRow[]> {
    for await (const page of super.read()) {
      for (const { key, value } of page) {
        if (value.includes('"pending"') && hasPending(JSON.parse(value))) {
          await this.documents.settled(key);
        }
      }
      yield page;
    }
  }
}
