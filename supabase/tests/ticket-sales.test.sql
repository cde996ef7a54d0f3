begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(68);

-- Becomes a persona for the statements that follow: the role and the claims the Data API would set. The claims are
-- set in both ways there are, because hosted and embedded auth.uid() read different ones.
create function pg_temp.become(role_name text, user_id uuid default null, claims jsonb default '{}')
returns void
language sql
as $$
  select
    set_config('request.jwt.claims', (claims || jsonb_build_object('role', role_name, 'sub', user_id))::text, true),
    set_config('request.jwt.claim.sub', coalesce(user_id::text, ''), true),
    set_config('request.jwt.claim.role', role_name, true),
    set_config('role', role_name, true);
$$;

create function pg_temp.sell(concert text, quantity integer, price numeric default 100, request_key text default null)
returns jsonb
language sql
as $$
  select public.create_ticket_sale(
    jsonb_build_object('concert_id', concert, 'quantity', quantity, 'unit_price', price), request_key, request_key
  );
$$;

create function pg_temp.tell(event_id text, changes jsonb default '{}')
returns jsonb
language sql
as $$
  select public.apply_ticket_event(
    'kassir',
    jsonb_build_object(
      'event_id', event_id, 'occurred_at', '2026-01-01T00:00:00Z', 'concert_id', 'tap-old-3',
      'external_transaction_id', 'tap-tx', 'quantity', 2, 'unit_price', 333.33, 'status', 'confirmed'
    ) || changes
  );
$$;

-- Asked as the tables' owner: what is stored, whoever may see it.
create function pg_temp.seats(concert uuid) returns integer language sql security definer as
  $$select tickets_sold from public.concerts where id = concert$$;
create function pg_temp.refunds(sale uuid) returns numeric[] language sql security definer as
  $$select array_agg(amount order by amount) from public.ticket_refunds where sale_id = sale$$;
create function pg_temp.notices(artist uuid) returns bigint language sql security definer as
  $$select count(*) from public.notifications where user_id = artist and title = 'Билеты распроданы'$$;

insert into public.artists (id, claimed_at) values
  ('a0000000-0000-4000-8000-00000000000a', now()),
  ('a0000000-0000-4000-8000-00000000000b', now());
insert into public.concerts (id, artist_id, title, ticket_capacity, legacy_id) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Пять мест', 5, 'tap-old-1'),
  ('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b', 'Бориса', null, null),
  ('c0000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-00000000000a', 'Через Кассир', 4, 'tap-old-3');
insert into public.concerts (id, artist_id, title, is_cancelled) values
  ('c0000000-0000-4000-8000-000000000004', 'a0000000-0000-4000-8000-00000000000a', 'Отменён', true);
insert into public.artist_ticket_providers (artist_id, provider_id, api_key_encrypted, webhook_secret_encrypted)
values ('a0000000-0000-4000-8000-00000000000a', 'kassir', 'ciphertext', 'sealed');

-- Owner: selling
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select is(
  (select row(s ->> 'quantity', s ->> 'total_amount', s ->> 'commission_amount', s ->> 'net_amount', s ->> 'status', s ->> 'provider_id')::text
    from (select pg_temp.sell('tap-old-1', 3, 0.11) -> 'sale' as s) as sold),
  '(3,0.33,0.00,0.33,confirmed,)', 'an artist sells by hand, by the concert''s old id, without commission'
);
select is(pg_temp.seats('c0000000-0000-4000-8000-000000000001'), 3, 'the seats are taken');
select throws_ok(
  $$select pg_temp.sell('c0000000-0000-4000-8000-000000000001', 3)$$, 'PT409', 'sold_out', 'no more than there are'
);
select is(pg_temp.notices('a0000000-0000-4000-8000-00000000000a'), 0::bigint, 'not sold out yet');
select lives_ok($$select pg_temp.sell('tap-old-1', 2, 500, 'tap-key')$$, 'the last seats are sold');
select is(pg_temp.notices('a0000000-0000-4000-8000-00000000000a'), 1::bigint, 'and the artist is told');
select is(
  pg_temp.sell('tap-old-1', 2, 500, 'tap-key') ->> 'replayed', 'true', 'a repeated request is answered again'
);
select is(pg_temp.seats('c0000000-0000-4000-8000-000000000001'), 5, 'and takes nothing');
select throws_ok(
  $$select public.create_ticket_sale('{"concert_id":"tap-old-1","quantity":1,"unit_price":1}', 'tap-key', 'other')$$,
  'PT422', 'idempotency_mismatch', 'the key stands for one request'
);
select throws_ok(
  $$select pg_temp.sell('c0000000-0000-4000-8000-000000000004', 1)$$, 'PT409', 'invalid_transition',
  'nothing is sold of a cancelled concert'
);
select throws_ok(
  $$select pg_temp.sell('c0000000-0000-4000-8000-000000000002', 1)$$, 'PT404', 'not_found', 'nor of somebody else''s'
);
select throws_ok(
  $$select pg_temp.sell('tap-old-1', 0)$$, 'PT400', 'validation_failed', 'nobody sells no ticket'
);
select throws_ok(
  $$select pg_temp.sell('tap-old-1', -5)$$, 'PT400', 'validation_failed', 'or gets seats back by selling'
);
select throws_ok(
  $$select pg_temp.sell('tap-old-1', 1, -1)$$, 'PT400', 'validation_failed', 'nor at a negative price'
);
select throws_ok(
  $$select public.create_ticket_sale('{"concert_id":"tap-old-1","quantity":1,"unit_price":1,"status":"refunded"}')$$,
  'PT400', 'validation_failed', 'a sale begins pending or confirmed'
);
select throws_ok(
  $$select public.create_ticket_sale('{"concert_id":"tap-old-1","quantity":1,"unit_price":1,"purchased_at":"2999-01-01T00:00:00Z"}')$$,
  'PT400', 'validation_failed', 'and not in the future'
);
select is(
  (select row(s ->> 'artist_id', s ->> 'provider_id', s ->> 'total_amount', s ->> 'commission_amount')::text
    from (
      select public.create_ticket_sale(
        '{"concert_id":"c0000000-0000-4000-8000-000000000003","quantity":1,"unit_price":10,
          "artist_id":"a0000000-0000-4000-8000-00000000000b","provider_id":"kassir","total_amount":1,"commission_amount":-9}'
      ) -> 'sale' as s
    ) as sold),
  '(a0000000-0000-4000-8000-00000000000a,,10.00,0.00)', 'what the caller may not decide is not taken from them'
);

select throws_ok(
  format($$select pg_temp.sell('tap-old-1', 1, %s)$$, price), 'PT400', 'validation_failed',
  'a price is in whole kopecks: ' || price
)
from (values (0.005), (99.999)) as bad (price);
select throws_ok(
  format(
    $$select public.create_ticket_sale('{"concert_id":"tap-old-1","quantity":1,"unit_price":1,"purchased_at":"%s"}')$$,
    instant
  ),
  'PT400', 'validation_failed', 'what no list could tell is no time of a purchase: ' || instant
)
from (values ('-infinity'), ('infinity'), ('0044-03-15 BC')) as bad (instant);

-- Owner: cancelling and refunding
select is(
  public.cancel_ticket_sale((select id::text from public.ticket_sales where unit_price = 10)) -> 'sale' ->> 'status',
  'cancelled', 'an artist cancels a sale'
);
select is(pg_temp.seats('c0000000-0000-4000-8000-000000000003'), 0, 'its seats are free');
select throws_ok(
  $$select public.cancel_ticket_sale((select id::text from public.ticket_sales where unit_price = 10))$$,
  'PT409', 'invalid_transition', 'once'
);
select is(
  (select row(s ->> 'status', s ->> 'refund_amount')::text from (
    select public.refund_ticket_sale((select id::text from public.ticket_sales where unit_price = 500), 'Скидка', 0.5)
      -> 'sale' as s
  ) as refunded),
  '(confirmed,0.50)', 'part of a sale is paid back'
);
select is(pg_temp.seats('c0000000-0000-4000-8000-000000000001'), 5, 'and its seats stay taken');
select throws_ok(
  $$select public.refund_ticket_sale((select id::text from public.ticket_sales where unit_price = 500), 'Много', 999.51)$$,
  'PT400', 'validation_failed', 'no more than is left'
);
select throws_ok(
  $$select public.refund_ticket_sale((select id::text from public.ticket_sales where unit_price = 500), 'Ничего', 0)$$,
  'PT400', 'validation_failed', 'and not nothing'
);
select throws_ok(
  $$select public.refund_ticket_sale((select id::text from public.ticket_sales where unit_price = 500), 'Меньше', -1)$$,
  'PT400', 'validation_failed', 'least of all less than nothing'
);
select throws_ok(
  $$select public.refund_ticket_sale((select id::text from public.ticket_sales where unit_price = 500), ' ')$$,
  'PT400', 'validation_failed', 'a refund has a reason'
);
select is(
  public.refund_ticket_sale((select id::text from public.ticket_sales where unit_price = 500), 'Остаток') -> 'sale' ->> 'status',
  'refunded', 'paid back whole, a sale is refunded'
);
select is(pg_temp.seats('c0000000-0000-4000-8000-000000000001'), 3, 'and its seats are free');
select is(
  pg_temp.refunds((select id from public.ticket_sales where unit_price = 500)),
  array[0.50, 999.50], 'every payment is in the ledger'
);
select results_eq(
  $$select amount from public.ticket_refunds order by amount$$, array[0.50, 999.50], 'which the artist reads'
);
select throws_ok(
  $$update public.ticket_refunds set amount = 0$$, '42501', null, 'and does not write'
);
select throws_ok(
  $$insert into public.ticket_refunds (sale_id, artist_id, amount) select id, auth.uid(), 1 from public.ticket_sales$$,
  '42501', null, 'not even adds to'
);
select throws_ok(
  $$select commission_percent from public.ticket_sales$$, '42501', null, 'the rate is the backend''s matter'
);
select is(
  (select row(s ->> 'sales', s ->> 'tickets', s ->> 'revenue', s ->> 'net', s ->> 'refunds')::text
    from (select public.get_ticket_stats() as s) as stats),
  '(1,3,0.33,0.33,0)', 'only what stands counts'
);
select is(
  (select row(f ->> 'purchases', f ->> 'tickets', f ->> 'revenue')::text
    from (select public.get_sales_funnel('tap-old-1') as f) as funnel),
  '(1,3,0.33)', 'in the funnel too'
);
select is(jsonb_array_length(public.list_ticket_sales()), 3, 'the list has every sale');
select is(jsonb_array_length(public.list_ticket_sales(sale_status => 'refunded')), 1, 'or those of a status');
select throws_ok(
  $$select public.apply_ticket_event('kassir', '{}')$$, '42501', null, 'an artist does not speak for a provider'
);
select throws_ok(
  $$select public.find_webhook_secret('kassir', 'tap-old-1')$$, '42501', null, 'or read a webhook secret'
);
select throws_ok(
  $$select public.save_ticket_connection(auth.uid(), null, 'kassir', 'plain', null, null)$$, '42501', null,
  'or store a key that is not encrypted'
);
select is(
  (select row(c ->> 'provider_id', c ->> 'has_webhook_secret', c ? 'webhook_secret_encrypted')::text
    from (select public.list_ticket_connections() -> 0 as c) as connection),
  '(kassir,true,f)', 'connections are listed without their keys'
);

-- Other artist
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000b');
select throws_ok(
  $$select public.cancel_ticket_sale(id) from (
    select jsonb_array_elements(public.list_ticket_sales()) ->> 'id' as id union all select 'tap-old-1'
  ) as anything$$,
  'PT404', 'not_found', 'another artist cancels nothing'
);
select is(public.list_ticket_sales(concert_id => 'tap-old-1'), '[]', 'and sees nothing');
select throws_ok($$select public.get_ticket_stats('tap-old-1')$$, 'PT404', 'not_found', 'nor the figures');
select is_empty($$select from public.ticket_refunds$$, 'nor the refunds');
select is(public.list_ticket_connections(), '[]', 'nor the connections');

-- Visitor
select pg_temp.become('anon');
select throws_ok($$select pg_temp.sell('tap-old-1', 1)$$, '42501', null, 'a visitor sells nothing');
select throws_ok($$select public.get_ticket_stats()$$, '42501', null, 'and counts nothing');

-- Service: what providers say
select pg_temp.become('service_role');
select is(pg_temp.tell('tap-1') ->> 'applied', 'true', 'a provider''s event is applied');
select is(
  (select row(total_amount, commission_amount, net_amount, commission_percent)::text
    from public.ticket_sales where external_transaction_id = 'tap-tx'),
  '(666.66,33.33,633.33,5.00)', 'with the provider''s commission, rounded half up'
);
select is(pg_temp.tell('tap-1') ->> 'reason', 'duplicate', 'once');
select is(
  pg_temp.tell('tap-0', '{"occurred_at":"2025-12-31T23:59:59Z","status":"cancelled"}') ->> 'reason', 'stale',
  'and nothing older'
);
select is(
  pg_temp.tell('tap-before', '{"occurred_at":"2025-12-30T00:00:00Z","buyer_name":"Анна"}') ->> 'reason', 'stale',
  'a late event is stale'
);
select is(
  (select row(purchased_at at time zone 'UTC', buyer_name)::text from public.ticket_sales
    where external_transaction_id = 'tap-tx'),
  '("2025-12-30 00:00:00",Анна)', 'but tells when the purchase was made, and by whom'
);
select throws_ok(
  $$select pg_temp.tell('tap-fine', '{"occurred_at":"2026-01-01T12:00:00Z","unit_price":0.005}')$$, 'PT400',
  'validation_failed', 'a provider sells for whole kopecks, too'
);
select throws_ok(
  $$select pg_temp.tell('tap-2', '{"occurred_at":"2026-01-02T00:00:00Z","quantity":5}')$$, 'PT409', 'sold_out',
  'a provider sells no more seats than there are'
);
select is(
  pg_temp.tell('tap-3', '{"occurred_at":"2026-01-03T00:00:00Z","status":"refunded"}') ->> 'applied', 'true',
  'a provider''s refund is applied'
);
select is(
  (select row(status, refund_amount)::text from public.ticket_sales where external_transaction_id = 'tap-tx')
    || pg_temp.seats('c0000000-0000-4000-8000-000000000003'),
  '(refunded,666.66)0', 'it pays everything back and frees the seats'
);
select throws_ok(
  $$delete from public.ticket_refunds$$, '42501', null, 'not even the backend deletes from the ledger'
);
select lives_ok(
  $$select pg_temp.tell('tap-4', '{"external_transaction_id":"tap-other","status":"pending"}')$$,
  'a provider reserves seats'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select lives_ok(
  $$select public.cancel_ticket_sale(id::text) from public.ticket_sales where external_transaction_id = 'tap-other'$$,
  'the artist cancels them'
);
select pg_temp.become('service_role');
select is(
  pg_temp.tell('tap-5', '{"external_transaction_id":"tap-other","occurred_at":"2026-01-05T00:00:00Z"}') ->> 'reason',
  'stale', 'and no older event takes them again'
);
select throws_ok(
  $$select public.save_ticket_connection('a0000000-0000-4000-8000-00000000000b', null, 'ticketmaster', 'c', null, null)$$,
  'PT404', 'not_found', 'there is no connection to a provider that is not active'
);

select * from finish();
rollback;
