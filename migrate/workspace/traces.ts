import { isUuid } from "../../supabase/functions/_shared/domain/uuid.ts";
import {
  markStands,
  openProfile,
} from "../../supabase/functions/_shared/database/kv/artist-profiles.ts";
import { prefixes } from "../../supabase/functions/_shared/database/legacy/keys.ts";
import type { Takeover } from "../../supabase/functions/_shared/database/transfer/takeovers.ts";
import type { Trace } from "../../supabase/functions/_shared/database/transfer/traces.ts";
import { SourceRows } from "./source-rows.ts";
import type { Workspace } from "./workspace.ts";

/** A concert's trace as it is stored; `artist` is whose it is after claims. */
export interface TracedConcert {
  id: string;
  owner: string;
  artist: string;
}

/** What the rows of a workspace tell about others. */
export class Traces {
  constructor(private readonly workspace: Workspace) {
    workspace.exec(`
      create table if not exists traced_owners (
        owner text primary key, artist_id text not null, artist text not null
      ) without rowid;
      create index if not exists traced_owners_by_artist on traced_owners (artist);
      create index if not exists traced_owners_by_artist_id on traced_owners (artist_id);
      create table if not exists traced_claims (
        artist_id text primary key, account text not null
      ) without rowid;
      create table if not exists traced_concerts (
        id text not null, legacy_id text, inner_id text, owner text not null,
        artist_id text not null, artist text not null, created_at text not null
      );
      create index if not exists traced_concerts_by_id on traced_concerts (id);
      create index if not exists traced_concerts_by_legacy_id on traced_concerts (legacy_id, id);
      create index if not exists traced_concerts_by_inner_id on traced_concerts (inner_id, id);
      create index if not exists traced_concerts_by_artist on traced_concerts (artist, created_at);
      create index if not exists traced_concerts_by_artist_id on traced_concerts (artist_id);
      create table if not exists traced_seats (
        concert text primary key, seats integer not null
      ) without rowid;
      create table if not exists sold_seats (
        concert_id text primary key, seats integer not null
      ) without rowid;
      create table if not exists traced_usernames (
        username text not null, artist_id text not null, is_old integer not null, key text not null
      );
      create index if not exists traced_usernames_by_name on traced_usernames (username, is_old, key);
      create table if not exists traced_reminders (
        key text primary key, concert text not null, user_id text not null, artist text not null,
        days_before integer not null, created_at text not null, id text not null
      ) without rowid;
      create index if not exists traced_reminders_by_place
        on traced_reminders (concert, artist, days_before, created_at, id);
      create index if not exists traced_reminders_by_user on traced_reminders (user_id);
    `);
  }

  clear(): void {
    this.workspace.exec(`
      delete from traced_owners; delete from traced_claims; delete from traced_concerts;
      delete from traced_seats; delete from sold_seats; delete from traced_usernames;
      delete from traced_reminders;
    `);
  }

  add(trace: Trace): void {
    const { workspace } = this;
    switch (trace.about) {
      case "owner":
        workspace.run(
          "insert or ignore into traced_owners values (?, ?, ?)",
          trace.owner,
          trace.artist_id,
          trace.artist_id,
        );
        break;
      case "claim":
        workspace.run(
          "insert or replace into traced_claims values (?, ?)",
          trace.artist_id,
          trace.account,
        );
        break;
      case "concert":
        workspace.run(
          "insert into traced_concerts values (?, ?, ?, ?, ?, ?, ?)",
          trace.id,
          trace.legacy_id,
          trace.inner_id,
          trace.owner,
          trace.artist_id,
          trace.artist_id,
          trace.created_at,
        );
        break;
      case "seats":
        workspace.run(
          `insert into traced_seats values (?, ?)
           on conflict (concert) do update set seats = traced_seats.seats + excluded.seats`,
          trace.concert,
          trace.seats,
        );
        break;
      case "username":
        workspace.run(
          "insert into traced_usernames values (?, ?, ?, ?)",
          trace.username,
          trace.artist_id,
          Number(trace.is_old),
          trace.key,
        );
        break;
      case "reminder":
        workspace.run(
          "insert or replace into traced_reminders values (?, ?, ?, ?, ?, ?, ?)",
          trace.key,
          trace.concert,
          trace.user_id,
          trace.user_id,
          trace.days_before,
          trace.created_at,
          trace.id,
        );
    }
  }

  /** Adds what some sales tell; those of one concert follow each other. */
  addSeats(traces: readonly Trace[]): void {
    const sums = new Map<string, number>();
    for (const trace of traces) {
      if (trace.about !== "seats") continue;
      sums.set(trace.concert, (sums.get(trace.concert) ?? 0) + trace.seats);
    }
    for (const [concert, seats] of sums) this.add({ about: "seats", concert, seats });
  }

  /** Follows claims, and finds the concerts that reminders name; once all traces but seats are there. */
  async resolve(): Promise<void> {
    const { workspace } = this;
    await this.forgetClaimsThatFell();
    const claims = workspace.all<{ artist_id: string }>("select artist_id from traced_claims");
    for (const { artist_id } of claims) {
      const artist = this.afterClaims(artist_id);
      for (const table of ["traced_owners", "traced_concerts"]) {
        workspace.run(`update ${table} set artist = ? where artist_id = ?`, artist, artist_id);
      }
      workspace.run(
        "update traced_reminders set artist = ? where user_id = ?",
        artist,
        artist_id,
      );
    }
    const names = workspace.all<{ name: string }>(
      "select distinct concert as name from traced_reminders",
    );
    for (const { name } of names) {
      const id = this.concertNamed(name)?.id ?? name;
      if (id === name) continue;
      workspace.run("update traced_reminders set concert = ? where concert = ?", id, name);
    }
  }

  private async forgetClaimsThatFell(): Promise<void> {
    const source = new SourceRows(this.workspace);
    const profilesOf = async (artistId: string) => {
      const rows = this.workspace.all<{ owner: string }>(
        "select owner from traced_owners where artist_id = ?",
        artistId,
      ).map(({ owner }) => ({
        key: prefixes.profile + owner,
        value: source.get(prefixes.profile + owner),
      }));
      return await Promise.all(
        rows.flatMap(({ key, value }) =>
          value === null ? [] : openProfile({ key, value: JSON.parse(value) })
        ),
      );
    };
    const claims = this.workspace.all<{ artist_id: string; account: string }>(
      "select artist_id, account from traced_claims",
    );
    for (const { artist_id, account } of claims) {
      const mark = (await profilesOf(artist_id)).find(({ claimed_by }) =>
        claimed_by?.toLowerCase() === account
      );
      if (mark && markStands(mark, await profilesOf(account))) continue;
      this.workspace.run("delete from traced_claims where artist_id = ?", artist_id);
    }
  }

  /** Finds the concerts that seats name; once all of these are there too. */
  resolveSeats(): void {
    for (const { name, seats } of this.seatsByName()) {
      const concert = this.concertNamed(name);
      if (!concert) continue;
      this.workspace.run(
        `insert into sold_seats values (?, ?)
         on conflict (concert_id) do update set seats = sold_seats.seats + excluded.seats`,
        concert.id,
        seats,
      );
    }
  }

  /** An account that took over another profile may have been taken over itself. */
  afterClaims(artistId: string): string {
    let id = artistId;
    for (const passed = new Set<string>(); !passed.has(id);) {
      passed.add(id);
      id = this.workspace.get<{ account: string }>(
        "select account from traced_claims where artist_id = ?",
        id,
      )?.account ?? id;
    }
    return id;
  }

  /** The profiles that became the artists among the records behind the place `after` up to `last`. */
  takeovers(after: number, last: number): Takeover[] {
    return this.workspace.all(
      `select distinct owner.artist_id as former, owner.artist as account
       from traced_claims as claim
       join traced_owners as owner on owner.artist_id = claim.artist_id and owner.artist <> owner.artist_id
       join records on records.entity = 'artists' and records.id = owner.artist
       where records.place > ? and records.place <= ?`,
      after,
      last,
    );
  }

  concertNamed(name: string): TracedConcert | null {
    const by = (column: string, wanted: string) =>
      this.workspace.get<TracedConcert>(
        `select id, owner, artist from traced_concerts where ${column} = ? order by id limit 1`,
        wanted,
      );
    return by("id", isUuid(name) ? name.toLowerCase() : name) ?? by("legacy_id", name) ??
      by("inner_id", name) ?? null;
  }

  ownersOf(artist: string): string[] {
    return this.workspace.all<{ owner: string }>(
      "select owner from traced_owners where artist = ? order by owner",
      artist,
    ).map(({ owner }) => owner);
  }

  firstSeen(artist: string): string | null {
    return this.workspace.get<{ first: string | null }>(
      "select min(created_at) as first from traced_concerts where artist = ?",
      artist,
    )?.first ?? null;
  }

  seatsSoldOf(concertId: string): number {
    return this.workspace.get<{ seats: number }>(
      "select seats from sold_seats where concert_id = ?",
      concertId,
    )?.seats ?? 0;
  }

  /** The artist's id before claims. */
  holderOf(username: string): string | null {
    return this.workspace.get<{ artist_id: string }>(
      "select artist_id from traced_usernames where username = ? order by is_old, key limit 1",
      username,
    )?.artist_id ?? null;
  }

  firstReminder(concert: string, artist: string, daysBefore: number): string | null {
    return this.workspace.get<{ key: string }>(
      `select key from traced_reminders where concert = ? and artist = ? and days_before = ?
       order by created_at, id limit 1`,
      concert,
      artist,
      daysBefore,
    )?.key ?? null;
  }

  private *seatsByName(): Generator<{ name: string; seats: number }> {
    let after = "";
    while (true) {
      const page = this.workspace.all<{ name: string; seats: number }>(
        "select concert as name, seats from traced_seats where concert > ? order by concert limit 1000",
        after,
      );
      yield* page;
      if (page.length === 0) return;
      after = page[page.length - 1].name;
    }
  }
}
