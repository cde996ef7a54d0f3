-- 001: tables, views and functions of the concert backend.
--
-- Creates schema `private` (internals, not exposed by the Data API) and in `public` the tables artists, concerts,
-- coin_transactions, notifications, notification_settings, email_campaigns, ticket_providers,
-- artist_ticket_providers and ticket_sales, the views concert_analytics and artist_statistics, and the functions
-- the Data API calls. Nothing is open to anyone before 002 says to whom.
--
-- Leaves alone: kv_store_84730125, everything in auth and storage, and all rows when it runs again.
-- Runs as one transaction: pasted whole into the SQL editor, by `supabase db push`, or by `psql -1 -f`.

create schema if not exists private;

-- ---------------------------------------------------------------------------------------------------------------
-- What tables and functions below build on
-- ---------------------------------------------------------------------------------------------------------------

-- The rules for texts are those of the API, for whoever writes past it through the Data API. Characters are named by
-- their codes: what classes such as [[:cntrl:]] hold depends on the database's locale.

-- One line that shows something: in a title or a mail's subject a line break would begin another header or property.
create or replace function private.is_line(value text)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  select value !~ '[\u0001-\u001f\u007f]'
    and value ~ '[^ \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]';
$$;

-- A text of any number of lines: tabs and line breaks are the only control characters.
create or replace function private.is_multiline_text(value text)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  select value !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]';
$$;

-- An instant that the API can tell as well: `infinity` and years of five digits or before Christ are PostgreSQL's alone,
-- and no list could answer that holds one.
create or replace function private.is_common_instant(value timestamptz)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  select value between timestamptz '1900-01-01 00:00:00Z' and timestamptz '9999-12-31 23:59:59.999Z';
$$;

-- An absolute http(s) address. Other schemes could run script in the page that shows the link.
create or replace function private.is_web_address(value text)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  select value ~* '^https?://[^\u0001-\u0020\u007f]+$' and char_length(value) <= 2000;
$$;

-- The words of a text, a space between them, as `wordsOf` of the API cuts them: all that is no letter and no digit
-- separates, and ё is е. Left to itself the parser of full-text search takes AC/DC for a file, Promo.Music for a host
-- and Би-2 for one word, which no query of words finds. Marks, symbols and signs are listed, because what a class
-- such as [[:alnum:]] holds depends on the database's locale.
create or replace function private.words_of(value text)
returns text
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  select regexp_replace(
    -- The dot over İ is a mark of its own in lower case, which would cut the word.
    translate(normalize(value, nfc), 'Ёёİ', 'ЕеI'),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7'
      '\u02c2-\u02c5\u02d2-\u02df\u02e5-\u02eb\u02ed\u02ef-\u036f\u0375\u037e\u0384\u0385\u0387\u03f6\u0482-\u0489'
      '\u2000-\u206f\u207a-\u207e\u208a-\u208e\u20a0-\u2101\u2103-\u2106\u2108\u2109\u2114\u2116-\u2118\u211e-\u2123'
      '\u2125\u2127\u2129\u212e\u213a\u213b\u2140-\u2144\u214a-\u214d\u214f\u218a-\u245f\u249c-\u24e9\u2500-\u2775'
      '\u2794-\u2bff\u2e00-\u2e2e\u2e30-\u3004\u3008-\u3020\u302a-\u3030\u3036\u3037\u303d-\u303f\ufe00-\ufe6f'
      '\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\U0001f000-\U0001f0ff\U0001f10d-\U0001faff]+',
    ' ',
    'g'
  );
$$;

-- The id inside an old value, as the API's reader of old values has it: a text or a number, without control characters
-- and spaces around it.
create or replace function private.inner_id(legacy jsonb)
returns text
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  select case
    when jsonb_typeof(legacy -> 'id') in ('string', 'number') then nullif(
      regexp_replace(
        regexp_replace(legacy ->> 'id', '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]', '', 'g'),
        '^[\s\u00a0\ufeff]+|[\s\u00a0\ufeff]+$', '', 'g'
      ),
      ''
    )
  end;
$$;

-- Refuses a request: the caller's fault, expected, part of the contract. `code` is one of the codes of the HTTP API;
-- `fields` are the fields at fault, to which the API adds the words. Nothing of the transaction stays.
-- SQLSTATE PTnnn makes the Data API answer with the HTTP status nnn.
create or replace function private.refuse(code text, fields text[] default '{}', reason text default null)
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = case code
      when 'validation_failed' then 'PT400'
      when 'unauthorized' then 'PT401'
      when 'forbidden' then 'PT403'
      when 'not_found' then 'PT404'
      when 'idempotency_mismatch' then 'PT422'
      else 'PT409'
    end,
    message = code,
    detail = (
      select coalesce(jsonb_agg(jsonb_build_object('path', field) order by place), '[]')::text
      from unnest(fields) with ordinality as at_fault (field, place)
    ),
    hint = coalesce(reason, '');
end;
$$;

-- Moderators carry their role in the part of the token that users cannot write (app_metadata).
create or replace function private.is_moderator()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(auth.jwt() -> 'app_metadata' ->> 'role' in ('moderator', 'admin'), false);
$$;

-- Whether the request came with a secret key. Inside a security definer function current_user is its owner, the
-- setting `role` still is the role the request was given.
create or replace function private.is_service()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(current_setting('role', true) = 'service_role', false);
$$;

-- Rows of the old store come as they are: while they are imported (008) the triggers are silent that touch a row's
-- time, keep coins and reminders in step or guard the ledger. On or off until the transaction ends. A function that
-- turns it on turns it off again: who calls it may do more.
create or replace function private.set_importing(is_on boolean)
returns void
language sql
set search_path = ''
as $$
  select set_config('promo_music.importing', case when is_on then 'on' else 'off' end, true);
$$;

create or replace function private.is_importing()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(current_setting('promo_music.importing', true) = 'on', false);
$$;

create or replace function private.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  -- A writer that names the time itself (the migration of old records) keeps it; no artist may write the column.
  if new.updated_at is not distinct from old.updated_at then
    new.updated_at := now();
  end if;
  return new;
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Artists
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists public.artists (
  -- The id of the account. No foreign key to auth.users: a migrated profile may wait for its account for ever.
  id uuid primary key,
  legacy_id text unique,
  username text,
  full_name text,
  bio text,
  avatar_url text,
  city text,
  phone text,
  email text,
  is_verified boolean not null default false,
  subscribers_count integer not null default 0,
  total_plays integer not null default 0,
  total_tracks integer not null default 0,
  coins_balance integer not null default 0,
  -- Null: migrated and never used by its owner since.
  claimed_at timestamptz(3),
  -- The record of the old store, verbatim.
  legacy jsonb,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  constraint artists_username_form check (username ~ '^[A-Za-z0-9_.-]{3,40}$'),
  constraint artists_full_name_length check (char_length(full_name) between 1 and 200),
  constraint artists_lines check (private.is_line(full_name) and private.is_line(city)),
  constraint artists_bio_length check (char_length(bio) <= 2000),
  constraint artists_bio_characters check (private.is_multiline_text(bio)),
  constraint artists_avatar_url_address check (private.is_web_address(avatar_url)),
  constraint artists_city_length check (char_length(city) between 2 and 100),
  constraint artists_phone_form check (phone ~ '^\+?[0-9 ()-]{5,32}$'),
  constraint artists_email_length check (char_length(email) <= 320),
  constraint artists_subscribers_count_not_negative check (subscribers_count >= 0),
  constraint artists_total_plays_not_negative check (total_plays >= 0),
  constraint artists_total_tracks_not_negative check (total_tracks >= 0),
  constraint artists_coins_balance_not_negative check (coins_balance >= 0)
);

create unique index if not exists artists_username_key on public.artists (lower(username));
-- The profiles that wait for their owner, found by the address the owner signs in with.
create index if not exists artists_unclaimed_email_idx on public.artists (lower(email)) where claimed_at is null;

-- A profile made by its owner: the address comes from the token, never from the request.
create or replace function private.artists_before_insert()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.id = auth.uid() then
    new.email := nullif(auth.jwt() ->> 'email', '');
    new.claimed_at := now();
  end if;
  return new;
end;
$$;

create or replace trigger artists_before_insert
  before insert on public.artists
  for each row execute function private.artists_before_insert();

create or replace function private.artists_before_update()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.updated_at is not distinct from old.updated_at then
    new.updated_at := now();
  end if;
  if old.id = auth.uid() then
    new.claimed_at := coalesce(old.claimed_at, now());
  end if;
  return new;
end;
$$;

-- Counters and coins are not in the list: they are no edit of the profile.
create or replace trigger artists_before_update
  before update of username, full_name, bio, avatar_url, city, phone, is_verified on public.artists
  for each row when (not private.is_importing())
  execute function private.artists_before_update();

-- ---------------------------------------------------------------------------------------------------------------
-- Concerts
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists public.concerts (
  id uuid primary key default gen_random_uuid(),
  -- Ids of the old store can repeat (they were unique for one owner only); lookups take the lowest id.
  legacy_id text,
  artist_id uuid not null references public.artists (id) on update cascade,
  title text not null,
  description text,
  city text,
  venue_name text,
  venue_address text,
  event_date date,
  event_time time(0),
  time_zone text not null default 'Europe/Moscow',
  event_type text,
  banner_image_url text,
  ticket_price_min numeric(12, 2),
  ticket_price_max numeric(12, 2),
  ticket_link text,
  -- Null: no limit.
  ticket_capacity integer,
  tickets_sold integer not null default 0,
  moderation_status text not null default 'draft',
  moderation_comment text,
  submitted_at timestamptz(3),
  moderated_at timestamptz(3),
  -- Whether a promotion was bought; it runs until promotion_ends_at.
  is_promoted boolean not null default false,
  promotion_starts_at timestamptz(3),
  promotion_ends_at timestamptz(3),
  -- Coins.
  promotion_cost integer,
  is_hidden boolean not null default false,
  is_cancelled boolean not null default false,
  views_count integer not null default 0,
  clicks_count integer not null default 0,
  shares_count integer not null default 0,
  -- The record of the old store, verbatim.
  legacy jsonb,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  sold_out boolean not null
    generated always as (ticket_capacity is not null and tickets_sold >= ticket_capacity) stored,
  starts_at timestamptz
    generated always as ((event_date + coalesce(event_time, time '00:00')) at time zone time_zone) stored,
  -- The midnight that ends the concert's day by the clocks of its place; from then on the concert is past.
  day_ends_at timestamptz
    generated always as ((event_date + 1)::timestamp at time zone time_zone) stored,
  search tsvector not null
    generated always as (
      to_tsvector('russian', private.words_of(title || ' ' || coalesce(description, '')))
      -- The words as they stand besides: «The Who» consists of words that Russian search leaves out.
      || to_tsvector('simple', private.words_of(title || ' ' || coalesce(description, '')))
    ) stored,
  constraint concerts_title_length check (char_length(title) between 3 and 200),
  constraint concerts_description_length check (char_length(description) <= 2000),
  constraint concerts_city_length check (char_length(city) between 2 and 100),
  constraint concerts_venue_name_length check (char_length(venue_name) between 2 and 200),
  constraint concerts_venue_address_length check (char_length(venue_address) between 1 and 500),
  constraint concerts_lines check (
    private.is_line(title) and private.is_line(city) and private.is_line(venue_name)
    and private.is_line(venue_address)
  ),
  constraint concerts_multiline_texts check (
    private.is_multiline_text(description) and private.is_multiline_text(moderation_comment)
  ),
  constraint concerts_event_date_bounds check (event_date between date '1900-01-01' and date '9999-12-31'),
  -- 24:00 is a time to PostgreSQL, not to the API.
  constraint concerts_event_time_bounds check (event_time < time '24:00'),
  constraint concerts_event_type_known check (
    event_type in (
      'Концерт', 'Фестиваль', 'Клубное выступление', 'Арена шоу', 'Уличный концерт', 'Акустический сет', 'DJ сет',
      'Другое'
    )
  ),
  constraint concerts_banner_image_url_address check (private.is_web_address(banner_image_url)),
  constraint concerts_ticket_link_address check (private.is_web_address(ticket_link)),
  constraint concerts_ticket_price_min_bounds check (ticket_price_min between 0 and 1000000),
  constraint concerts_ticket_price_max_bounds check (ticket_price_max between 0 and 1000000),
  constraint concerts_ticket_price_range check (ticket_price_min <= ticket_price_max),
  constraint concerts_ticket_capacity_bounds check (ticket_capacity between 1 and 1000000),
  constraint concerts_tickets_sold_not_negative check (tickets_sold >= 0),
  constraint concerts_capacity_covers_sales check (tickets_sold <= ticket_capacity),
  constraint concerts_moderation_status_known check (
    moderation_status in ('draft', 'pending', 'approved', 'rejected')
  ),
  constraint concerts_moderation_comment_length check (char_length(moderation_comment) <= 2000),
  constraint concerts_pending_was_submitted check (moderation_status <> 'pending' or submitted_at is not null),
  constraint concerts_promotion_complete check (
    not is_promoted
    or (promotion_starts_at is not null and promotion_ends_at is not null and promotion_cost is not null)
  ),
  constraint concerts_promotion_period check (promotion_starts_at <= promotion_ends_at),
  constraint concerts_promotion_cost_not_negative check (promotion_cost >= 0),
  constraint concerts_counters_not_negative check (views_count >= 0 and clicks_count >= 0 and shares_count >= 0)
)
-- Counters change far more often than anything else: room on the page keeps those updates out of the indexes.
with (fillfactor = 80);

-- Names as in the IANA database: offsets such as +03:00 are read with the sign reversed, other names with digits as
-- rules, and posix/ and right/ are PostgreSQL's own.
alter table public.concerts
  drop constraint if exists concerts_time_zone_name,
  add constraint concerts_time_zone_name check (
    char_length(time_zone) <= 64
    and (
      time_zone = 'UTC'
      or time_zone ~* '^etc/gmt(0|[+-]([0-9]|1[0-2])|-1[34])$'
      or time_zone ~ '^[A-Za-z]+(/[A-Za-z_-]+)+$' and time_zone !~* '^(posix|right)/'
    )
  );

create index if not exists idx_concerts_artist_id on public.concerts (artist_id);
create index if not exists idx_concerts_event_date on public.concerts (event_date desc);
create index if not exists idx_concerts_city on public.concerts (city);
create index if not exists idx_concerts_search on public.concerts using gin (search);
create index if not exists concerts_legacy_id_idx on public.concerts (legacy_id) where legacy_id is not null;
create index if not exists concerts_inner_id_idx on public.concerts (private.inner_id(legacy)) where legacy is not null;
create index if not exists concerts_public_idx on public.concerts (event_date, id)
  where moderation_status = 'approved' and not is_hidden and not is_cancelled;
create index if not exists concerts_public_by_artist_idx on public.concerts (artist_id, event_date, id)
  where moderation_status = 'approved' and not is_hidden and not is_cancelled;
create index if not exists concerts_public_by_city_idx on public.concerts (city, event_date, id)
  where moderation_status = 'approved' and not is_hidden and not is_cancelled;
create index if not exists concerts_promoted_idx on public.concerts (event_date, id)
  where is_promoted and moderation_status = 'approved' and not is_hidden and not is_cancelled;
create index if not exists concerts_own_idx on public.concerts (artist_id, created_at desc, id desc);
create index if not exists concerts_pending_idx on public.concerts (submitted_at, id)
  where moderation_status = 'pending' and not is_cancelled;

-- PostgreSQL and the API's runtime each bring their own list of time zones; what only the latter knows is refused
-- with the field's name instead of failing inside a generated column.
create or replace function private.check_time_zone(zone text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform now() at time zone zone;
exception
  when invalid_parameter_value then
    perform private.refuse('validation_failed', array['time_zone']);
end;
$$;

-- Security definer: an artist's first concert creates their profile, which they may not write as freely as this.
create or replace function private.concerts_before_insert()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.check_time_zone(new.time_zone);
  if new.artist_id = auth.uid() then
    insert into public.artists (id) values (new.artist_id) on conflict (id) do nothing;
  end if;
  return new;
end;
$$;

create or replace trigger concerts_before_insert
  before insert on public.concerts
  for each row execute function private.concerts_before_insert();

-- Which of the fields that moderation asks for have nothing in them, in their order.
create or replace function private.empty_fields(concert public.concerts)
returns text[]
language sql
stable
set search_path = ''
as $$
  select coalesce(array_agg(field.name order by field.place), '{}')
  from (
    values
      (1, 'title', concert.title),
      (2, 'city', concert.city),
      (3, 'venue_name', concert.venue_name),
      (4, 'event_date', concert.event_date::text),
      (5, 'event_time', concert.event_time::text),
      (6, 'event_type', concert.event_type),
      (7, 'banner_image_url', concert.banner_image_url)
  ) as field (place, name, content)
  where field.content is null or field.content = '';
$$;

-- Holds for every way to edit, the Data API's table included: a cancelled concert stays as it is, what a visitor was
-- promised does not change behind the moderators' back, and what they asked for does not go.
create or replace function private.concerts_before_update()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  promise_changes constant boolean :=
    (
      new.title, new.city, new.venue_name, new.venue_address, new.event_date, new.event_time, new.time_zone,
      new.banner_image_url
    ) is distinct from (
      old.title, old.city, old.venue_name, old.venue_address, old.event_date, old.event_time, old.time_zone,
      old.banner_image_url
    );
  content_changes constant boolean := promise_changes
    or (
      new.description, new.event_type, new.ticket_price_min, new.ticket_price_max, new.ticket_link,
      new.ticket_capacity
    ) is distinct from (
      old.description, old.event_type, old.ticket_price_min, old.ticket_price_max, old.ticket_link,
      old.ticket_capacity
    );
  emptied text[];
begin
  if new.updated_at is not distinct from old.updated_at then
    new.updated_at := now();
  end if;
  if new.time_zone <> old.time_zone then
    perform private.check_time_zone(new.time_zone);
  end if;
  if content_changes and old.artist_id = auth.uid() then
    if old.is_cancelled then
      perform private.refuse('invalid_transition');
    end if;
    if old.moderation_status in ('pending', 'approved') then
      emptied := array(
        select field.name
        from unnest(private.empty_fields(new)) with ordinality as field (name, place)
        where field.name <> all (private.empty_fields(old))
        order by field.place
      );
      if cardinality(emptied) > 0 then
        perform private.refuse('validation_failed', emptied);
      end if;
    end if;
    if promise_changes and old.moderation_status = 'approved' then
      new.moderation_status := 'pending';
      new.submitted_at := now();
      new.moderated_at := null;
      new.moderation_comment := null;
    end if;
  end if;
  return new;
end;
$$;

-- Counters, tickets_sold and artist_id are not in the list: they are no edit and leave updated_at alone.
create or replace trigger concerts_before_update
  before update of
    title, description, city, venue_name, venue_address, event_date, event_time, time_zone, event_type,
    banner_image_url, ticket_price_min, ticket_price_max, ticket_link, ticket_capacity, moderation_status,
    moderation_comment, submitted_at, moderated_at, is_promoted, promotion_starts_at, promotion_ends_at,
    promotion_cost, is_hidden, is_cancelled
  on public.concerts
  for each row when (not private.is_importing())
  execute function private.concerts_before_update();

-- ---------------------------------------------------------------------------------------------------------------
-- Coins: a ledger. A movement is never changed, and the balance is the sum of the movements.
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists public.coin_transactions (
  id uuid primary key default gen_random_uuid(),
  legacy_id text,
  artist_id uuid not null references public.artists (id) on update cascade,
  concert_id uuid references public.concerts (id) on delete set null,
  amount integer not null,
  type text not null,
  description text,
  legacy jsonb,
  created_at timestamptz(3) not null default now(),
  constraint coin_transactions_amount_not_zero check (amount <> 0),
  constraint coin_transactions_type_known check (type in ('purchase', 'spend', 'reward', 'adjustment')),
  constraint coin_transactions_description_length check (char_length(description) <= 500)
);

create index if not exists coin_transactions_own_idx
  on public.coin_transactions (artist_id, created_at desc, id desc);
create index if not exists coin_transactions_concert_id_idx on public.coin_transactions (concert_id);
create index if not exists coin_transactions_legacy_id_idx
  on public.coin_transactions (legacy_id) where legacy_id is not null;

-- Security definer: nobody else may write a balance.
create or replace function private.coin_transactions_after_insert()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.artists set coins_balance = coins_balance + new.amount where id = new.artist_id;
  return null;
end;
$$;

create or replace trigger coin_transactions_after_insert
  after insert on public.coin_transactions
  for each row when (not private.is_importing())
  execute function private.coin_transactions_after_insert();

-- Only the foreign keys may follow what they refer to: to the new id of a claimed profile, to null when the concert
-- is gone.
create or replace function private.coin_transactions_before_change()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE'
    and (new.id, new.legacy_id, new.amount, new.type, new.description, new.legacy, new.created_at)
      is not distinct from
      (old.id, old.legacy_id, old.amount, old.type, old.description, old.legacy, old.created_at)
    and (
      new.artist_id = old.artist_id
      or not exists (select from public.artists where id = old.artist_id)
    )
    and (
      new.concert_id is not distinct from old.concert_id
      or (new.concert_id is null and not exists (select from public.concerts where id = old.concert_id))
    )
  then
    return new;
  end if;
  raise exception using
    errcode = 'insufficient_privilege',
    message = 'a coin movement is never changed or deleted',
    hint = 'Insert a movement of type adjustment instead.';
end;
$$;

create or replace trigger coin_transactions_before_change
  before update or delete on public.coin_transactions
  for each row when (not private.is_importing())
  execute function private.coin_transactions_before_change();

-- ---------------------------------------------------------------------------------------------------------------
-- Notifications
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists public.notifications (
  id uuid primary key default gen_random_uuid(),
  legacy_id text,
  -- The account notified; need not be an artist.
  user_id uuid not null,
  concert_id uuid references public.concerts (id) on delete set null,
  notification_type text not null,
  title text not null,
  message text not null default '',
  link text,
  channel text not null default 'in_app',
  scheduled_for timestamptz(3),
  status text not null default 'pending',
  sent_at timestamptz(3),
  attempts integer not null default 0,
  error_message text,
  is_read boolean not null default false,
  read_at timestamptz(3),
  is_archived boolean not null default false,
  metadata jsonb not null default '{}',
  legacy jsonb,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  constraint notifications_type_known check (
    notification_type in ('reminder', 'announcement', 'ticket_update', 'promotion', 'system')
  ),
  constraint notifications_title_length check (char_length(title) <= 500),
  constraint notifications_message_length check (char_length(message) <= 5000),
  constraint notifications_link_length check (char_length(link) <= 2000),
  constraint notifications_channel_known check (channel in ('email', 'push', 'both', 'in_app')),
  constraint notifications_status_known check (status in ('pending', 'sending', 'sent', 'failed', 'cancelled')),
  constraint notifications_attempts_not_negative check (attempts >= 0),
  constraint notifications_metadata_object check (jsonb_typeof(metadata) = 'object')
);

create index if not exists notifications_own_idx on public.notifications (user_id, created_at desc, id desc);
create index if not exists notifications_concert_id_idx on public.notifications (concert_id);
create index if not exists notifications_legacy_id_idx
  on public.notifications (legacy_id) where legacy_id is not null;

-- Marking as read is all a user changes; when it was read is not theirs to tell.
create or replace function private.notifications_before_update()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.updated_at is not distinct from old.updated_at then
    new.updated_at := now();
  end if;
  if new.is_read and not old.is_read then
    new.read_at := coalesce(new.read_at, now());
  elsif not new.is_read then
    new.read_at := null;
  end if;
  return new;
end;
$$;

create or replace trigger notifications_before_update
  before update of
    title, message, link, channel, scheduled_for, status, sent_at, attempts, error_message, is_read, read_at,
    is_archived, metadata
  on public.notifications
  for each row when (not private.is_importing())
  execute function private.notifications_before_update();

create table if not exists public.notification_settings (
  user_id uuid primary key,
  email_enabled boolean not null default true,
  push_enabled boolean not null default true,
  reminder_days_before integer[] not null default '{7,3,1}',
  announcements_enabled boolean not null default true,
  promotions_enabled boolean not null default true,
  ticket_updates_enabled boolean not null default true,
  legacy_id text,
  legacy jsonb,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  constraint notification_settings_reminder_days_offered check (
    reminder_days_before <@ array[1, 3, 7, 14, 30] and cardinality(reminder_days_before) <= 5
  )
);

create or replace trigger notification_settings_touch
  before update of
    email_enabled, push_enabled, reminder_days_before, announcements_enabled, promotions_enabled,
    ticket_updates_enabled
  on public.notification_settings
  for each row when (not private.is_importing())
  execute function private.touch_updated_at();

-- A concert that is gone reminds nobody. Its other notifications stay in people's lists.
create or replace function private.concerts_before_delete()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.notifications
  set status = 'cancelled', error_message = 'Концерт удалён'
  where concert_id = old.id and notification_type = 'reminder' and status = 'pending';
  return old;
end;
$$;

create or replace trigger concerts_before_delete
  before delete on public.concerts
  for each row when (not private.is_importing())
  execute function private.concerts_before_delete();

-- ---------------------------------------------------------------------------------------------------------------
-- E-mail campaigns
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists public.email_campaigns (
  id uuid primary key default gen_random_uuid(),
  legacy_id text,
  artist_id uuid not null references public.artists (id) on update cascade,
  concert_id uuid references public.concerts (id) on delete set null,
  subject text not null,
  content text not null default '',
  html_content text,
  recipient_filter jsonb not null default '{}',
  -- Null: of a campaign of the old store, which made the number up.
  recipient_count integer default 0,
  status text not null default 'draft',
  scheduled_for timestamptz(3),
  -- Too late to send after this.
  send_before timestamptz(3),
  sent_at timestamptz(3),
  delivery_started_at timestamptz(3),
  delivery_completed_at timestamptz(3),
  emails_sent integer not null default 0,
  emails_delivered integer not null default 0,
  emails_opened integer not null default 0,
  emails_clicked integer not null default 0,
  emails_bounced integer not null default 0,
  emails_complained integer not null default 0,
  error_message text,
  legacy jsonb,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  -- Fractions of what was delivered (bounces: of what was sent); null until something was delivered. Generated, so
  -- that a rate never differs from its counters.
  open_rate numeric
    generated always as (round(emails_opened::numeric / nullif(emails_delivered, 0), 4)) stored,
  click_rate numeric
    generated always as (round(emails_clicked::numeric / nullif(emails_delivered, 0), 4)) stored,
  bounce_rate numeric generated always as (
    case when emails_delivered > 0 then round(emails_bounced::numeric / nullif(emails_sent, 0), 4) end
  ) stored,
  constraint email_campaigns_subject_length check (char_length(subject) between 1 and 300),
  constraint email_campaigns_subject_line check (private.is_line(subject)),
  constraint email_campaigns_content_length check (char_length(content) <= 100000),
  constraint email_campaigns_html_content_length check (char_length(html_content) <= 500000),
  constraint email_campaigns_multiline_texts check (
    private.is_multiline_text(content) and private.is_multiline_text(html_content)
  ),
  constraint email_campaigns_recipient_filter_object check (jsonb_typeof(recipient_filter) = 'object'),
  constraint email_campaigns_recipient_filter_length check (char_length(recipient_filter::text) <= 10000),
  constraint email_campaigns_status_known check (
    status in ('draft', 'scheduled', 'sending', 'paused', 'sent', 'cancelled', 'failed')
  ),
  constraint email_campaigns_scheduled_has_time check (status <> 'scheduled' or scheduled_for is not null),
  constraint email_campaigns_counters_not_negative check (
    recipient_count >= 0 and emails_sent >= 0 and emails_delivered >= 0 and emails_opened >= 0
    and emails_clicked >= 0 and emails_bounced >= 0 and emails_complained >= 0
  )
);

create index if not exists email_campaigns_own_idx on public.email_campaigns (artist_id, created_at desc, id desc);
create index if not exists email_campaigns_due_idx
  on public.email_campaigns (scheduled_for, id) where status in ('scheduled', 'sending');
create index if not exists email_campaigns_concert_id_idx on public.email_campaigns (concert_id);
create index if not exists email_campaigns_legacy_id_idx
  on public.email_campaigns (legacy_id) where legacy_id is not null;

create or replace trigger email_campaigns_touch
  before update of
    concert_id, subject, content, html_content, recipient_filter, recipient_count, status, scheduled_for, send_before
  on public.email_campaigns
  for each row when (not private.is_importing())
  execute function private.touch_updated_at();

-- ---------------------------------------------------------------------------------------------------------------
-- Tickets
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists public.ticket_providers (
  id text primary key,
  name text not null,
  -- Percent of the sale.
  commission_percent numeric(5, 2) not null,
  is_active boolean not null default true,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  constraint ticket_providers_id_form check (id ~ '^[a-z0-9-]{2,40}$'),
  constraint ticket_providers_commission_percent_bounds check (commission_percent between 0 and 100)
);

create or replace trigger ticket_providers_touch
  before update of name, commission_percent, is_active on public.ticket_providers
  for each row execute function private.touch_updated_at();

-- What an administrator has changed since stays changed.
insert into public.ticket_providers (id, name, commission_percent, is_active)
values
  ('kassir', 'Кассир.ру', 5, true),
  ('ticketland', 'Ticketland.ru', 7, true),
  ('afisha', 'Яндекс Афиша', 8, true),
  ('ticketmaster', 'TicketMaster', 10, false)
on conflict (id) do nothing;

create table if not exists public.artist_ticket_providers (
  artist_id uuid not null references public.artists (id) on update cascade,
  provider_id text not null references public.ticket_providers (id) on update cascade,
  -- Encrypted by the tickets function; no role of the Data API but service_role may read either.
  api_key_encrypted text,
  api_key_last4 text,
  webhook_secret_encrypted text,
  is_active boolean not null default true,
  connected_at timestamptz(3) not null default now(),
  legacy_id text,
  legacy jsonb,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (artist_id, provider_id),
  constraint artist_ticket_providers_api_key_last4_length check (char_length(api_key_last4) <= 4),
  -- The old store kept the key in plain text inside the record.
  constraint artist_ticket_providers_legacy_without_key check (not legacy ? 'apiKey')
);

create index if not exists artist_ticket_providers_provider_id_idx
  on public.artist_ticket_providers (provider_id);

create or replace trigger artist_ticket_providers_touch
  before update of api_key_encrypted, webhook_secret_encrypted, is_active on public.artist_ticket_providers
  for each row when (not private.is_importing())
  execute function private.touch_updated_at();

create table if not exists public.ticket_sales (
  id uuid primary key default gen_random_uuid(),
  legacy_id text,
  concert_id uuid not null references public.concerts (id) on delete restrict,
  artist_id uuid not null references public.artists (id) on update cascade,
  -- Null: sold by the artist without a provider.
  provider_id text references public.ticket_providers (id) on update cascade,
  external_transaction_id text,
  quantity integer not null,
  unit_price numeric(12, 2) not null,
  total_amount numeric(12, 2) not null,
  commission_amount numeric(12, 2) not null default 0,
  net_amount numeric(12, 2) not null,
  buyer_email text,
  buyer_name text,
  buyer_phone text,
  status text not null default 'pending',
  refunded_at timestamptz(3),
  -- All refunds together.
  refund_amount numeric(12, 2),
  refund_reason text,
  metadata jsonb not null default '{}',
  legacy jsonb,
  purchased_at timestamptz(3) not null default now(),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  constraint ticket_sales_external_transaction_key unique (provider_id, external_transaction_id),
  constraint ticket_sales_external_transaction_id_length check (char_length(external_transaction_id) <= 255),
  constraint ticket_sales_quantity_bounds check (quantity between 1 and 1000000),
  constraint ticket_sales_amounts_not_negative check (
    unit_price >= 0 and total_amount >= 0 and commission_amount >= 0
  ),
  -- To the kopeck.
  constraint ticket_sales_net_amount_exact check (net_amount = total_amount - commission_amount),
  constraint ticket_sales_status_known check (status in ('pending', 'confirmed', 'cancelled', 'refunded')),
  constraint ticket_sales_refund_amount_bounds check (refund_amount between 0 and total_amount),
  constraint ticket_sales_metadata_object check (jsonb_typeof(metadata) = 'object')
);

create index if not exists ticket_sales_concert_id_idx on public.ticket_sales (concert_id, status);
create index if not exists ticket_sales_own_idx on public.ticket_sales (artist_id, purchased_at desc, id desc);
create index if not exists ticket_sales_legacy_id_idx
  on public.ticket_sales (legacy_id) where legacy_id is not null;

create or replace trigger ticket_sales_touch
  before update of
    status, refunded_at, refund_amount, refund_reason, metadata, quantity, unit_price, total_amount,
    commission_amount, net_amount, buyer_email, buyer_name, buyer_phone, purchased_at
  on public.ticket_sales
  for each row when (not private.is_importing())
  execute function private.touch_updated_at();

-- ---------------------------------------------------------------------------------------------------------------
-- Views. They run with the caller's rights (security_invoker), so row level security decides whose rows they show.
-- ---------------------------------------------------------------------------------------------------------------

-- One row a concert. A moderator may read everybody's concerts but not everybody's sales, so that a foreign row here
-- would show revenue as zero; figures are therefore for the owner alone, as far as people go.
create or replace view public.concert_analytics with (security_invoker = on) as
select
  concert.id as concert_id,
  concert.legacy_id,
  concert.artist_id,
  concert.title,
  concert.event_date,
  concert.views_count,
  concert.clicks_count,
  concert.shares_count,
  sales.sales_count,
  sales.tickets_sold,
  sales.total_revenue,
  sales.net_revenue,
  round(concert.clicks_count::numeric / nullif(concert.views_count, 0), 4) as click_rate,
  round(sales.sales_count::numeric / nullif(concert.clicks_count, 0), 4) as conversion_rate,
  concert.created_at
from public.concerts as concert
cross join lateral (
  select
    count(*)::integer as sales_count,
    coalesce(sum(sale.quantity), 0)::integer as tickets_sold,
    coalesce(sum(sale.total_amount), 0)::numeric as total_revenue,
    coalesce(sum(sale.net_amount), 0)::numeric as net_revenue
  from public.ticket_sales as sale
  where sale.concert_id = concert.id and sale.status = 'confirmed'
) as sales
where current_user <> 'authenticated' or concert.artist_id = (select auth.uid());

-- One row an artist. Concerts and sales are summed apart: joined, every view would count once for every sale.
create or replace view public.artist_statistics with (security_invoker = on) as
select
  artist.id as artist_id,
  concerts.concerts_count,
  concerts.upcoming_concerts_count,
  concerts.total_views,
  concerts.total_clicks,
  concerts.total_shares,
  sales.sales_count,
  sales.tickets_sold,
  sales.total_revenue,
  sales.net_revenue
from public.artists as artist
cross join lateral (
  select
    count(*)::integer as concerts_count,
    count(*) filter (where not concert.is_cancelled and concert.day_ends_at > now())::integer
      as upcoming_concerts_count,
    coalesce(sum(concert.views_count), 0)::bigint as total_views,
    coalesce(sum(concert.clicks_count), 0)::bigint as total_clicks,
    coalesce(sum(concert.shares_count), 0)::bigint as total_shares
  from public.concerts as concert
  where concert.artist_id = artist.id
) as concerts
cross join lateral (
  select
    count(*)::integer as sales_count,
    coalesce(sum(sale.quantity), 0)::integer as tickets_sold,
    coalesce(sum(sale.total_amount), 0)::numeric as total_revenue,
    coalesce(sum(sale.net_amount), 0)::numeric as net_revenue
  from public.ticket_sales as sale
  where sale.artist_id = artist.id and sale.status = 'confirmed'
) as sales;

-- ---------------------------------------------------------------------------------------------------------------
-- Idempotency: a request repeated with its key within 24 hours gets the first answer. The key is held in the same
-- transaction as the effect, so that a refused or failed request leaves no trace of either.
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists private.idempotency_keys (
  -- Whose key it is: keys of different callers never meet. The nil UUID stands for service_role.
  user_id uuid not null,
  key text not null,
  -- Hash of the request: the same key with another request is a mistake of the client's.
  fingerprint text not null,
  answer jsonb,
  created_at timestamptz(3) not null default now(),
  primary key (user_id, key),
  constraint idempotency_keys_key_length check (char_length(key) between 1 and 255)
);

create index if not exists idempotency_keys_created_at_idx on private.idempotency_keys (created_at);

-- Takes the key for this transaction. Returns null when the effect is still to be had, else the answer remembered.
-- A request with the same key that is under way is waited for, at most 5 seconds. A null key takes nothing.
-- Refuses: idempotency_mismatch, idempotency_in_flight.
create or replace function private.begin_idempotent(request_key text, request_fingerprint text)
returns jsonb
language plpgsql
security definer
set search_path = ''
set lock_timeout = '5s'
as $$
declare
  caller constant uuid := coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000');
  remembered private.idempotency_keys;
begin
  if request_key is null then
    return null;
  end if;
  begin
    insert into private.idempotency_keys as held (user_id, key, fingerprint)
    values (caller, request_key, request_fingerprint)
    on conflict (user_id, key) do update
      set fingerprint = excluded.fingerprint, answer = null, created_at = excluded.created_at
      where held.created_at < now() - interval '24 hours';
    if found then
      -- Whoever's they are: answers tell of buyers. A few at a time, and never waiting for anybody.
      delete from private.idempotency_keys
      where (user_id, key) in (
        select expired.user_id, expired.key
        from private.idempotency_keys as expired
        where expired.created_at < now() - interval '24 hours'
        limit 100
        for update skip locked
      );
      return null;
    end if;
  exception
    when lock_not_available then
      perform private.refuse('idempotency_in_flight');
  end;
  select * into strict remembered
  from private.idempotency_keys
  where user_id = caller and key = request_key;
  if remembered.fingerprint <> request_fingerprint then
    perform private.refuse('idempotency_mismatch');
  end if;
  return remembered.answer;
end;
$$;

-- Remembers the answer for the key taken by begin_idempotent. To be called once, before the function returns it.
create or replace function private.remember_answer(request_key text, request_answer jsonb)
returns void
language sql
security definer
set search_path = ''
as $$
  update private.idempotency_keys
  set answer = request_answer
  where user_id = coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000') and key = request_key;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Concert functions. Those in `private` run with the owner's rights and decide themselves what the caller may do;
-- those in `public` are their thin fronts on the Data API and run with the caller's.
-- ---------------------------------------------------------------------------------------------------------------

-- The id of the concert with this id or, failing that, with this id in the old store: that in its key, else that inside
-- its value, which old pages and sales went by where they differed. Null when there is none.
create or replace function private.find_concert_id(reference text)
returns uuid
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  found_id uuid;
begin
  if reference ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' then
    select id into found_id from public.concerts where id = reference::uuid;
  end if;
  if found_id is null then
    select id into found_id from public.concerts where legacy_id = reference order by id limit 1;
  end if;
  if found_id is null then
    select id into found_id from public.concerts
    where legacy is not null and private.inner_id(legacy) = reference
    order by id
    limit 1;
  end if;
  return found_id;
end;
$$;

-- The figures of a concert of the caller's, by any id it has: one row, or none.
create or replace function public.get_concert_analytics(concert_id text)
returns setof public.concert_analytics
language sql
stable
set search_path = ''
as $$
  select analytics.*
  from public.concert_analytics as analytics
  where analytics.concert_id = private.find_concert_id(get_concert_analytics.concert_id)
    and analytics.artist_id = auth.uid();
$$;

-- The id of an artist in the same way. Artists who had another account's id before a claim have it as `legacy_id`.
create or replace function private.find_artist_id(reference text)
returns uuid
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  former text := reference;
  found_id uuid;
begin
  if reference ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' then
    former := lower(reference);
    select id into found_id from public.artists where id = reference::uuid;
  end if;
  if found_id is null then
    select id into found_id from public.artists where legacy_id = former;
  end if;
  return found_id;
end;
$$;

-- A concert of the caller's, locked until the transaction ends. Refuses: not_found, also when it is somebody else's.
create or replace function private.lock_own_concert(reference text)
returns public.concerts
language plpgsql
set search_path = ''
as $$
declare
  concert public.concerts;
begin
  select * into concert
  from public.concerts
  where id = private.find_concert_id(reference) and artist_id = auth.uid()
  for no key update;
  if not found then
    perform private.refuse('not_found');
  end if;
  return concert;
end;
$$;

-- Whether anyone may see the concert.
create or replace function private.is_public(concert public.concerts)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select concert.moderation_status = 'approved' and not concert.is_hidden and not concert.is_cancelled;
$$;

-- The concert as its owner and moderators see it. Times as PostgreSQL writes them; is_promoted tells whether the
-- promotion runs now.
create or replace function private.concert_json(concert public.concerts)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', concert.id,
    'legacy_id', concert.legacy_id,
    'artist_id', concert.artist_id,
    'title', concert.title,
    'description', concert.description,
    'city', concert.city,
    'venue_name', concert.venue_name,
    'venue_address', concert.venue_address,
    'event_date', concert.event_date,
    'event_time', concert.event_time,
    'time_zone', concert.time_zone,
    'event_type', concert.event_type,
    'banner_image_url', concert.banner_image_url,
    'ticket_price_min', concert.ticket_price_min,
    'ticket_price_max', concert.ticket_price_max,
    'ticket_link', concert.ticket_link,
    'ticket_capacity', concert.ticket_capacity,
    'tickets_sold', concert.tickets_sold,
    'moderation_status', concert.moderation_status,
    'moderation_comment', concert.moderation_comment,
    'moderated_at', concert.moderated_at,
    'is_promoted', coalesce(concert.promotion_ends_at > now(), false),
    'promotion_starts_at', concert.promotion_starts_at,
    'promotion_ends_at', concert.promotion_ends_at,
    'promotion_cost', concert.promotion_cost,
    'is_hidden', concert.is_hidden,
    'is_cancelled', concert.is_cancelled,
    'views_count', concert.views_count,
    'clicks_count', concert.clicks_count,
    'shares_count', concert.shares_count,
    'created_at', concert.created_at,
    'updated_at', concert.updated_at
  );
$$;

-- The concert as every visitor sees it, and promotion_ends_at, by which the Data API's listing tells the same.
create or replace function private.public_concert_json(concert public.concerts, artist public.artists)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', concert.id,
    'title', concert.title,
    'description', concert.description,
    'city', concert.city,
    'venue_name', concert.venue_name,
    'venue_address', concert.venue_address,
    'event_date', concert.event_date,
    'event_time', concert.event_time,
    'time_zone', concert.time_zone,
    'event_type', concert.event_type,
    'banner_image_url', concert.banner_image_url,
    'ticket_price_min', concert.ticket_price_min,
    'ticket_price_max', concert.ticket_price_max,
    'ticket_link', concert.ticket_link,
    'is_promoted', coalesce(concert.promotion_ends_at > now(), false),
    'promotion_ends_at', concert.promotion_ends_at,
    'sold_out', concert.sold_out,
    'artist', jsonb_build_object(
      'id', artist.id,
      'username', artist.username,
      'full_name', artist.full_name,
      'avatar_url', artist.avatar_url
    )
  );
$$;

create or replace function private.get_concert(reference text)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select case
    when concert.artist_id = auth.uid() or private.is_moderator() or private.is_service()
      then jsonb_build_object('access', 'full', 'concert', private.concert_json(concert))
    when private.is_public(concert)
      then jsonb_build_object('access', 'public', 'concert', private.public_concert_json(concert, artist))
  end
  from public.concerts as concert
  join public.artists as artist on artist.id = concert.artist_id
  where concert.id = private.find_concert_id(reference);
$$;

-- Returns {"access": "full", "concert": Concert} to its owner, moderators and service_role,
-- {"access": "public", "concert": PublicConcert} to anyone else, null when there is nothing they may see.
create or replace function public.get_concert(concert_id text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_concert(get_concert.concert_id);
$$;

-- What concerts.search is to match for these words to be found: all of them in any of their forms. Words that Russian
-- search leaves out («и», «the») do not count beside others, and stand for themselves when there are no others.
create or replace function private.concert_query(words text)
returns tsquery
language sql
immutable
parallel safe
set search_path = ''
as $$
  select case when numnode(forms) > 0 then forms else plainto_tsquery('simple', private.words_of(words)) end
  from plainto_tsquery('russian', private.words_of(words)) as forms;
$$;

create or replace function private.search_concerts(
  words text,
  in_city text,
  of_type text,
  of_artist text,
  first_date date,
  last_date date,
  when_filter text,
  is_promoted_now boolean,
  after_relevance real,
  after_id uuid,
  page_size integer,
  sort text,
  after_event_date date
)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  -- What is shown is fetched for the page alone: words that many concerts have would cost it for every one of them.
  with hits as (
    select concert.id, concert.event_date, rank.relevance
    from (
      select matching.*, query
      from private.concert_query(words) as query
      join public.concerts as matching on matching.search @@ query
      -- One condition for both could not use the index of either.
      union all
      select own.*, null
      from public.concerts as own
      where words is null
        and own.artist_id = (select private.find_artist_id(of_artist))
        and own.event_date between coalesce(first_date, '-infinity') and coalesce(last_date, 'infinity')
    ) as concert
    cross join lateral (
      select case sort when 'relevance' then ts_rank(concert.search, concert.query) end as relevance
    ) as rank
    where concert.moderation_status = 'approved'
      and not concert.is_hidden
      and not concert.is_cancelled
      and concert.event_date is not null
      and (in_city is null or concert.city = in_city)
      and (of_type is null or concert.event_type = of_type)
      and (of_artist is null or concert.artist_id = (select private.find_artist_id(of_artist)))
      and (first_date is null or concert.event_date >= first_date)
      and (last_date is null or concert.event_date <= last_date)
      and case when_filter
        when 'upcoming' then concert.day_ends_at > now()
        when 'past' then concert.day_ends_at <= now()
        else true
      end
      and (
        is_promoted_now is null
        or is_promoted_now = coalesce(concert.promotion_ends_at > now(), false)
      )
      and (
        after_id is null
        or case sort
          when 'relevance' then (rank.relevance, concert.id) < (after_relevance, after_id)
          when 'event_date' then (concert.event_date, concert.id) > (after_event_date, after_id)
          else (concert.event_date, concert.id) < (after_event_date, after_id)
        end
      )
    order by
      rank.relevance desc,
      case sort when 'event_date' then concert.event_date end,
      case sort when '-event_date' then concert.event_date end desc,
      case sort when 'event_date' then concert.id end,
      concert.id desc
    limit least(greatest(page_size, 0), 1000)
  )
  select coalesce(
    jsonb_agg(
      private.public_concert_json(concert, artist) || jsonb_build_object('relevance', hits.relevance)
      order by
        hits.relevance desc,
        case sort when 'event_date' then hits.event_date end,
        case sort when '-event_date' then hits.event_date end desc,
        case sort when 'event_date' then hits.id end,
        hits.id desc
    ),
    '[]'
  )
  from hits
  join public.concerts as concert on concert.id = hits.id
  join public.artists as artist on artist.id = concert.artist_id;
$$;

-- Public concerts with all these words in any form: a JSON array of PublicConcert with `relevance` beside, which is
-- null unless it is the order. `search` takes any text and knows no operators; null leaves the words open where
-- `artist_id` is given. Null in any other argument means any. `artist_id` is what the artist has now, else had before.
-- `sort` is relevance (best match first, ties by id descending), event_date or -event_date (ties by id in the same
-- direction). 1000 at most. The answer is the same for all. Not left to the table: behind a policy, @@ cannot use the
-- index.
create or replace function public.search_concerts(
  search text default null,
  city text default null,
  event_type text default null,
  artist_id text default null,
  from_date date default null,
  to_date date default null,
  when_filter text default null,
  promoted boolean default null,
  after_relevance real default null,
  after_id uuid default null,
  page_size integer default 20,
  sort text default 'relevance',
  after_event_date date default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.search_concerts(
    search, city, event_type, artist_id, from_date, to_date, when_filter, promoted, after_relevance, after_id,
    page_size, sort, after_event_date
  );
$$;

create or replace function private.submit_concert(reference text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  concert public.concerts := private.lock_own_concert(reference);
  problems text[] := private.empty_fields(concert);
  is_past constant boolean := coalesce(concert.day_ends_at <= now(), false);
begin
  if concert.is_cancelled or concert.moderation_status not in ('draft', 'rejected') then
    perform private.refuse('invalid_transition');
  end if;
  if is_past then
    problems := problems || 'event_date'::text;
  end if;
  if cardinality(problems) > 0 then
    perform private.refuse('validation_failed', problems, case when is_past then 'past' end);
  end if;
  update public.concerts
  set moderation_status = 'pending', submitted_at = now(), moderated_at = null, moderation_comment = null
  where id = concert.id
  returning * into concert;
  return private.concert_json(concert);
end;
$$;

-- Draft or rejected → pending. Refuses: not_found, invalid_transition, validation_failed naming the fields missing
-- (and event_date with the hint `past` when it is gone by on the concert's own clocks).
create or replace function public.submit_concert(concert_id text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.submit_concert(submit_concert.concert_id);
$$;

create or replace function private.moderate_concert(reference text, verdict text, reason text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  concert public.concerts;
begin
  if not private.is_moderator() then
    perform private.refuse('forbidden');
  end if;
  if verdict is null or verdict not in ('approved', 'rejected') then
    perform private.refuse('validation_failed', array['decision']);
  end if;
  if verdict = 'rejected' and coalesce(btrim(reason), '') = '' then
    perform private.refuse('validation_failed', array['comment']);
  end if;
  select * into concert
  from public.concerts
  where id = private.find_concert_id(reference)
  for no key update;
  if not found then
    perform private.refuse('not_found');
  end if;
  if concert.moderation_status <> 'pending' or concert.is_cancelled then
    perform private.refuse('invalid_transition');
  end if;
  update public.concerts
  set moderation_status = verdict, moderation_comment = nullif(reason, ''), moderated_at = now()
  where id = concert.id
  returning * into concert;
  insert into public.notifications (
    user_id, concert_id, notification_type, title, message, link, channel, status, sent_at, metadata
  )
  values (
    concert.artist_id,
    concert.id,
    'system',
    case verdict when 'approved' then 'Концерт одобрен' else 'Концерт отклонён' end,
    case verdict
      when 'approved' then format('Концерт «%s» прошёл модерацию и опубликован.', concert.title)
      else format('Концерт «%s» отклонён: %s', concert.title, reason)
    end,
    '/concerts/' || concert.id,
    'in_app',
    'sent',
    now(),
    jsonb_build_object('concert_id', concert.id, 'decision', verdict)
  );
  return private.concert_json(concert);
end;
$$;

-- Pending → approved or rejected, by a moderator; tells the artist. Refuses: forbidden, validation_failed (a
-- rejection without comment), not_found, invalid_transition.
create or replace function public.moderate_concert(concert_id text, decision text, comment text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.moderate_concert(moderate_concert.concert_id, decision, comment);
$$;

create or replace function private.promote_concert(
  reference text,
  duration integer,
  request_key text,
  request_fingerprint text
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  owner constant uuid := auth.uid();
  cost constant integer := ceil(duration / 7.0) * 100;
  own_concert uuid;
  balance integer;
  concert public.concerts;
  answer jsonb;
begin
  if duration is null or duration not between 1 and 30 then
    perform private.refuse('validation_failed', array['days']);
  end if;
  select id into own_concert
  from public.concerts
  where id = private.find_concert_id(reference) and artist_id = owner;
  if not found then
    perform private.refuse('not_found');
  end if;
  answer := private.begin_idempotent(request_key, request_fingerprint);
  if answer is not null then
    return jsonb_build_object('replayed', true, 'concert', answer);
  end if;

  -- Always the artist before the concert, so that two spenders wait for each other instead of deadlocking.
  select coins_balance into balance from public.artists where id = owner for no key update;
  concert := private.lock_own_concert(own_concert::text);
  if not private.is_public(concert) then
    perform private.refuse('invalid_transition');
  end if;
  if concert.promotion_ends_at > now() then
    perform private.refuse('already_promoted');
  end if;
  if balance < cost then
    perform private.refuse('insufficient_coins');
  end if;
  insert into public.coin_transactions (artist_id, concert_id, amount, type, description)
  values (
    owner,
    concert.id,
    -cost,
    'spend',
    format('Продвижение концерта «%s» на %s дн.', concert.title, duration)
  );
  update public.concerts
  set
    is_promoted = true,
    promotion_starts_at = now(),
    -- Days of 24 hours, whatever the clocks of the session's time zone do meanwhile.
    promotion_ends_at = now() + make_interval(hours => 24 * duration),
    promotion_cost = cost
  where id = concert.id
  returning * into concert;
  answer := private.concert_json(concert);
  perform private.remember_answer(request_key, answer);
  return jsonb_build_object('replayed', false, 'concert', answer);
end;
$$;

-- Buys a promotion of 1-30 days from now, 100 coins a started week: {"replayed": boolean, "concert": Concert}.
-- Refuses: validation_failed, not_found, idempotency_mismatch, idempotency_in_flight, invalid_transition (not
-- public), already_promoted, insufficient_coins.
create or replace function public.promote_concert(
  concert_id text,
  days integer,
  idempotency_key text default null,
  request_fingerprint text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.promote_concert(promote_concert.concert_id, days, idempotency_key, request_fingerprint);
$$;

create or replace function private.cancel_concert(reference text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  concert public.concerts := private.lock_own_concert(reference);
begin
  if concert.is_cancelled then
    perform private.refuse('invalid_transition');
  end if;
  update public.concerts set is_cancelled = true where id = concert.id returning * into concert;
  update public.notifications
  set status = 'cancelled', error_message = 'Концерт отменён'
  where concert_id = concert.id and notification_type = 'reminder' and status = 'pending';
  return private.concert_json(concert);
end;
$$;

-- Cancels for good, pending reminders included. Refuses: not_found, invalid_transition (already cancelled).
create or replace function public.cancel_concert(concert_id text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.cancel_concert(cancel_concert.concert_id);
$$;

create or replace function private.set_concert_hidden(reference text, is_to_be_hidden boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  concert public.concerts := private.lock_own_concert(reference);
begin
  if is_to_be_hidden is null then
    perform private.refuse('validation_failed', array['hidden']);
  end if;
  if concert.is_hidden <> is_to_be_hidden then
    update public.concerts set is_hidden = is_to_be_hidden where id = concert.id returning * into concert;
  end if;
  return private.concert_json(concert);
end;
$$;

-- Hides from or shows to the public; saying it twice changes nothing. Refuses: not_found.
create or replace function public.set_concert_hidden(concert_id text, hidden boolean)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_concert_hidden(set_concert_hidden.concert_id, hidden);
$$;

create or replace function private.count_concert_event(counted uuid, counted_event text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if counted_event is null or counted_event not in ('views', 'clicks', 'shares') then
    perform private.refuse('validation_failed', array['event']);
  end if;
  -- One statement, so that visitors at the same moment are all counted. A full counter stays as it is.
  update public.concerts
  set
    views_count = views_count + (counted_event = 'views' and views_count < 2147483647)::integer,
    clicks_count = clicks_count + (counted_event = 'clicks' and clicks_count < 2147483647)::integer,
    shares_count = shares_count + (counted_event = 'shares' and shares_count < 2147483647)::integer
  where id = counted
    and moderation_status = 'approved'
    and not is_hidden
    and not is_cancelled;
  if not found then
    perform private.refuse('not_found');
  end if;
end;
$$;

-- Counts one of views, clicks, shares of a public concert. Refuses: not_found.
create or replace function public.count_concert_event(concert_id text, event text)
returns void
language sql
set search_path = ''
as $$
  select private.count_concert_event(private.find_concert_id(count_concert_event.concert_id), event);
$$;

-- The names under which the counters were published; the same as count_concert_event.
create or replace function public.increment_concert_views(concert_uuid uuid)
returns void
language sql
set search_path = ''
as $$
  select private.count_concert_event(concert_uuid, 'views');
$$;

create or replace function public.increment_concert_clicks(concert_uuid uuid)
returns void
language sql
set search_path = ''
as $$
  select private.count_concert_event(concert_uuid, 'clicks');
$$;

-- Applies what `changes` names, null clears: {"title": "..."}. Runs with the caller's rights, so that policies and
-- column grants decide. An approved concert of which a moderated field changes waits for moderation again.
-- Refuses: not_found, invalid_transition (cancelled), validation_failed naming the fields.
create or replace function public.update_concert(concert_id text, changes jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  concert public.concerts := private.lock_own_concert(update_concert.concert_id);
  edited public.concerts;
  foreign_fields text[];
begin
  select array_agg(field order by field) into foreign_fields
  from jsonb_object_keys(changes) as field
  where field not in (
    'title', 'description', 'city', 'venue_name', 'venue_address', 'event_date', 'event_time', 'time_zone',
    'event_type', 'banner_image_url', 'ticket_price_min', 'ticket_price_max', 'ticket_link', 'ticket_capacity'
  );
  if foreign_fields is not null then
    perform private.refuse('validation_failed', foreign_fields);
  end if;
  if concert.is_cancelled then
    perform private.refuse('invalid_transition');
  end if;
  edited := jsonb_populate_record(concert, changes);
  if edited.ticket_price_min > edited.ticket_price_max then
    perform private.refuse('validation_failed', array['ticket_price_max']);
  end if;
  if edited.ticket_capacity < concert.tickets_sold then
    perform private.refuse('validation_failed', array['ticket_capacity']);
  end if;
  update public.concerts
  set
    title = edited.title,
    description = edited.description,
    city = edited.city,
    venue_name = edited.venue_name,
    venue_address = edited.venue_address,
    event_date = edited.event_date,
    event_time = edited.event_time,
    time_zone = edited.time_zone,
    event_type = edited.event_type,
    banner_image_url = edited.banner_image_url,
    ticket_price_min = edited.ticket_price_min,
    ticket_price_max = edited.ticket_price_max,
    ticket_link = edited.ticket_link,
    ticket_capacity = edited.ticket_capacity
  where id = concert.id
  returning * into concert;
  return private.concert_json(concert);
end;
$$;

-- Deletes a concert of the caller's, with the caller's rights. Refuses: not_found, conflict (it has sales: cancel it).
create or replace function public.delete_concert(concert_id text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.concerts where id = private.find_concert_id(delete_concert.concert_id);
  if not found then
    perform private.refuse('not_found');
  end if;
exception
  when foreign_key_violation then
    perform private.refuse('conflict');
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Artist functions
-- ---------------------------------------------------------------------------------------------------------------

-- The profile as its owner sees it. Times as PostgreSQL writes them.
create or replace function private.artist_json(artist public.artists)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', artist.id,
    'legacy_id', artist.legacy_id,
    'username', artist.username,
    'full_name', artist.full_name,
    'bio', artist.bio,
    'avatar_url', artist.avatar_url,
    'city', artist.city,
    'phone', artist.phone,
    'email', artist.email,
    'is_verified', artist.is_verified,
    'subscribers_count', artist.subscribers_count,
    'total_plays', artist.total_plays,
    'total_tracks', artist.total_tracks,
    'coins_balance', artist.coins_balance,
    'created_at', artist.created_at,
    'updated_at', artist.updated_at
  );
$$;

create or replace function private.save_artist_profile(changes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  artist public.artists;
  edited public.artists;
  foreign_fields text[];
begin
  if caller is null then
    perform private.refuse('unauthorized');
  end if;
  select array_agg(field order by field) into foreign_fields
  from jsonb_object_keys(changes) as field
  where field not in ('username', 'full_name', 'bio', 'avatar_url', 'city', 'phone');
  if foreign_fields is not null then
    perform private.refuse('validation_failed', foreign_fields);
  end if;
  insert into public.artists (id) values (caller) on conflict (id) do nothing;
  select * into strict artist from public.artists where id = caller for no key update;
  edited := jsonb_populate_record(artist, changes);
  begin
    update public.artists
    set
      username = edited.username,
      full_name = edited.full_name,
      bio = edited.bio,
      avatar_url = edited.avatar_url,
      city = edited.city,
      phone = edited.phone
    where id = caller
    returning * into artist;
  exception
    -- The username's is the only unique index over these columns.
    when unique_violation then
      perform private.refuse('conflict', array['username']);
  end;
  return private.artist_json(artist);
end;
$$;

-- Changes what `changes` names of the caller's profile, null clears; creates it at the first time.
-- Refuses: validation_failed, conflict (the username is taken).
create or replace function public.save_artist_profile(changes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.save_artist_profile(changes);
$$;

-- Notifications belong to accounts, of which not all are artists, so that no foreign key carries them along.
create or replace function private.hand_over_notifications(former uuid, account uuid)
returns void
language sql
set search_path = ''
as $$
  update public.notifications set user_id = account where user_id = former;
  update public.notification_settings
  set user_id = account
  where user_id = former
    and not exists (select from public.notification_settings as chosen where chosen.user_id = account);
  delete from public.notification_settings where user_id = former;
$$;

create or replace function private.claim_artist_profile()
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  own public.artists;
  matches uuid[];
  claimed public.artists;
begin
  if caller is null then
    perform private.refuse('unauthorized');
  end if;
  -- Two claims of one caller go one after the other: the second finds what the first has done.
  perform pg_advisory_xact_lock(hashtextextended('claim_artist_profile:' || caller, 0));
  select * into own from public.artists where id = caller;
  if found then
    if own.legacy_id is null then
      perform private.refuse('conflict');
    end if;
    return private.artist_json(own);
  end if;

  -- The address in the token may be stale or unverified; the account's own record decides.
  select array_agg(artist.id) into matches
  from auth.users as account
  join public.artists as artist on lower(artist.email) = lower(account.email)
  where account.id = caller
    and account.email_confirmed_at is not null
    and account.email <> ''
    and artist.claimed_at is null
    -- An account that has not been back since the migration still has its profile, whoever has its address now.
    and not exists (select from auth.users as owner where owner.id = artist.id);
  if matches is null then
    perform private.refuse('not_found');
  end if;
  if cardinality(matches) > 1 then
    perform private.refuse('conflict');
  end if;

  -- Concerts, coins, sales, campaigns and connections follow by their foreign keys.
  begin
    update public.artists
    set id = caller, legacy_id = coalesce(legacy_id, id::text), claimed_at = now()
    where id = matches[1] and claimed_at is null
    returning * into claimed;
    if not found then
      perform private.refuse('not_found');
    end if;
  exception
    -- The caller's own profile came into being meanwhile.
    when unique_violation then
      perform private.refuse('conflict');
  end;
  perform private.hand_over_notifications(matches[1], caller);
  return private.artist_json(claimed);
end;
$$;

-- Makes the migrated profile with the caller's verified e-mail theirs, with all that belongs to it, unless an account
-- has its id; a second call answers the same. Refuses: not_found, conflict (a profile of their own, or several with
-- the e-mail).
create or replace function public.claim_artist_profile()
returns jsonb
language sql
set search_path = ''
as $$
  select private.claim_artist_profile();
$$;

-- The caller's coins: {"balance": integer, "items": [CoinTransaction, newest first, 1000 at most]}, in one snapshot.
-- Runs with the caller's rights.
create or replace function public.get_coin_ledger(
  after_created_at timestamptz default null,
  after_id uuid default null,
  page_size integer default 20
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'balance', coalesce((select coins_balance from public.artists where id = auth.uid()), 0),
    'items', coalesce(
      (
        select jsonb_agg(
          jsonb_build_object(
            'id', movement.id,
            'amount', movement.amount,
            'type', movement.type,
            'description', movement.description,
            'created_at', movement.created_at
          )
          order by movement.created_at desc, movement.id desc
        )
        from (
          select id, amount, type, description, created_at
          from public.coin_transactions
          where artist_id = auth.uid()
            and (
              after_created_at is null
              or (coin_transactions.created_at, coin_transactions.id) < (after_created_at, after_id)
            )
          order by created_at desc, id desc
          limit least(greatest(page_size, 0), 1000)
        ) as movement
      ),
      '[]'
    )
  );
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Campaign functions
-- ---------------------------------------------------------------------------------------------------------------

-- The rates of a campaign, fractions; null until something was delivered. Runs with the caller's rights.
create or replace function public.calculate_campaign_metrics(campaign_uuid uuid)
returns table (open_rate numeric, click_rate numeric, bounce_rate numeric)
language sql
stable
set search_path = ''
as $$
  select campaign.open_rate, campaign.click_rate, campaign.bounce_rate
  from public.email_campaigns as campaign
  where campaign.id = campaign_uuid;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Closed until 002: a hosted project opens whatever is created in `public` to all API roles. Tables that have row
-- level security already are left as they are, so that running this again takes nothing from anyone.
-- ---------------------------------------------------------------------------------------------------------------

do $$
declare
  fresh regclass;
begin
  for fresh in
    select oid::regclass
    from pg_class
    where not relrowsecurity
      and oid in (
        'public.artists'::regclass, 'public.concerts'::regclass, 'public.coin_transactions'::regclass,
        'public.notifications'::regclass, 'public.notification_settings'::regclass,
        'public.email_campaigns'::regclass, 'public.ticket_providers'::regclass,
        'public.artist_ticket_providers'::regclass, 'public.ticket_sales'::regclass
      )
  loop
    execute format('alter table %s enable row level security', fresh);
    execute format('revoke all on %s from anon, authenticated, service_role', fresh);
  end loop;
end;
$$;
