begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(46);

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

-- Alisa has 250 coins, a public concert and a hidden one; Boris has 1,000 coins.
insert into public.artists (id, claimed_at) values
  ('a0000000-0000-4000-8000-00000000000a', now()),
  ('a0000000-0000-4000-8000-00000000000b', now());
insert into public.concerts (id, legacy_id, artist_id, title, moderation_status, is_hidden) values
  ('c0000000-0000-4000-8000-000000000001', 'tap-old-1', 'a0000000-0000-4000-8000-00000000000a', 'Публичный', 'approved', false),
  ('c0000000-0000-4000-8000-000000000002', null, 'a0000000-0000-4000-8000-00000000000a', 'Скрытый', 'approved', true),
  ('c0000000-0000-4000-8000-000000000003', null, 'a0000000-0000-4000-8000-00000000000a', 'Второй', 'approved', false),
  ('c0000000-0000-4000-8000-000000000004', null, 'a0000000-0000-4000-8000-00000000000b', 'Чужой', 'approved', false);
create function pg_temp.balance_of(artist uuid) returns text language sql security definer as $$
  select row(
    (select coins_balance from public.artists where id = artist),
    (select sum(amount) from public.coin_transactions where artist_id = artist)
  )::text
$$;

-- Service
select pg_temp.become('service_role');
insert into public.coin_transactions (artist_id, amount, type, created_at) values
  ('a0000000-0000-4000-8000-00000000000a', 300, 'reward', now() - interval '3 days'),
  ('a0000000-0000-4000-8000-00000000000a', -50, 'spend', now() - interval '2 days'),
  ('a0000000-0000-4000-8000-00000000000b', 1000, 'purchase', now() - interval '1 day');
select is(
  pg_temp.balance_of('a0000000-0000-4000-8000-00000000000a'), '(250,250)', 'the balance is the sum of the movements'
);
select throws_ok(
  $$insert into public.coin_transactions (artist_id, amount, type)
    values ('a0000000-0000-4000-8000-00000000000a', -251, 'spend')$$,
  '23514', null, 'the balance never goes below zero'
);
select throws_ok(
  $$insert into public.coin_transactions (artist_id, amount, type)
    values ('a0000000-0000-4000-8000-00000000000a', 0, 'reward')$$,
  '23514', null, 'a movement moves something'
);
select throws_ok(
  $$update public.coin_transactions set amount = 5000$$, '42501', null, 'a service rewrites no movement'
);
select throws_ok($$delete from public.coin_transactions$$, '42501', null, 'a service deletes no movement');
reset role;
select throws_ok(
  $$update public.coin_transactions set amount = 5000 where artist_id = 'a0000000-0000-4000-8000-00000000000a'$$,
  '42501', 'a coin movement is never changed or deleted', 'not even the owner of the table rewrites a movement'
);
select throws_ok(
  $$update public.coin_transactions set artist_id = 'a0000000-0000-4000-8000-00000000000b'
    where artist_id = 'a0000000-0000-4000-8000-00000000000a'$$,
  '42501', 'a coin movement is never changed or deleted', 'a movement is not given to another artist'
);
select throws_ok(
  $$delete from public.coin_transactions where artist_id = 'a0000000-0000-4000-8000-00000000000a'$$,
  '42501', 'a coin movement is never changed or deleted', 'not even the owner of the table deletes a movement'
);

-- Other artist
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000b');
select is((select count(*)::integer from public.coin_transactions), 1, 'an artist sees their own movements only');
select throws_ok(
  $$select public.promote_concert('c0000000-0000-4000-8000-000000000001', 7)$$,
  'PT404', 'not_found', 'another artist''s concert does not exist for promotion'
);

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select throws_ok(
  $$insert into public.coin_transactions (artist_id, amount, type) values (auth.uid(), 5000, 'reward')$$,
  '42501', null, 'an artist cannot credit themselves'
);
select throws_ok(
  $$update public.coin_transactions set amount = 5000$$, '42501', null, 'an artist rewrites no movement'
);
select throws_ok(
  $$select public.promote_concert('c0000000-0000-4000-8000-000000000002', 7)$$,
  'PT409', 'invalid_transition', 'what the public cannot see is not promoted'
);
select throws_ok(
  $$select public.promote_concert('c0000000-0000-4000-8000-000000000001', 22)$$,
  'PT409', 'insufficient_coins', 'a promotion is not sold on credit'
);
select throws_ok(
  $$select public.promote_concert('c0000000-0000-4000-8000-000000000001', 0)$$,
  'PT400', 'validation_failed', 'a promotion lasts at least a day'
);
select throws_ok(
  $$select public.promote_concert('c0000000-0000-4000-8000-000000000001', 31)$$,
  'PT400', 'validation_failed', 'a promotion lasts at most 30 days'
);
select is(
  pg_temp.balance_of('a0000000-0000-4000-8000-00000000000a'), '(250,250)', 'a refused promotion costs nothing'
);
select is(
  (select row(outcome -> 'replayed', outcome -> 'concert' -> 'is_promoted', outcome -> 'concert' -> 'promotion_cost')::text
    from public.promote_concert('tap-old-1', 8, 'key-1', 'fingerprint-1') as outcome),
  '(false,true,200)', 'eight days are two started weeks: 200 coins'
);
select is(
  (select row(promotion_ends_at - promotion_starts_at, promotion_starts_at = now()::timestamptz(3))::text
    from public.concerts where id = 'c0000000-0000-4000-8000-000000000001'),
  '("8 days",t)', 'the promotion runs for the days bought, from now'
);
select is(
  pg_temp.balance_of('a0000000-0000-4000-8000-00000000000a'), '(50,50)', 'the coins are taken, the movement recorded'
);
select is(
  (select row(amount, type, description)::text from public.coin_transactions
    where concert_id = 'c0000000-0000-4000-8000-000000000001'),
  '(-200,spend,"Продвижение концерта «Публичный» на 8 дн.")', 'the movement tells what was bought'
);
select is(
  (select row(outcome -> 'replayed', outcome -> 'concert' ->> 'id')::text
    from public.promote_concert('tap-old-1', 8, 'key-1', 'fingerprint-1') as outcome),
  '(true,c0000000-0000-4000-8000-000000000001)', 'the same request with its key gets the first answer'
);
select is(
  pg_temp.balance_of('a0000000-0000-4000-8000-00000000000a'), '(50,50)', 'a replay costs nothing'
);
select throws_ok(
  $$select public.promote_concert('tap-old-1', 9, 'key-1', 'fingerprint-2')$$,
  'PT422', 'idempotency_mismatch', 'another request with the same key is refused'
);
select throws_ok(
  $$select public.promote_concert('tap-old-1', 8, 'key-2', 'fingerprint-1')$$,
  'PT409', 'already_promoted', 'a running promotion is not bought twice'
);
select throws_ok(
  $$select public.promote_concert('c0000000-0000-4000-8000-000000000003', 7, 'key-3', 'fingerprint-3')$$,
  'PT409', 'insufficient_coins', 'a refusal comes with a key as without'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000b');
select is(
  public.promote_concert('c0000000-0000-4000-8000-000000000004', 7, 'key-1', 'fingerprint-9') -> 'replayed',
  'false'::jsonb, 'keys of different artists never meet'
);
select pg_temp.become('service_role');
insert into public.coin_transactions (artist_id, amount, type) values
  ('a0000000-0000-4000-8000-00000000000a', 300, 'purchase');
reset role;
select is_empty(
  $$select from private.idempotency_keys where user_id = 'a0000000-0000-4000-8000-00000000000a' and key <> 'key-1'$$,
  'a refused request is not remembered'
);
update private.idempotency_keys set created_at = now() - interval '25 hours'
where user_id = 'a0000000-0000-4000-8000-00000000000a';
insert into private.idempotency_keys (user_id, key, fingerprint, created_at)
values ('a0000000-0000-4000-8000-00000000000e', 'key-5', 'fingerprint-5', now() - interval '25 hours');
update public.concerts set promotion_starts_at = now() - interval '9 days', promotion_ends_at = now() - interval '1 day'
where id = 'c0000000-0000-4000-8000-000000000001';
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select is(
  public.get_concert('tap-old-1') -> 'concert' -> 'is_promoted', 'false'::jsonb, 'a promotion that has ended runs no more'
);
select is(
  public.promote_concert('c0000000-0000-4000-8000-000000000003', 7, 'key-3', 'fingerprint-3') -> 'replayed',
  'false'::jsonb, 'a request refused before is had once the coins are there'
);
select is(
  public.promote_concert('tap-old-1', 8, 'key-1', 'fingerprint-1') -> 'replayed',
  'false'::jsonb, 'after 24 hours a key is forgotten, after its end a promotion is bought again'
);
select is(
  pg_temp.balance_of('a0000000-0000-4000-8000-00000000000a'), '(50,50)', 'all that was bought was paid'
);
reset role;
select is_empty(
  $$select from private.idempotency_keys where created_at < now() - interval '24 hours'$$,
  'and what was remembered for longer is gone, whoever''s it was'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select throws_ok(
  $$select private.begin_idempotent('key-1', 'x')$$, '42501', null, 'keys are taken by functions only'
);
select throws_ok($$select * from private.idempotency_keys$$, '42501', null, 'remembered answers are not to be read');

-- The ledger
select is(
  (select row(ledger -> 'balance', jsonb_array_length(ledger -> 'items'), ledger -> 'items' -> -1 ->> 'amount')::text
    from public.get_coin_ledger() as ledger),
  '(50,6,300)', 'the ledger has the balance and all movements, the oldest last'
);
select is(
  (select jsonb_path_query_array(ledger, '$.items[*].amount')
    from public.get_coin_ledger(
      (select created_at from public.coin_transactions where amount = -50),
      (select id from public.coin_transactions where amount = -50),
      20
    ) as ledger),
  '[300]', 'a page starts behind the position given'
);
select is(
  jsonb_array_length(public.get_coin_ledger(page_size := 2) -> 'items'), 2, 'a page is no longer than asked for'
);
select is(
  jsonb_array_length(public.get_coin_ledger(page_size := -1) -> 'items'), 0, 'a page of less than nothing is empty'
);
select lives_ok(
  $$select public.delete_concert('c0000000-0000-4000-8000-000000000003')$$, 'a concert once promoted is deleted'
);
select is(
  (select count(*)::integer from public.coin_transactions where concert_id is null), 4,
  'what was paid for it stays in the ledger'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f1');
select is(
  public.get_coin_ledger(), '{"balance":0,"items":[]}', 'without a profile there are no coins'
);

-- A long ledger
reset role;
insert into public.artists (id) values ('a0000000-0000-4000-8000-0000000000f4');
insert into public.coin_transactions (artist_id, amount, type)
select 'a0000000-0000-4000-8000-0000000000f4', 1, 'reward' from generate_series(1, 1001);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f4');
select is(
  (select row(ledger -> 'balance', jsonb_array_length(ledger -> 'items'))::text
    from public.get_coin_ledger(page_size := 100000) as ledger),
  '(1001,1000)', 'a page has a thousand movements at most'
);

-- Visitor
select pg_temp.become('anon');
select throws_ok($$select * from public.coin_transactions$$, '42501', null, 'a visitor sees no movements');
select throws_ok($$select public.get_coin_ledger()$$, '42501', null, 'a visitor has no ledger');

-- Moderator
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"admin"}}');
select is_empty($$select from public.coin_transactions$$, 'a moderator sees nobody''s coins');

select * from finish();
rollback;
