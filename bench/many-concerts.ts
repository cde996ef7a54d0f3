import type postgres from "postgres";

/** As many as a busy platform gathers in years; three of ten lie ahead. */
export const concertCount = 100_000;
const artistCount = 1_000;

/** Has every fifth concert: a list of their own far longer than what is read of it. */
export const busyArtist = "00000000-0000-4000-8000-000000000001";

/**
 * Fills the empty tables: three of four concerts are approved, every fifth waits for moderation, the rest are drafts.
 * Every fiftieth description speaks of an orchestra, every hundredth concert is promoted.
 */
export async function insertManyConcerts(sql: postgres.Sql): Promise<void> {
  await sql`
    insert into public.artists (id, username, full_name)
    select
      overlay(${busyArtist} placing lpad(to_hex(n), 12, '0') from 25)::uuid,
      'artist_' || n,
      'Артист № ' || n
    from generate_series(1, ${artistCount}::integer) as n`;
  await sql`
    insert into public.concerts (
      artist_id, title, description, city, venue_name, event_date, event_time, event_type, banner_image_url,
      ticket_price_min, ticket_price_max, moderation_status, submitted_at, is_promoted, promotion_starts_at,
      promotion_ends_at, promotion_cost, created_at
    )
    select
      overlay(
        ${busyArtist} placing lpad(to_hex(case when n % 5 = 0 then 1 else 2 + n % 999 end), 12, '0') from 25
      )::uuid,
      'Концерт № ' || n,
      'Новый альбом целиком и лучшие песни за десять лет'
        || case when n % 50 = 0 then ', с симфоническим оркестром' else '' end,
      (array['Москва', 'Санкт-Петербург', 'Казань', 'Екатеринбург', 'Пермь', 'Самара', 'Томск'])[1 + n % 7],
      'Клуб «Маяк»',
      current_date + (n * 7919 % 1000 - 700),
      '19:00',
      'Концерт',
      'https://example.com/banner.jpg',
      1500,
      4500.5,
      case when n % 5 = 2 then 'pending' when n % 20 = 13 then 'draft' else 'approved' end,
      now() - n * interval '1 minute',
      n % 100 = 0,
      case when n % 100 = 0 then now() end,
      case when n % 100 = 0 then now() + interval '7 days' end,
      case when n % 100 = 0 then 100 end,
      now() - n * interval '1 minute'
    from generate_series(1, ${concertCount}::integer) as n`;
  await sql`vacuum analyze public.artists, public.concerts`;
}
