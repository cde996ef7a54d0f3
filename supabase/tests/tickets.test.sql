begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(29);

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

insert into public.artists (id, claimed_at) values
  ('a0000000-0000-4000-8000-00000000000a', now()),
  ('a0000000-0000-4000-8000-00000000000b', now());
insert into public.concerts (id, artist_id, title) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Алисы'),
  ('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b', 'Бориса');
insert into public.ticket_sales (
  id, concert_id, artist_id, provider_id, external_transaction_id, quantity, unit_price, total_amount,
  commission_amount, net_amount, buyer_email, status
) values
  ('50000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a',
    'kassir', 'tap-1', 2, 500, 1000, 50, 950, 'fan@example.com', 'confirmed'),
  ('50000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b',
    null, null, 1, 300, 300, 0, 300, 'fan@example.com', 'confirmed');
insert into public.artist_ticket_providers (artist_id, provider_id, api_key_encrypted, api_key_last4, webhook_secret_encrypted) values
  ('a0000000-0000-4000-8000-00000000000a', 'kassir', 'ciphertext', '1234', 'ciphertext'),
  ('a0000000-0000-4000-8000-00000000000b', 'afisha', 'ciphertext', '5678', null);

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select set_eq(
  $$select id from public.ticket_sales$$,
  $$values ('50000000-0000-4000-8000-000000000001'::uuid)$$, 'an artist sees their own sales only'
);
select throws_ok(
  $$update public.ticket_sales set total_amount = 1, net_amount = 1, commission_amount = 0$$,
  '42501', null, 'an artist rewrites no sale'
);
select throws_ok(
  $$update public.ticket_sales set status = 'refunded'$$, '42501', null, 'an artist changes no sale''s status on the table'
);
select throws_ok($$delete from public.ticket_sales$$, '42501', null, 'an artist deletes no sale');
select throws_ok(
  $$insert into public.ticket_sales (concert_id, artist_id, quantity, unit_price, total_amount, net_amount)
    values ('c0000000-0000-4000-8000-000000000001', auth.uid(), 1, 1, 1, 1)$$,
  '42501', null, 'an artist inserts no sale on the table, not even of their own concert'
);
select throws_ok(
  $$insert into public.ticket_sales (concert_id, artist_id, quantity, unit_price, total_amount, net_amount)
    values ('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b', 1, 1, 1, 1)$$,
  '42501', null, 'least of all of another''s'
);
select is(
  (select row(provider_id, api_key_last4)::text from public.artist_ticket_providers),
  '(kassir,1234)', 'an artist sees their own connections, and the end of the key'
);
select throws_ok(
  $$select api_key_encrypted from public.artist_ticket_providers$$,
  '42501', null, 'not even the owner reads a key, encrypted or not'
);
select throws_ok(
  $$select webhook_secret_encrypted from public.artist_ticket_providers$$,
  '42501', null, 'nor a webhook secret'
);
select throws_ok($$select legacy from public.artist_ticket_providers$$, '42501', null, 'nor the old record');
select throws_ok(
  $$insert into public.artist_ticket_providers (artist_id, provider_id, api_key_encrypted)
    values (auth.uid(), 'afisha', 'plain key')$$,
  '42501', null, 'keys are stored by the backend only, which encrypts them'
);
delete from public.artist_ticket_providers;
select is_empty($$select from public.artist_ticket_providers$$, 'an artist removes their own connection');
select throws_ok(
  $$update public.ticket_providers set commission_percent = 0$$, '42501', null, 'an artist sets no commission'
);
select set_eq(
  $$select id from public.ticket_providers where id in ('kassir', 'ticketland', 'afisha', 'ticketmaster')$$,
  $$values ('kassir'), ('ticketland'), ('afisha')$$, 'an artist sees active providers'
);

-- Visitor
select pg_temp.become('anon');
select set_eq(
  $$select id, name, commission_percent from public.ticket_providers where id in ('kassir', 'ticketland', 'afisha', 'ticketmaster')$$,
  $$values ('kassir', 'Кассир.ру', 5.00), ('ticketland', 'Ticketland.ru', 7.00), ('afisha', 'Яндекс Афиша', 8.00)$$,
  'a visitor sees active providers and their commission'
);
select throws_ok(
  $$insert into public.ticket_providers (id, name, commission_percent) values ('hack', 'Взлом', 0)$$,
  '42501', null, 'a visitor adds no provider'
);
select throws_ok($$select from public.ticket_sales$$, '42501', null, 'a visitor sees no sales');
select throws_ok(
  $$insert into public.ticket_sales (concert_id, artist_id, quantity, unit_price, total_amount, net_amount)
    values ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1)$$,
  '42501', null, 'a visitor writes no sales'
);
select throws_ok($$select from public.artist_ticket_providers$$, '42501', null, 'a visitor sees no connections');

-- Moderator
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"moderator"}}');
select is_empty($$select from public.ticket_sales$$, 'a moderator sees nobody''s sales');
select is_empty($$select from public.artist_ticket_providers$$, 'a moderator sees nobody''s connections');

-- Service
select pg_temp.become('service_role');
select is(
  (select count(*)::integer from public.artist_ticket_providers where artist_id = 'a0000000-0000-4000-8000-00000000000b'),
  1, 'removing one''s connections leaves those of others'
);
select throws_ok(
  $$insert into public.artist_ticket_providers (artist_id, provider_id, legacy)
    values ('a0000000-0000-4000-8000-00000000000a', 'kassir', '{"apiKey":"demo_api_key_1"}')$$,
  '23514', null, 'the plain key of an old record is not taken over'
);
select throws_ok(
  $$insert into public.ticket_sales (concert_id, artist_id, provider_id, external_transaction_id, quantity, unit_price, total_amount, net_amount)
    values ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'kassir', 'tap-1', 1, 1, 1, 1)$$,
  '23505', null, 'a provider''s sale is recorded once'
);
select throws_ok(
  $$update public.ticket_sales set net_amount = 949.99 where id = '50000000-0000-4000-8000-000000000001'$$,
  '23514', null, 'net is total less commission, to the kopeck'
);
select throws_ok(
  $$update public.ticket_sales set refund_amount = 1000.01 where id = '50000000-0000-4000-8000-000000000001'$$,
  '23514', null, 'no more is refunded than was paid'
);
select throws_ok(
  $$update public.ticket_sales set quantity = -1 where id = '50000000-0000-4000-8000-000000000001'$$,
  '23514', null, 'at least one ticket is sold'
);
update public.ticket_sales set updated_at = '2026-01-01' where id = '50000000-0000-4000-8000-000000000001';
update public.ticket_sales set purchased_at = '2026-01-01' where id = '50000000-0000-4000-8000-000000000001';
select isnt(
  (select updated_at from public.ticket_sales where id = '50000000-0000-4000-8000-000000000001'),
  '2026-01-01', 'to correct the time of a purchase is a change of the sale'
);
select throws_ok(
  $$delete from public.concerts where id = 'c0000000-0000-4000-8000-000000000001'$$,
  '23503', null, 'not even a service deletes a concert with sales'
);

select * from finish();
rollback;
