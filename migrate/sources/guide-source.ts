import { partsOf, prefixes } from "../../supabase/functions/_shared/database/legacy/keys.ts";
import { MigrationError } from "../migration-error.ts";
import { identityOfFile, openBytes } from "./bytes-of.ts";
import { parseExactly } from "./exact-json.ts";
import type { Source, SourceRow } from "./source.ts";
import { unreadableFile } from "./unreadable-file.ts";

/** What the migration guide's script writes: values without their keys. */
interface GuideExport {
  concerts: unknown[];
  notifications: unknown[];
  campaigns: unknown[];
  sales: unknown[];
}

type Fields = Record<string, unknown>;

/** Where in the file each prefix is, and who owns a value of it, as the old keys name owners. */
const families: { list: keyof GuideExport; prefix: string; ownerOf(fields: Fields): unknown }[] = [
  {
    list: "concerts",
    prefix: prefixes.concert,
    // Tours, which say artist_id, have none in their keys.
    ownerOf: ({ userId }) => userId,
  },
  { list: "notifications", prefix: prefixes.notification, ownerOf: ({ userId }) => userId },
  {
    list: "campaigns",
    prefix: prefixes.campaign,
    ownerOf: ({ artistId }) => artistId ?? "unknown",
  },
  {
    list: "sales",
    prefix: prefixes.ticketSale,
    ownerOf: ({ concertId }) => concertId ?? "unknown",
  },
];

/**
 * The `kv_export.json` of the migration guide. Its values have lost their keys, which are put together again from the
 * owners and ids inside them; and it holds four families only. It is one JSON text, read as a whole.
 */
export class GuideSource implements Source {
  readonly isLive = false;
  readonly remarks: string[] = [];

  /** @param mayBeCut whether lists that look cut off are taken as they are */
  constructor(private readonly path: string, private readonly mayBeCut = false) {}

  get name(): string {
    return this.path;
  }

  identity(): Promise<string> {
    return identityOfFile(this.path);
  }

  count(): Promise<null> {
    return Promise.resolve(null);
  }

  async *read(): AsyncGenerator<SourceRow[]> {
    const content = await this.content();
    const keys = new Map<string, string>();
    let renamed = 0;
    for (const { list, prefix, ownerOf } of families) {
      const rows: SourceRow[] = [];
      content[list].forEach((item, index) => {
        const value = JSON.stringify(item);
        let key = keyOf(item, { prefix, ownerOf, index });
        // Two values that call themselves the same were under two keys.
        while (keys.has(key) && keys.get(key) !== value) key += "~";
        if (key.endsWith("~")) renamed++;
        keys.set(key, value);
        rows.push({ key, value });
      });
      if (rows.length > 0) yield rows;
    }
    this.remarks.push(
      `${this.path} has concerts, notifications, campaigns and sales only, and no keys: ` +
        "profiles, coins and settings are not in it, and ids may differ from those of the live store.",
    );
    if (renamed > 0) {
      this.remarks.push(`${renamed} of its values call themselves like another one.`);
    }
  }

  private async content(): Promise<GuideExport> {
    let text: string;
    try {
      const decoder = new TextDecoderStream("utf-8", { fatal: true });
      text = (await Array.fromAsync((await openBytes(this.path)).pipeThrough(decoder))).join("");
    } catch (error) {
      throw unreadableFile(this.path, error);
    }
    const content = parse(text);
    if (content) return this.uncut(content);
    throw this.broken();
  }

  /** The script asks for each list once, and so loses in silence what is behind the first thousand. */
  private uncut(content: GuideExport): GuideExport {
    const cut = families.map(({ list }) => list)
      .filter((list) => content[list].length > 0 && content[list].length % scriptsLimit === 0);
    if (cut.length === 0) return content;
    const counts = cut.map((list) => `${content[list].length.toLocaleString("en")} ${list}`);
    const found = `${this.path} has exactly ${counts.join(" and ")}`;
    if (!this.mayBeCut) {
      throw new MigrationError(
        `${found}, where the guide's script stops and loses the rest: take the file of the command export, or say ` +
          "--incomplete to go on with what there is.",
      );
    }
    this.remarks.push(`${found}: the guide's script stops there, more will have been lost.`);
    return content;
  }

  private broken(): MigrationError {
    return new MigrationError(
      `${this.path} is no whole export of the migration guide's script: export again, ` +
        "better by the command export, which keeps the keys.",
    );
  }
}

/** What the script's question to the Data API gives at most, without saying that there is more. */
const scriptsLimit = 1000;

function parse(text: string): GuideExport | null {
  try {
    const value = parseExactly(text) as Partial<GuideExport> | null;
    const isExport = families.every(({ list }) => Array.isArray(value?.[list]));
    return isExport ? value as GuideExport : null;
  } catch {
    return null;
  }
}

function keyOf(
  item: unknown,
  { prefix, ownerOf, index }: {
    prefix: string;
    ownerOf: (fields: Fields) => unknown;
    index: number;
  },
): string {
  const fields = fieldsOf(item);
  // What today's code has rewritten keeps the old value, and with it the old key.
  const old = fields.legacy ? fieldsOf(fields.legacy) : null;
  const named = old ?? fields;
  const id = textOf(named.id) ?? `without-id-${index + 1}`;
  const isNew = old === null && "legacy" in fields;
  const owner = textOf(isNew ? ownerOfNew(prefix, fields) : ownerOf(named));
  const key = owner === null ? `${prefix}${id}` : `${prefix}${owner}:${id}`;
  // An id with a colon would be read back as an owner and another id.
  return partsOf(key, prefix).owner === owner ? key : `${prefix}${id.replaceAll(":", "-")}`;
}

function ownerOfNew(prefix: string, fields: Fields): unknown {
  if (prefix === prefixes.notification) return fields.user_id;
  if (prefix === prefixes.campaign) return fields.owner ?? fields.artist_id;
  if (prefix === prefixes.ticketSale) return fields.concert_id;
  return null;
}

function fieldsOf(item: unknown): Fields {
  let value = item;
  if (typeof value === "string") {
    try {
      value = JSON.parse(value);
    } catch {
      return {};
    }
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Fields
    : {};
}

function textOf(value: unknown): string | null {
  const isName = (typeof value === "string" && value !== "") || typeof value === "number";
  return isName ? String(value).replaceAll("\0", "").toWellFormed() : null;
}
