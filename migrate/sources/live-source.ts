import { retry, RetryError } from "deno-std/async/retry.js";
import { connect, type Connection } from "../connection.ts";
import { MigrationError } from "../migration-error.ts";
import { rowsAtATime, type Source, type SourceRow } from "./source.ts";

const tableName = "kv_store_84730125";

/** The key-value table of a project, through its Data API. */
export class LiveSource implements Source {
  readonly isLive = true;
  readonly remarks: readonly string[] = [];
  private readonly client;

  constructor(private readonly connection: Connection) {
    this.client = connect(connection);
  }

  get name(): string {
    return `${this.connection.url} ${tableName}`;
  }

  identity(): Promise<string> {
    return Promise.resolve(this.name);
  }

  async count(): Promise<number> {
    const { count } = await this.ask(() =>
      this.client.from(tableName).select("key", { count: "exact", head: true })
    );
    return count ?? 0;
  }

  /**
   * Page behind page, each behind the last key of the one before, up to one without rows: the Data API may give fewer
   * than asked for, and does not say so. The next page is on its way while one is worked on.
   */
  async *read(): AsyncGenerator<SourceRow[]> {
    let page = await this.page(null);
    while (page.length > 0) {
      const next = this.page(page[page.length - 1].key);
      // Awaited below, after the consumer has had its turn.
      next.catch(() => {});
      yield page;
      page = await next;
    }
  }

  private async page(after: string | null): Promise<SourceRow[]> {
    const { data } = await this.ask(() => {
      // As text: numbers that JavaScript would round come as they are stored.
      const query = this.client.from(tableName).select("key,value::text");
      return (after === null ? query : query.gt("key", after)).order("key").limit(rowsAtATime);
    });
    return data as unknown as SourceRow[];
  }

  /** Sends a question, and once more when the line was bad. */
  private async ask<Answer extends Asked>(question: () => PromiseLike<Answer>): Promise<Answer> {
    try {
      return await retry(async () => {
        const answer = await question();
        if (!answer.error) return answer;
        throw isAway(answer.status) ? new Away(this.sentence(answer)) : this.fault(answer);
      }, {
        maxAttempts: 4,
        minTimeout: 250,
        isRetriable: (error: unknown) => error instanceof Away,
      });
    } catch (error) {
      const cause = error instanceof RetryError ? error.cause : error;
      throw cause instanceof Away ? new MigrationError(cause.message, { cause }) : cause;
    }
  }

  private fault(answer: Asked): MigrationError {
    return new MigrationError(this.sentence(answer), { cause: answer.error });
  }

  private sentence({ status, error }: Asked): string {
    const { url } = this.connection;
    if (isAway(status)) {
      return `The source ${url} does not answer (${
        brief(error?.message)
      }): check its address and that the project is running.`;
    }
    if (status === 401 || status === 403) {
      return `The source ${url} does not accept the secret key: take a valid one from the project's API settings.`;
    }
    if (status === 404) {
      return `The source ${url} has no table ${tableName}: name the project of the old store, ` +
        "by SOURCE_SUPABASE_URL, or a file, by --from.";
    }
    return `The source ${url} answered ${status} (${
      brief(error?.message)
    }): try again, or look at the project's logs.`;
  }
}

interface Asked {
  status: number;
  error: { message: string } | null;
}

class Away extends Error {}

function isAway(status: number): boolean {
  return status === 0 || status === 429 || (status >= 502 && status <= 504);
}

/** One line of a message, without what makes no sentence. */
function brief(message = "no reason given"): string {
  return message.split("\n")[0].trim().slice(0, 200) || "no reason given";
}
