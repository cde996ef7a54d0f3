import { Refusal } from "../../domain/refusal.ts";
import type { ConcertDocument } from "./concert-documents.ts";
import type { Documents, FollowUp, StoredDocument } from "./documents.ts";
import { systemNotification } from "./system-notification.ts";

/** How many decisions go into one write: what follows from them is written into the concert's row first. */
const largestBatch = 50;

/** The tickets of one concert while something is decided about them. What a refused decision did is forgotten. */
export interface TicketDesk {
  /** As the decisions before this one have left it; null when there is no such concert. */
  readonly concert: ConcertDocument | null;
  readonly now: Date;
  /** The document under `key`, as the decisions before this one have left it. */
  read<Document extends StoredDocument>(key: string): Promise<Document | null>;
  insert(key: string, document: object): void;
  /** Changes fields of a document that is there. */
  set(key: string, fields: object): void;
  /** Whatever is there, or is not, becomes `document`. */
  put(key: string, document: object): void;
  /**
   * Takes seats, or with a negative number gives them back; the artist is told when the last one is taken.
   * Throws `invalid_transition` (seats of a cancelled concert), `sold_out`.
   */
  moveSeats(seats: number): void;
}

type DeskDecision = (desk: TicketDesk) => Promise<unknown>;

interface Waiting {
  decision: DeskDecision;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

type DeskOutcome = { result: unknown } | { refusal: Refusal };

/**
 * Where everything about a concert's tickets is decided, one after the other, so that no seat is sold twice.
 *
 * The concert's row decides. Decisions that come while it is being written wait and are taken together in the next
 * write: five hundred buyers at once make a handful of writes, not five hundred that get in each other's way.
 */
export class TicketDesks {
  private readonly queues = new Map<string, Waiting[]>();

  constructor(private readonly documents: Documents) {}

  /** Takes a decision about the concert under `concertKey`; it may be called again with a newer concert. */
  decide<Result>(
    concertKey: string,
    decision: (desk: TicketDesk) => Promise<Result>,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const waiting: Waiting = { decision, resolve: (result) => resolve(result as Result), reject };
      const queue = this.queues.get(concertKey);
      if (queue) {
        queue.push(waiting);
        return;
      }
      const opened = [waiting];
      this.queues.set(concertKey, opened);
      void this.serve(concertKey, opened);
    });
  }

  private async serve(concertKey: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) await this.serveTogether(concertKey, queue.splice(0, largestBatch));
    this.queues.delete(concertKey);
  }

  private async serveTogether(concertKey: string, batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await this.documents.change<ConcertDocument, DeskOutcome[]>(
        concertKey,
        async (concert) => {
          const work = new DeskWork(this.documents, concert);
          const outcomes: DeskOutcome[] = [];
          for (const { decision } of batch) outcomes.push(await work.take(decision));
          return { result: outcomes, ...work.written() };
        },
      );
      outcomes.forEach((outcome, index) => {
        if ("refusal" in outcome) batch[index].reject(outcome.refusal);
        else batch[index].resolve(outcome.result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** What is to be written under a key: `inserted` where nothing was, `put` whatever was there, else fields changed. */
interface Change {
  kind: "inserted" | "put" | "set";
  fields: object;
}

/** The decisions of one write, in the order in which they came. */
class DeskWork {
  private readonly known = new Map<string, object>();
  private readonly changes = new Map<string, Change>();

  constructor(
    private readonly documents: Documents,
    private concert: ConcertDocument | null,
  ) {}

  async take(decision: DeskDecision): Promise<DeskOutcome> {
    const desk = new StagedDesk(this.concert, new Date(), (key) => this.read(key));
    try {
      const result = await decision(desk);
      this.concert = desk.concert;
      for (const [key, document] of desk.known) this.known.set(key, document);
      for (const { key, ...change } of desk.changes) this.note(key, change);
      return { result };
    } catch (error) {
      if (error instanceof Refusal) return { refusal: error };
      throw error;
    }
  }

  /** What is to be written; nothing when nothing was decided. */
  written(): { write?: object; followUps?: FollowUp[] } {
    if (this.changes.size === 0 || this.concert === null) return {};
    return { write: this.concert, followUps: [...this.changes].flatMap(followUpsOf) };
  }

  private async read(key: string): Promise<object | null> {
    return this.known.get(key) ?? await this.documents.settled(key);
  }

  /** Follow-ups of one write change each key once at most, so that later changes join the earlier ones. */
  private note(key: string, change: Change): void {
    const before = this.changes.get(key);
    if (!before || change.kind === "put") this.changes.set(key, change);
    else this.changes.set(key, { ...before, fields: { ...before.fields, ...change.fields } });
  }
}

function followUpsOf([key, { kind, fields }]: [string, Change]): FollowUp[] {
  switch (kind) {
    case "inserted":
      return [{ key, insert: fields }];
    case "set":
      return [{ key, set: { ...fields } }];
    case "put":
      return [{ key, insert: fields }, { key, set: { ...fields } }];
  }
}

/** The desk as one decision sees it. */
class StagedDesk implements TicketDesk {
  readonly known = new Map<string, object>();
  readonly changes: (Change & { key: string })[] = [];

  constructor(
    public concert: ConcertDocument | null,
    readonly now: Date,
    private readonly readBefore: (key: string) => Promise<object | null>,
  ) {}

  async read<Document extends StoredDocument>(key: string): Promise<Document | null> {
    const document = this.known.get(key) ?? await this.readBefore(key);
    if (document) this.known.set(key, document);
    return document as Document | null;
  }

  insert(key: string, document: object): void {
    this.known.set(key, document);
    this.changes.push({ key, kind: "inserted", fields: document });
  }

  set(key: string, fields: object): void {
    const before = this.known.get(key);
    if (!before) throw new Error("what is changed has to be read first");
    this.known.set(key, { ...before, ...fields });
    this.changes.push({ key, kind: "set", fields });
  }

  put(key: string, document: object): void {
    this.known.set(key, document);
    this.changes.push({ key, kind: "put", fields: document });
  }

  moveSeats(seats: number): void {
    const { concert } = this;
    if (concert === null) throw new Refusal("not_found");
    if (seats === 0) return;
    if (seats > 0 && concert.is_cancelled) throw new Refusal("invalid_transition");
    const tickets_sold = Math.max(concert.tickets_sold + seats, 0);
    const { ticket_capacity: capacity } = concert;
    if (seats > 0 && capacity !== null && tickets_sold > capacity) throw new Refusal("sold_out");
    this.concert = { ...concert, tickets_sold };
    if (seats > 0 && tickets_sold === capacity) {
      const { key, insert } = systemNotification(
        concert,
        {
          title: "Билеты распроданы",
          message: `Билеты на концерт «${concert.title}» распроданы.`,
          metadata: {},
        },
        this.now,
      );
      this.insert(key, insert);
    }
  }
}
