-- 005: selling tickets.
--
-- Sales, their cancellation and refunds, the events that ticket providers send, and the figures made of them. Seats
-- are counted on the concert: `tickets_sold` is what pending and confirmed sales hold, changed in the transaction of
-- the sale, under a lock on the concert's row. Whoever finds the concert locked waits and then counts again, so that
-- no seat is sold twice.
--
-- Adds to ticket_sales the commission's rate and the provider's last event, the table ticket_refunds (a ledger: the
-- sale's refund_amount is its sum) and private.ticket_events (every event is applied once). Leaves alone: all rows.
-- Runs as one transaction and can be run again.

-- ---------------------------------------------------------------------------------------------------------------
-- Tables
-- ---------------------------------------------------------------------------------------------------------------

-- The rate at which the commission was taken, percent: a provider's new rate does not change old sales.
alter table public.ticket_sales add column if not exists commission_percent numeric(5, 2);
-- When the provider's last event about the sale occurred, and the status it told.
alter table public.ticket_sales add column if not exists last_event_at timestamptz(3);
alter table public.ticket_sales add column if not exists last_event_status text;

-- A provider's id is unique for one artist: another artist, who holds a webhook secret of their own, cannot take it.
do $$
begin
  if not exists (
    select from pg_constraint
    where conname = 'ticket_sales_external_transaction_key'
      and conrelid = 'public.ticket_sales'::regclass
      and cardinality(conkey) = 3
  ) then
    alter table public.ticket_sales drop constraint if exists ticket_sales_external_transaction_key;
    alter table public.ticket_sales
      add constraint ticket_sales_external_transaction_key
      unique (provider_id, external_transaction_id, artist_id);
  end if;
end;
$$;

-- The API has shorter limits; these hold for whoever calls the functions below past it.
alter table public.ticket_sales
  drop constraint if exists ticket_sales_buyer_lengths,
  add constraint ticket_sales_buyer_lengths check (
    char_length(buyer_email) <= 320 and char_length(buyer_name) <= 200 and char_length(buyer_phone) <= 64
  ),
  drop constraint if exists ticket_sales_metadata_size,
  add constraint ticket_sales_metadata_size check (octet_length(metadata::text) <= 65536),
  drop constraint if exists ticket_sales_purchased_at_bounds,
  add constraint ticket_sales_purchased_at_bounds check (private.is_common_instant(purchased_at));

create index if not exists ticket_sales_of_concert_idx
  on public.ticket_sales (concert_id, purchased_at desc, id desc);

create table if not exists public.ticket_refunds (
  id uuid primary key default gen_random_uuid(),
  sale_id uuid not null references public.ticket_sales (id) on delete restrict,
  artist_id uuid not null references public.artists (id) on update cascade,
  amount numeric(12, 2) not null,
  reason text,
  created_at timestamptz(3) not null default now(),
  -- Zero gives back a ticket that cost nothing.
  constraint ticket_refunds_amount_not_negative check (amount >= 0),
  constraint ticket_refunds_reason_length check (char_length(reason) <= 500)
);

create index if not exists ticket_refunds_sale_id_idx on public.ticket_refunds (sale_id, created_at);
create index if not exists ticket_refunds_artist_id_idx on public.ticket_refunds (artist_id);

alter table public.ticket_refunds enable row level security;
revoke all on public.ticket_refunds from public, anon, authenticated, service_role;
grant select (id, sale_id, artist_id, amount, reason, created_at) on public.ticket_refunds to authenticated;
-- A ledger: nobody changes or deletes what was paid back.
grant select, insert on public.ticket_refunds to service_role;

drop policy if exists "Artists see the refunds of their own sales" on public.ticket_refunds;
create policy "Artists see the refunds of their own sales" on public.ticket_refunds
  for select to authenticated
  using (artist_id = (select auth.uid()));

-- The events applied. An artist's own, because the id is worth as much as the secret it was signed with.
create table if not exists private.ticket_events (
  artist_id uuid not null references public.artists (id) on update cascade,
  provider_id text not null,
  event_id text not null,
  sale_id uuid not null references public.ticket_sales (id) on delete cascade,
  occurred_at timestamptz(3) not null,
  received_at timestamptz(3) not null default now(),
  primary key (artist_id, provider_id, event_id),
  constraint ticket_events_event_id_length check (char_length(event_id) between 1 and 255)
);

create index if not exists ticket_events_sale_id_idx on private.ticket_events (sale_id);
revoke all on private.ticket_events from public, anon, authenticated, service_role;

-- ---------------------------------------------------------------------------------------------------------------
-- What the functions below share
-- ---------------------------------------------------------------------------------------------------------------

-- The sale as its artist sees it. Times as PostgreSQL writes them.
create or replace function private.ticket_sale_json(sale public.ticket_sales)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', sale.id,
    'legacy_id', sale.legacy_id,
    'concert_id', sale.concert_id,
    'artist_id', sale.artist_id,
    'provider_id', sale.provider_id,
    'external_transaction_id', sale.external_transaction_id,
    'quantity', sale.quantity,
    'unit_price', sale.unit_price,
    'total_amount', sale.total_amount,
    'commission_amount', sale.commission_amount,
    'net_amount', sale.net_amount,
    'buyer_email', sale.buyer_email,
    'buyer_name', sale.buyer_name,
    'buyer_phone', sale.buyer_phone,
    'status', sale.status,
    'refunded_at', sale.refunded_at,
    'refund_amount', sale.refund_amount,
    'refund_reason', sale.refund_reason,
    'metadata', sale.metadata,
    'purchased_at', sale.purchased_at,
    'created_at', sale.created_at,
    'updated_at', sale.updated_at
  );
$$;

-- The seats a sale holds.
create or replace function private.seats_held(sale_status text, quantity integer)
returns integer
language sql
immutable
set search_path = ''
as $$
  select case when sale_status in ('pending', 'confirmed') then quantity else 0 end;
$$;

-- A caller's sale by its id or, failing that, its id in the old store. Refuses: not_found, also when it is somebody
-- else's.
create or replace function private.find_own_sale(reference text)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  found_id uuid;
begin
  if reference ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' then
    select id into found_id
    from public.ticket_sales
    where id = reference::uuid and artist_id = auth.uid();
  end if;
  if found_id is null then
    select id into found_id
    from public.ticket_sales
    where legacy_id = reference and artist_id = auth.uid()
    order by id
    limit 1;
  end if;
  if found_id is null then
    perform private.refuse('not_found');
  end if;
  return found_id;
end;
$$;

-- Locks a sale and its concert until the transaction ends: always the concert first.
create or replace function private.lock_sale(locked_sale uuid)
returns public.ticket_sales
language plpgsql
set search_path = ''
as $$
declare
  sale public.ticket_sales;
begin
  perform from public.concerts
  where id = (select concert_id from public.ticket_sales where id = locked_sale)
  for no key update;
  select * into strict sale from public.ticket_sales where id = locked_sale for no key update;
  return sale;
end;
$$;

-- Gives or takes seats of a concert whose row is locked by this transaction; tells the artist when none is left.
-- Refuses: invalid_transition (seats of a cancelled concert), sold_out.
create or replace function private.move_seats(locked_concert uuid, seats integer)
returns void
language plpgsql
set search_path = ''
as $$
declare
  concert public.concerts;
begin
  if seats = 0 then
    return;
  end if;
  select * into strict concert from public.concerts where id = locked_concert;
  if seats > 0 and concert.is_cancelled then
    perform private.refuse('invalid_transition');
  end if;
  if seats > 0 and concert.tickets_sold + seats > concert.ticket_capacity then
    perform private.refuse('sold_out');
  end if;
  -- Old records may hold fewer seats than their sales.
  update public.concerts
  set tickets_sold = greatest(tickets_sold + seats, 0)
  where id = locked_concert
  returning * into concert;
  if seats > 0 and concert.sold_out then
    insert into public.notifications (
      user_id, concert_id, notification_type, title, message, link, channel, status, sent_at, metadata
    )
    values (
      concert.artist_id,
      concert.id,
      'system',
      'Билеты распроданы',
      format('Билеты на концерт «%s» распроданы.', concert.title),
      '/concerts/' || concert.id,
      'in_app',
      'sent',
      now(),
      jsonb_build_object('concert_id', concert.id)
    );
  end if;
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Sales by hand, cancellations and refunds
-- ---------------------------------------------------------------------------------------------------------------

create or replace function private.create_ticket_sale(
  new_sale jsonb,
  request_key text,
  request_fingerprint text
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  own_concert uuid;
  asked constant public.ticket_sales := jsonb_populate_record(null::public.ticket_sales, new_sale - 'concert_id');
  asked_price constant numeric := (new_sale ->> 'unit_price')::numeric;
  sale public.ticket_sales;
  answer jsonb;
begin
  select id into own_concert
  from public.concerts
  where id = private.find_concert_id(new_sale ->> 'concert_id') and artist_id = auth.uid();
  if not found then
    perform private.refuse('not_found');
  end if;
  if asked.quantity is null or asked.quantity not between 1 and 1000 then
    perform private.refuse('validation_failed', array['quantity']);
  end if;
  -- Whole kopecks: a finer price would be rounded away.
  if asked_price is null or asked_price not between 0 and 1000000 or asked_price <> round(asked_price, 2) then
    perform private.refuse('validation_failed', array['unit_price']);
  end if;
  if coalesce(asked.status, 'confirmed') not in ('pending', 'confirmed') then
    perform private.refuse('validation_failed', array['status']);
  end if;
  if asked.purchased_at not between timestamptz '2000-01-01 00:00:00Z' and now() + interval '1 minute' then
    perform private.refuse('validation_failed', array['purchased_at']);
  end if;
  answer := private.begin_idempotent(request_key, request_fingerprint);
  if answer is not null then
    return jsonb_build_object('replayed', true, 'sale', answer);
  end if;

  perform private.lock_own_concert(own_concert::text);
  perform private.move_seats(own_concert, asked.quantity);
  insert into public.ticket_sales (
    concert_id, artist_id, quantity, unit_price, total_amount, net_amount, buyer_email, buyer_name, buyer_phone,
    status, metadata, purchased_at
  )
  values (
    own_concert, auth.uid(), asked.quantity, asked.unit_price, asked.quantity * asked.unit_price,
    asked.quantity * asked.unit_price, asked.buyer_email, asked.buyer_name, asked.buyer_phone,
    coalesce(asked.status, 'confirmed'), coalesce(asked.metadata, '{}'), coalesce(asked.purchased_at, now())
  )
  returning * into sale;
  answer := private.ticket_sale_json(sale);
  perform private.remember_answer(request_key, answer);
  return jsonb_build_object('replayed', false, 'sale', answer);
end;
$$;

-- Sells seats of the caller's concert by hand, without provider and commission; `sale` has concert_id, quantity,
-- unit_price and what else the caller knows: {"replayed": boolean, "sale": TicketSale}. Refuses: not_found,
-- validation_failed, idempotency_mismatch, idempotency_in_flight, invalid_transition (cancelled concert), sold_out.
create or replace function public.create_ticket_sale(
  sale jsonb,
  idempotency_key text default null,
  request_fingerprint text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_ticket_sale(sale, idempotency_key, request_fingerprint);
$$;

create or replace function private.cancel_ticket_sale(
  reference text,
  request_key text,
  request_fingerprint text
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  own_sale constant uuid := private.find_own_sale(reference);
  sale public.ticket_sales;
  answer jsonb;
begin
  answer := private.begin_idempotent(request_key, request_fingerprint);
  if answer is not null then
    return jsonb_build_object('replayed', true, 'sale', answer);
  end if;
  sale := private.lock_sale(own_sale);
  if sale.status not in ('pending', 'confirmed') then
    perform private.refuse('invalid_transition');
  end if;
  perform private.move_seats(sale.concert_id, -sale.quantity);
  update public.ticket_sales
  set
    status = 'cancelled',
    -- What the provider told of it before this, and what arrives of that later on, is older news.
    last_event_at = case when provider_id is not null then greatest(last_event_at, now()) end,
    last_event_status = case when provider_id is not null then 'cancelled' end
  where id = sale.id
  returning * into sale;
  answer := private.ticket_sale_json(sale);
  perform private.remember_answer(request_key, answer);
  return jsonb_build_object('replayed', false, 'sale', answer);
end;
$$;

-- Pending or confirmed → cancelled; the seats are free again: {"replayed": boolean, "sale": TicketSale}.
-- Refuses: not_found, invalid_transition, idempotency_mismatch, idempotency_in_flight.
create or replace function public.cancel_ticket_sale(
  sale_id text,
  idempotency_key text default null,
  request_fingerprint text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.cancel_ticket_sale(sale_id, idempotency_key, request_fingerprint);
$$;

-- Pays back of a sale that is locked, with its concert, by this transaction; the seats are free once all is paid back.
create or replace function private.pay_back(locked_sale uuid, refund numeric, why text)
returns public.ticket_sales
language plpgsql
set search_path = ''
as $$
declare
  sale public.ticket_sales;
begin
  insert into public.ticket_refunds (sale_id, artist_id, amount, reason)
  select id, artist_id, refund, why from public.ticket_sales where id = locked_sale;
  update public.ticket_sales
  set
    refund_amount = coalesce(refund_amount, 0) + refund,
    refund_reason = coalesce(why, refund_reason),
    refunded_at = now()
  where id = locked_sale
  returning * into sale;
  if sale.refund_amount >= sale.total_amount and sale.status <> 'refunded' then
    perform private.move_seats(sale.concert_id, -private.seats_held(sale.status, sale.quantity));
    update public.ticket_sales set status = 'refunded' where id = locked_sale returning * into sale;
  end if;
  return sale;
end;
$$;

create or replace function private.refund_ticket_sale(
  reference text,
  refund numeric,
  why text,
  request_key text,
  request_fingerprint text
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  own_sale constant uuid := private.find_own_sale(reference);
  sale public.ticket_sales;
  rest numeric;
  answer jsonb;
begin
  answer := private.begin_idempotent(request_key, request_fingerprint);
  if answer is not null then
    return jsonb_build_object('replayed', true, 'sale', answer);
  end if;
  sale := private.lock_sale(own_sale);
  if sale.status <> 'confirmed' then
    perform private.refuse('invalid_transition');
  end if;
  if coalesce(btrim(why), '') = '' then
    perform private.refuse('validation_failed', array['reason']);
  end if;
  rest := sale.total_amount - coalesce(sale.refund_amount, 0);
  -- Whole kopecks: a finer amount would be rounded away.
  if refund <= 0 or refund > rest or refund <> round(refund, 2) then
    perform private.refuse('validation_failed', array['amount'], 'rest');
  end if;
  sale := private.pay_back(sale.id, coalesce(refund, rest), why);
  answer := private.ticket_sale_json(sale);
  perform private.remember_answer(request_key, answer);
  return jsonb_build_object('replayed', false, 'sale', answer);
end;
$$;

-- Pays back part of a confirmed sale, or without `amount` the rest of it; paid back whole, it is refunded and its
-- seats are free: {"replayed": boolean, "sale": TicketSale}. Refuses: not_found, invalid_transition,
-- validation_failed (more than is left), idempotency_mismatch, idempotency_in_flight.
create or replace function public.refund_ticket_sale(
  sale_id text,
  reason text,
  amount numeric default null,
  idempotency_key text default null,
  request_fingerprint text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.refund_ticket_sale(sale_id, amount, reason, idempotency_key, request_fingerprint);
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Lists and figures. They run with the caller's rights: row level security decides whose sales there are.
-- ---------------------------------------------------------------------------------------------------------------

-- The caller's sales, the latest purchase first, up to `page_size` of them behind (after_purchased_at, after_id); a
-- null filter means any, `provider` 'manual' those without one. An array of TicketSale.
create or replace function public.list_ticket_sales(
  concert_id text default null,
  sale_status text default null,
  provider text default null,
  purchased_from timestamptz default null,
  purchased_before timestamptz default null,
  after_purchased_at timestamptz default null,
  after_id uuid default null,
  page_size integer default 20
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  of_concert constant uuid := private.find_concert_id(list_ticket_sales.concert_id);
  page jsonb;
begin
  select coalesce(jsonb_agg(to_jsonb(listed) order by listed.purchased_at desc, listed.id desc), '[]')
  into page
  from (
    select
      sale.id, sale.legacy_id, sale.concert_id, sale.artist_id, sale.provider_id, sale.external_transaction_id,
      sale.quantity, sale.unit_price, sale.total_amount, sale.commission_amount, sale.net_amount, sale.buyer_email,
      sale.buyer_name, sale.buyer_phone, sale.status, sale.refunded_at, sale.refund_amount, sale.refund_reason,
      sale.metadata, sale.purchased_at, sale.created_at, sale.updated_at
    from public.ticket_sales as sale
    where sale.artist_id = auth.uid()
      and (list_ticket_sales.concert_id is null or sale.concert_id = of_concert)
      and (sale_status is null or sale.status = sale_status)
      and (
        provider is null
        or sale.provider_id = provider
        or (provider = 'manual' and sale.provider_id is null)
      )
      and (purchased_from is null or sale.purchased_at >= purchased_from)
      and (purchased_before is null or sale.purchased_at < purchased_before)
      and (
        after_purchased_at is null
        or (sale.purchased_at, sale.id) < (after_purchased_at, after_id)
      )
    order by sale.purchased_at desc, sale.id desc
    limit page_size
  ) as listed;
  return page;
end;
$$;

-- What the caller's confirmed sales add up to, of one concert or of all: {"sales", "tickets", "revenue",
-- "commission", "net", "refunds", "by_provider": [{"provider_id", ...}], "by_day": [{"day", ...}]}. Refunds are what
-- was paid back of sales that still stand. Days by the clocks of Moscow. Refuses: not_found.
create or replace function public.get_ticket_stats(concert_id text default null)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  of_concert uuid;
  stats jsonb;
begin
  if get_ticket_stats.concert_id is not null then
    select id into of_concert
    from public.concerts
    where id = private.find_concert_id(get_ticket_stats.concert_id) and artist_id = auth.uid();
    if not found then
      perform private.refuse('not_found');
    end if;
  end if;

  with counted as (
    select
      sale.provider_id,
      (sale.purchased_at at time zone 'Europe/Moscow')::date as day,
      count(*) as sales,
      sum(sale.quantity) as tickets,
      sum(sale.total_amount) as revenue,
      sum(sale.commission_amount) as commission,
      sum(sale.net_amount) as net,
      sum(coalesce(sale.refund_amount, 0)) as refunds
    from public.ticket_sales as sale
    where sale.artist_id = auth.uid()
      and sale.status = 'confirmed'
      and (of_concert is null or sale.concert_id = of_concert)
    group by 1, 2
  ),
  -- One pass over the sales; what follows adds up days and providers.
  summed as (
    select
      grouping(provider_id) as any_provider,
      grouping(day) as any_day,
      provider_id,
      day,
      jsonb_build_object(
        'sales', coalesce(sum(sales), 0),
        'tickets', coalesce(sum(tickets), 0),
        'revenue', coalesce(sum(revenue), 0),
        'commission', coalesce(sum(commission), 0),
        'net', coalesce(sum(net), 0),
        'refunds', coalesce(sum(refunds), 0)
      ) as figures
    from counted
    group by grouping sets ((), (provider_id), (day))
  )
  select
    (select figures from summed where any_provider = 1 and any_day = 1)
    || jsonb_build_object(
      'by_provider', coalesce(
        (
          select jsonb_agg(
            jsonb_build_object('provider_id', provider_id) || figures order by provider_id collate "C" nulls last
          )
          from summed
          where any_provider = 0
        ),
        '[]'
      ),
      'by_day', coalesce(
        (
          select jsonb_agg(jsonb_build_object('day', day) || figures order by day)
          from summed
          where any_day = 0
        ),
        '[]'
      )
    )
  into stats;
  return stats;
end;
$$;

-- From views to tickets of a concert of the caller's: {"concert_id", "views", "clicks", "purchases", "tickets",
-- "revenue"}, confirmed sales only. Refuses: not_found.
create or replace function public.get_sales_funnel(concert_id text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  funnel jsonb;
begin
  select jsonb_build_object(
    'concert_id', concert.id,
    'views', concert.views_count,
    'clicks', concert.clicks_count,
    'purchases', sales.purchases,
    'tickets', sales.tickets,
    'revenue', sales.revenue
  )
  into funnel
  from public.concerts as concert
  cross join lateral (
    select
      count(*) as purchases,
      coalesce(sum(sale.quantity), 0) as tickets,
      coalesce(sum(sale.total_amount), 0) as revenue
    from public.ticket_sales as sale
    where sale.concert_id = concert.id and sale.status = 'confirmed'
  ) as sales
  where concert.id = private.find_concert_id(get_sales_funnel.concert_id) and concert.artist_id = auth.uid();
  if not found then
    perform private.refuse('not_found');
  end if;
  return funnel;
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Connections to providers. Keys arrive encrypted: the tickets function alone knows the key they are encrypted with.
-- ---------------------------------------------------------------------------------------------------------------

create or replace function private.ticket_connection_json(
  connection public.artist_ticket_providers,
  provider_name text
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'provider_id', connection.provider_id,
    'name', provider_name,
    'api_key_last4', connection.api_key_last4,
    'has_webhook_secret', connection.webhook_secret_encrypted is not null,
    'is_active', connection.is_active,
    'connected_at', connection.connected_at
  );
$$;

create or replace function private.list_ticket_connections()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      private.ticket_connection_json(connection, provider.name) order by connection.provider_id collate "C"
    ),
    '[]'
  )
  from public.artist_ticket_providers as connection
  join public.ticket_providers as provider on provider.id = connection.provider_id
  where connection.artist_id = auth.uid();
$$;

-- The caller's connections, those to providers that are no longer active included; never a key.
create or replace function public.list_ticket_connections()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_ticket_connections();
$$;

-- Connects an artist, whose profile it creates if there is none, or replaces their connection. For the backend alone:
-- it encrypts the keys. Refuses: not_found (no such active provider).
create or replace function public.save_ticket_connection(
  artist uuid,
  artist_email text,
  provider text,
  api_key_encrypted text,
  api_key_last4 text,
  webhook_secret_encrypted text
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  provider_name text;
  connection public.artist_ticket_providers;
begin
  select name into provider_name from public.ticket_providers where id = provider and is_active;
  if not found then
    perform private.refuse('not_found');
  end if;
  insert into public.artists (id, email, claimed_at) values (artist, artist_email, now()) on conflict (id) do nothing;
  insert into public.artist_ticket_providers as held (
    artist_id, provider_id, api_key_encrypted, api_key_last4, webhook_secret_encrypted
  )
  values (
    artist, provider, save_ticket_connection.api_key_encrypted, save_ticket_connection.api_key_last4,
    save_ticket_connection.webhook_secret_encrypted
  )
  on conflict (artist_id, provider_id) do update
    set
      api_key_encrypted = excluded.api_key_encrypted,
      api_key_last4 = excluded.api_key_last4,
      webhook_secret_encrypted = excluded.webhook_secret_encrypted,
      is_active = true,
      connected_at = now()
  returning * into connection;
  return private.ticket_connection_json(connection, provider_name);
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Events of providers, for the backend alone: it has verified their signature
-- ---------------------------------------------------------------------------------------------------------------

-- The secret with which the provider signs what it says about the concert, encrypted, and whose it is:
-- {"artist_id", "artist_legacy_id", "webhook_secret_encrypted"}; null when the concert's artist is not connected.
create or replace function public.find_webhook_secret(provider text, concert_id text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'artist_id', artist.id,
    'artist_legacy_id', artist.legacy_id,
    'webhook_secret_encrypted', connection.webhook_secret_encrypted
  )
  from public.concerts as concert
  join public.artists as artist on artist.id = concert.artist_id
  join public.artist_ticket_providers as connection on connection.artist_id = artist.id
  where concert.id = private.find_concert_id(find_webhook_secret.concert_id)
    and connection.provider_id = provider
    and connection.is_active
    and connection.webhook_secret_encrypted is not null;
$$;

create or replace function private.apply_ticket_event(provider text, event jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  ranks constant text[] := array['pending', 'confirmed', 'cancelled', 'refunded'];
  told constant public.ticket_sales := jsonb_populate_record(null::public.ticket_sales, event - 'concert_id');
  occurred constant timestamptz(3) := (event ->> 'occurred_at')::timestamptz(3);
  told_price constant numeric := (event ->> 'unit_price')::numeric;
  total constant numeric := told.quantity * told.unit_price;
  concert public.concerts;
  sale public.ticket_sales;
  rate numeric;
  commission numeric;
begin
  select * into concert
  from public.concerts
  where id = private.find_concert_id(event ->> 'concert_id')
  for no key update;
  if not found then
    perform private.refuse('not_found');
  end if;
  if told_price <> round(told_price, 2) then
    perform private.refuse('validation_failed', array['unit_price']);
  end if;
  select provider_row.commission_percent into rate
  from public.artist_ticket_providers as connection
  join public.ticket_providers as provider_row on provider_row.id = connection.provider_id
  where connection.artist_id = concert.artist_id
    and connection.provider_id = provider
    and connection.is_active;
  if not found then
    perform private.refuse('not_found');
  end if;
  if exists (
    select from private.ticket_events
    where artist_id = concert.artist_id and provider_id = provider and event_id = event ->> 'event_id'
  ) then
    return jsonb_build_object('applied', false, 'reason', 'duplicate');
  end if;

  select * into sale
  from public.ticket_sales
  where provider_id = provider
    and external_transaction_id = told.external_transaction_id
    and artist_id = concert.artist_id
  for no key update;
  if found and sale.concert_id <> concert.id then
    perform private.refuse('conflict', array['concert_id']);
  end if;
  -- At the same moment the later step wins, so that the order of arrival decides nothing.
  if found and (
    (occurred, array_position(ranks, told.status))
    < (sale.last_event_at, coalesce(array_position(ranks, sale.last_event_status), 0))
    or sale.status = 'refunded'
  ) then
    -- Late as it is, it tells of an earlier purchase, and of the buyer what nothing else has told.
    update public.ticket_sales
    set
      purchased_at = least(purchased_at, occurred),
      buyer_email = coalesce(buyer_email, told.buyer_email),
      buyer_name = coalesce(buyer_name, told.buyer_name),
      buyer_phone = coalesce(buyer_phone, told.buyer_phone)
    where id = sale.id
      and (
        purchased_at > occurred
        or (buyer_email is null and told.buyer_email is not null)
        or (buyer_name is null and told.buyer_name is not null)
        or (buyer_phone is null and told.buyer_phone is not null)
      );
    return jsonb_build_object('applied', false, 'reason', 'stale');
  end if;
  rate := coalesce(sale.commission_percent, rate);
  -- round() of numeric rounds half away from zero, and nothing here is below zero.
  commission := round(total * rate / 100, 2);

  if sale.id is null then
    insert into public.ticket_sales (
      concert_id, artist_id, provider_id, external_transaction_id, quantity, unit_price, total_amount,
      commission_percent, commission_amount, net_amount, buyer_email, buyer_name, buyer_phone, status, purchased_at
    )
    values (
      concert.id, concert.artist_id, provider, told.external_transaction_id, told.quantity, told.unit_price, total,
      rate, commission, total - commission, told.buyer_email, told.buyer_name, told.buyer_phone,
      -- The seats are taken below, and given back at once where the sale is over already.
      'cancelled', occurred
    )
    returning * into sale;
  end if;
  if total < sale.refund_amount
    or (sale.refund_amount > 0 and total = sale.refund_amount and told.status in ('pending', 'confirmed'))
  then
    perform private.refuse('conflict', array['unit_price']);
  end if;

  perform private.move_seats(
    concert.id,
    private.seats_held(told.status, told.quantity) - private.seats_held(sale.status, sale.quantity)
  );
  update public.ticket_sales
  set
    quantity = told.quantity,
    unit_price = told.unit_price,
    total_amount = total,
    commission_percent = rate,
    commission_amount = commission,
    net_amount = total - commission,
    -- Events of refunds and cancellations mostly say nothing of the buyer, who is the same as before.
    buyer_email = coalesce(told.buyer_email, buyer_email),
    buyer_name = coalesce(told.buyer_name, buyer_name),
    buyer_phone = coalesce(told.buyer_phone, buyer_phone),
    purchased_at = least(purchased_at, occurred),
    -- Refunded is what it becomes by being paid back.
    status = case told.status when 'refunded' then 'cancelled' else told.status end,
    last_event_at = occurred,
    last_event_status = told.status
  where id = sale.id
  returning * into sale;
  if told.status = 'refunded' then
    sale := private.pay_back(sale.id, sale.total_amount - coalesce(sale.refund_amount, 0), null);
  end if;
  insert into private.ticket_events (artist_id, provider_id, event_id, sale_id, occurred_at)
  values (concert.artist_id, provider, event ->> 'event_id', sale.id, occurred);
  return jsonb_build_object('applied', true, 'reason', null);
end;
$$;

-- Makes a sale what a provider's event says it is, in one transaction with its seats and refunds. Each event is
-- applied once. One that is older than what is known of the sale is not: it only tells when the purchase was made, and
-- of the buyer what was not known. {"applied": boolean, "reason": "duplicate" | "stale" | null}. Refuses: not_found (no
-- such concert, or its artist is not connected), validation_failed (a fraction of a kopeck), sold_out,
-- invalid_transition (seats of a cancelled concert), conflict (the sale is another concert's, or no more was paid than
-- was paid back).
create or replace function public.apply_ticket_event(provider text, event jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.apply_ticket_event(provider, event);
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Grants
-- ---------------------------------------------------------------------------------------------------------------

revoke all on function
  private.ticket_sale_json(public.ticket_sales),
  private.seats_held(text, integer),
  private.find_own_sale(text),
  private.lock_sale(uuid),
  private.move_seats(uuid, integer),
  private.create_ticket_sale(jsonb, text, text),
  public.create_ticket_sale(jsonb, text, text),
  private.cancel_ticket_sale(text, text, text),
  public.cancel_ticket_sale(text, text, text),
  private.pay_back(uuid, numeric, text),
  private.refund_ticket_sale(text, numeric, text, text, text),
  public.refund_ticket_sale(text, text, numeric, text, text),
  public.list_ticket_sales(text, text, text, timestamptz, timestamptz, timestamptz, uuid, integer),
  public.get_ticket_stats(text),
  public.get_sales_funnel(text),
  private.ticket_connection_json(public.artist_ticket_providers, text),
  private.list_ticket_connections(),
  public.list_ticket_connections(),
  public.save_ticket_connection(uuid, text, text, text, text, text),
  public.find_webhook_secret(text, text),
  private.apply_ticket_event(text, jsonb),
  public.apply_ticket_event(text, jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  private.create_ticket_sale(jsonb, text, text),
  public.create_ticket_sale(jsonb, text, text),
  private.cancel_ticket_sale(text, text, text),
  public.cancel_ticket_sale(text, text, text),
  private.refund_ticket_sale(text, numeric, text, text, text),
  public.refund_ticket_sale(text, text, numeric, text, text),
  public.list_ticket_sales(text, text, text, timestamptz, timestamptz, timestamptz, uuid, integer),
  public.get_ticket_stats(text),
  public.get_sales_funnel(text),
  private.list_ticket_connections(),
  public.list_ticket_connections()
to authenticated;

grant execute on function
  private.ticket_connection_json(public.artist_ticket_providers, text),
  public.save_ticket_connection(uuid, text, text, text, text, text),
  public.find_webhook_secret(text, text),
  private.apply_ticket_event(text, jsonb),
  public.apply_ticket_event(text, jsonb)
to service_role;
