import type { PostgrestClient, PostgrestError } from "@supabase/postgrest-js";
import type { Caller, UserCaller } from "../../auth/caller.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { SqlClients } from "./create-sql-backend.ts";
import type { Database as Schema } from "./database.types.ts";
import { refusalFrom } from "./refusal-from.ts";

/** A query being built that can still be given a header. */
interface Sendable<Row>
  extends PromiseLike<{ data: Row; error: PostgrestError | null; status: number }> {
  setHeader(name: string, value: string): this;
}

/** The Data API as one caller reaches it. The clients are shared by all callers; the token goes with each query. */
export class DataApi {
  constructor(private readonly clients: SqlClients, readonly caller: Caller) {}

  /** For queries whose answer is the same for everybody: sent as a visitor, whoever asks. */
  asVisitor(): PostgrestClient<Schema> {
    return this.clients.publishable;
  }

  /** For everything else. Queries go through `send`, which adds the caller's token. */
  asCaller(): PostgrestClient<Schema> {
    return this.caller.kind === "service" ? this.clients.secret : this.clients.publishable;
  }

  /** For what is decided here and done for the caller by the backend itself; goes through `send`. */
  asBackend(): PostgrestClient<Schema> {
    return this.clients.secret;
  }

  /** The signed-in person; throws `unauthorized` for anybody else. */
  user(): UserCaller {
    if (this.caller.kind !== "user") throw new Refusal("unauthorized");
    return this.caller;
  }

  /** Sends a query as a visitor. Throws `Refusal` for what the schema refuses. */
  async send<Row>(query: Sendable<Row>): Promise<NonNullable<Row>> {
    const { data, error, status } = await query;
    if (error) throw refusalFrom(error, status);
    return data as NonNullable<Row>;
  }

  /** Sends a query with the caller's token. Throws `Refusal` for what the schema refuses. */
  sendAsCaller<Row>(query: Sendable<Row>): Promise<NonNullable<Row>> {
    if (this.caller.kind === "user") {
      query.setHeader("authorization", `Bearer ${this.caller.token}`);
    }
    return this.send(query);
  }
}
