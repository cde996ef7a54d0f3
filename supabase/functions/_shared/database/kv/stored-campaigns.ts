import { isUuid } from "../../domain/uuid.ts";
import { prefixes } from "../legacy/keys.ts";
import type { CampaignMaterial } from "../../domain/campaign-mail.ts";
import type { ArtistProfiles } from "./artist-profiles.ts";
import {
  type CampaignDocument,
  campaignOf,
  openCampaign,
  type StoredCampaign,
} from "./campaign-documents.ts";
import type { ConcertFinder } from "./concert-finder.ts";
import type { KvTable, Row } from "./kv-table.ts";

/** Finds campaigns by any of their ids, and what their messages are made of. */
export class StoredCampaigns {
  constructor(
    private readonly table: KvTable,
    private readonly finder: ConcertFinder,
    private readonly profiles: ArtistProfiles,
  ) {}

  /** Every readable campaign. */
  async all(): Promise<StoredCampaign[]> {
    const campaigns: StoredCampaign[] = [];
    for (const row of await this.table.scan(prefixes.campaign)) {
      const opened = await openCampaign(row);
      if ("document" in opened) campaigns.push({ key: row.key, document: opened.document });
    }
    return campaigns;
  }

  /** The campaign with this id, else the lowest with this id in the old store; null when there is none. */
  async find(id: string): Promise<StoredCampaign | null> {
    const name = isUuid(id) ? id.toLowerCase() : id;
    const campaigns = await this.all();
    const found = campaigns.find(({ document }) => document.id === name) ??
      campaigns.filter(({ document }) => document.legacy_id === id)
        .sort((one, other) => one.document.id < other.document.id ? -1 : 1)[0];
    if (!found) return null;
    const [document] = await this.withConcerts([found.document]);
    return { key: found.key, document };
  }

  /** Looks up the concerts that old ones name by an id of the old store. */
  withConcerts(documents: readonly CampaignDocument[]): Promise<CampaignDocument[]> {
    return withConcerts(documents, this.finder);
  }

  async material(document: CampaignDocument): Promise<CampaignMaterial> {
    const { artist_id, concert_id } = document;
    const profile = await this.profiles.find(artist_id);
    const concert = concert_id === null ? null : await this.finder.find(concert_id);
    return {
      campaign: campaignOf(document),
      artist_name: profile?.full_name ?? profile?.username ?? null,
      concert: concert && {
        title: concert.document.title,
        city: concert.document.city,
        venue_name: concert.document.venue_name,
        event_date: concert.document.event_date,
        event_time: concert.document.event_time,
        ticket_link: concert.document.ticket_link,
      },
    };
  }
}

/** A campaign's row in the shape of today, its concert looked up; null where it cannot be read. */
export async function openStoredCampaign(
  row: Row,
  finder: ConcertFinder,
): Promise<CampaignDocument | null> {
  const opened = await openCampaign(row);
  if ("unreadable" in opened) return null;
  const [document] = await withConcerts([opened.document], finder);
  return document;
}

async function withConcerts(
  documents: readonly CampaignDocument[],
  finder: ConcertFinder,
): Promise<CampaignDocument[]> {
  const names = documents.map(({ concert_name }) => concert_name ?? null)
    .filter((name) => name !== null);
  if (names.length === 0) return [...documents];
  const ids = await finder.idsOf(names);
  return documents.map((document) => {
    const { concert_name: name } = document;
    if (name === undefined || name === null) return document;
    return { ...document, concert_name: null, concert_id: ids.get(name) ?? null };
  });
}
