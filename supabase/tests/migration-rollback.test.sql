begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(42);

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

-- Records as the importer sends them, `changes` on top of a complete row.
create function pg_temp.artist(id uuid, version integer default 0, changes jsonb default '{}')
returns jsonb
language sql
as $$
  select jsonb_build_object(
    'id', id, 'key', 'profile:' || right(id::text, 1), 'version', version,
    'row', jsonb_build_object(
      'id', id, 'is_verified', false, 'subscribers_count', 0, 'total_plays', 0, 'total_tracks', 0,
      'coins_balance', 0, 'created_at', '2024-01-01T00:00:00.000Z', 'updated_at', '2024-01-02T00:00:00.000Z'
    ) || changes
  );
$$;
create function pg_temp.concert(id uuid, artist uuid, version integer default 0, changes jsonb default '{}')
returns jsonb
language sql
as $$
  select jsonb_build_object(
    'id', id, 'key', 'concert:' || right(id::text, 1), 'version', version,
    'row', jsonb_build_object(
      'id', id, 'artist_id', artist, 'title', 'Концерт', 'time_zone', 'Europe/Moscow', 'tickets_sold', 0,
      'moderation_status', 'draft', 'is_promoted', false, 'is_hidden', false, 'is_cancelled', false,
      'views_count', 0, 'clicks_count', 0, 'shares_count', 0, 'created_at', '2024-01-01T00:00:00.000Z',
      'updated_at', '2024-01-02T00:00:00.000Z'
    ) || changes
  );
$$;
create function pg_temp.movement(id uuid, artist uuid, amount integer)
returns jsonb
language sql
as $$
  select jsonb_build_object(
    'id', id, 'key', 'coins:transaction:' || right(id::text, 1), 'version', 0,
    'row', jsonb_build_object(
      'id', id, 'artist_id', artist, 'amount', amount, 'type', 'reward', 'created_at', '2024-01-01T00:00:00.000Z'
    )
  );
$$;
create function pg_temp.sale(id uuid, concert uuid, artist uuid, changes jsonb default '{}')
returns jsonb
language sql
as $$
  select jsonb_build_object(
    'id', id, 'key', 'ticket_sale:' || right(id::text, 1), 'version', 0,
    'row', jsonb_build_object(
      'id', id, 'concert_id', concert, 'artist_id', artist, 'quantity', 1, 'unit_price', 1000.5,
      'total_amount', 1000.5, 'commission_amount', 0, 'net_amount', 1000.5, 'status', 'confirmed', 'metadata', '{}'::jsonb,
      'purchased_at', '2024-01-01T00:00:00.000Z', 'created_at', '2024-01-01T00:00:00.000Z',
      'updated_at', '2024-01-01T00:00:00.000Z'
    ) || changes
  );
$$;
-- The answer of an import of its own.
create function pg_temp.import(entity text, variadic records jsonb[])
returns text
language sql
as $$
  select public.import_records(entity, to_jsonb(records), null, null, '[]', false)::text;
$$;
create function pg_temp.answer(
  created integer default 0, changed integer default 0, unchanged integer default 0, kept jsonb default '[]',
  rejected jsonb default '[]'
)
returns text
language sql
as $$
  select jsonb_build_object(
    'created', created, 'changed', changed, 'unchanged', unchanged, 'kept', kept, 'rejected', rejected
  )::text;
$$;
create function pg_temp.taken_back(entity text, force boolean default false, check_only boolean default false)
returns jsonb
language sql
as $$
  select public.rollback_records(entity, null, 1000, force, check_only);
$$;
-- What every table holds, as a dump would.
create function pg_temp.everything()
returns text
language plpgsql
as $$
declare
  dumped record;
  rows_there text;
  everything text := '';
begin
  for dumped in
    select oid::regclass as relation from pg_class
    where relkind = 'r' and relnamespace in ('public'::regnamespace, 'private'::regnamespace)
    order by relname
  loop
    execute format('select string_agg(t::text, e''\n'' order by t::text) from %s as t', dumped.relation) into rows_there;
    everything := everything || dumped.relation || e'\n' || coalesce(rows_there || e'\n', '');
  end loop;
  return everything;
end;
$$;

-- Alisa was here before the import, older than what it brings, and Boris, newer. Alisa has a concert with a reminder.
insert into public.artists (id, username, city, coins_balance, updated_at) values
  ('a0000000-0000-4000-8000-00000000000a', 'alisa', 'Казань', 5, '2023-01-01 10:11:12.345'),
  ('a0000000-0000-4000-8000-00000000000b', 'boris', 'Омск', 0, '2999-01-01'),
  ('a0000000-0000-4000-8000-00000000000c', 'same', null, 0, '2024-01-02');
update public.artists set created_at = '2024-01-01', claimed_at = null where username = 'same';
insert into public.concerts (id, artist_id, title, ticket_price_min, event_date, event_time, search) values
  ('c0000000-0000-4000-8000-00000000000a', 'a0000000-0000-4000-8000-00000000000a', 'Был', 100.50, '2999-05-01', '19:00', default);
insert into public.notifications (user_id, concert_id, notification_type, title, scheduled_for) values
  ('a0000000-0000-4000-8000-00000000000a', 'c0000000-0000-4000-8000-00000000000a', 'reminder', 'Скоро', '2999-04-01');
insert into public.coin_transactions (id, artist_id, amount, type) values
  ('d0000000-0000-4000-8000-00000000000b', 'a0000000-0000-4000-8000-00000000000b', 7, 'reward');
create temp table before_import as select pg_temp.everything() as content;

create function pg_temp.import_all()
returns void
language plpgsql
as $$
begin
  perform set_config('role', 'service_role', true);
  perform public.import_records('artists', jsonb_build_array(
    pg_temp.artist(
      'a0000000-0000-4000-8000-00000000000a', 0, '{"username": "old-alisa", "city": "Пермь", "coins_balance": 70}'
    ),
    pg_temp.artist('a0000000-0000-4000-8000-00000000000b'),
    pg_temp.artist('a0000000-0000-4000-8000-00000000000c', 0, '{"username": "same"}'),
    pg_temp.artist('a0000000-0000-4000-8000-00000000000d', 0, '{"username": "alisa"}'),
    pg_temp.artist('a0000000-0000-4000-8000-00000000000e')
  ), null, null, '[]', false);
  perform public.import_records('concerts', jsonb_build_array(
    pg_temp.concert('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000d'),
    pg_temp.concert('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000e')
  ), null, null, '[]', false);
  perform public.import_records('coin_transactions', jsonb_build_array(
    pg_temp.movement('d0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 70),
    pg_temp.movement('d0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b', -20),
    pg_temp.movement('d0000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-00000000000b', 50)
  ), null, null, '[]', false);
  perform public.import_records('ticket_sales', jsonb_build_array(
    pg_temp.sale(
      'b0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000d'
    )
  ), (public.begin_import('s', 'f', '{}') ->> 'run_id')::uuid, '{"after": "all"}',
  '[{"key": "k", "outcome": "migrated", "repairs": []}, {"key": "r", "outcome": "rejected", "reason": "x", "value": "1"}]', false);
  perform public.finish_import((public.begin_import('s', 'f', '{}') ->> 'run_id')::uuid, '{}');
  perform set_config('role', 'none', true);
end;
$$;

-- Taken back exactly
select pg_temp.import_all();
select isnt(pg_temp.everything(), (select content from before_import), 'an import changes the tables');
select is(
  (select row(username, coins_balance)::text from public.artists where id = 'a0000000-0000-4000-8000-00000000000a'),
  '(old-alisa,70)', 'of somebody who was here already as well'
);
select pg_temp.become('service_role');
select is(
  (select jsonb_object_agg(entity, answer - 'next') from unnest(array['ticket_sales', 'coin_transactions', 'concerts', 'artists'])
    as entity cross join lateral (select pg_temp.taken_back(entity, check_only => true) as answer) as asked),
  '{
    "ticket_sales": {"undone": 1, "changed": [], "in_use": []},
    "coin_transactions": {"undone": 3, "changed": [], "in_use": []},
    "concerts": {"undone": 2, "changed": [], "in_use": []},
    "artists": {"undone": 3, "changed": [], "in_use": []}
  }',
  'a check tells what would be undone, rows that go before theirs not in the way'
);
reset role;
select is((select count(*) from public.artists), 5::bigint, 'and undoes nothing');
select pg_temp.become('service_role');
select is(
  (public.begin_import('s', 'unfinished', '{}') ->> 'run_id') is not null, true, 'a run that was interrupted'
);
select is(
  public.import_records(
    'artists', '[]', (public.begin_import('s', 'unfinished', '{}') ->> 'run_id')::uuid, '{"after": "e"}', '[]', false
  ) ->> 'created',
  '0', 'and has come some way'
);
select is(
  pg_temp.taken_back('ticket_sales'), '{"undone": 1, "changed": [], "in_use": [], "next": null}', 'children go first'
);
select is(
  public.begin_import('s', 'unfinished', '{}') -> 'checkpoint', 'null', 'a run begins anew once something is taken back'
);
select is(
  pg_temp.taken_back('coin_transactions'), '{"undone": 3, "changed": [], "in_use": [], "next": null}', 'movements of coins too'
);
select is(
  public.rollback_records('concerts', null, 1, false, false),
  '{"undone": 1, "changed": [], "in_use": [], "next": "c0000000-0000-4000-8000-000000000001"}', 'page by page'
);
select is(
  public.rollback_records('concerts', 'c0000000-0000-4000-8000-000000000001', 1, false, false) -> 'undone', '1', 'the next'
);
select is(
  pg_temp.taken_back('artists'), '{"undone": 3, "changed": [], "in_use": [], "next": null}',
  'what was changed is restored, though its name had been taken by what goes'
);
select is(public.finish_rollback(), '{"remaining": 0}', 'nothing remains');
reset role;
select is(pg_temp.everything(), (select content from before_import), 'the tables hold what they held, to the last letter');

-- What was changed since
select pg_temp.import_all();
update public.artists set city = 'Тула' where id in ('a0000000-0000-4000-8000-00000000000a', 'a0000000-0000-4000-8000-00000000000e');
update public.artists set city = 'Тверь' where id = 'a0000000-0000-4000-8000-00000000000c';
delete from public.concerts where id = 'c0000000-0000-4000-8000-000000000002';
insert into public.ticket_sales (id, concert_id, artist_id, quantity, unit_price, total_amount, net_amount) values
  ('b0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000d', 1, 1, 1, 1);
select pg_temp.become('service_role');
select is(
  pg_temp.taken_back('concerts', check_only => true) -> 'in_use',
  '[{"id": "c0000000-0000-4000-8000-000000000001", "key": "concert:1", "table": "ticket_sales"}]',
  'a check sees what is in the way: a sale made since'
);
select is(pg_temp.taken_back('ticket_sales') -> 'undone', '1', 'the imported sale goes');
select is(
  pg_temp.taken_back('concerts'),
  '{"undone": 0, "changed": [], "next": null,
    "in_use": [{"id": "c0000000-0000-4000-8000-000000000001", "key": "concert:1", "table": "ticket_sales"}]}',
  'its concert stays with the new one; one that was deleted since is forgotten'
);
select is(
  pg_temp.taken_back('artists'),
  '{"undone": 0, "next": null,
    "changed": [
      {"id": "a0000000-0000-4000-8000-00000000000a", "key": "profile:a"},
      {"id": "a0000000-0000-4000-8000-00000000000e", "key": "profile:e"}
    ],
    "in_use": [{"id": "a0000000-0000-4000-8000-00000000000d", "key": "profile:d", "table": "concerts"}]}',
  'what was changed since is refused, what is referred to too'
);
select is(
  (select count(*) from public.migration_records where entity = 'artists'), 3::bigint,
  'and stays known; what was here already, and the same, is let go of'
);
reset role;
select results_eq(
  $$select username from public.artists where city = 'Тверь'$$, $$values ('same')$$, 'as it is now'
);
select pg_temp.become('service_role');
select is(
  pg_temp.taken_back('artists', force => true),
  '{"undone": 1, "next": null, "changed": [],
    "in_use": [
      {"id": "a0000000-0000-4000-8000-00000000000a", "key": "profile:a", "table": "artists"},
      {"id": "a0000000-0000-4000-8000-00000000000d", "key": "profile:d", "table": "concerts"}
    ], "let_go": []}',
  'forced, what was changed is undone; not what somebody else''s name is in the way of'
);
select is(public.finish_rollback(), '{"remaining": 6}', 'what remains is told');
reset role;
delete from public.ticket_sales;
select pg_temp.become('service_role');
select is(pg_temp.taken_back('coin_transactions') -> 'undone', '3', 'once more, children first');
select is(pg_temp.taken_back('concerts') -> 'undone', '1', 'now that nothing is in the way');
select is(pg_temp.taken_back('artists', force => true) -> 'undone', '2', 'all of it');
select is(public.finish_rollback(), '{"remaining": 0}', 'nothing remains');
reset role;
update public.artists set city = null, updated_at = '2024-01-02' where username = 'same';
select is(pg_temp.everything(), (select content from before_import), 'and the tables hold what they held');

-- A row that lets go of what it refers to does not keep it, when forced
select pg_temp.import_all();
insert into public.notifications (id, user_id, concert_id, notification_type, title) values
  ('e0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'c0000000-0000-4000-8000-000000000002',
   'system', 'Новость');
select pg_temp.become('service_role');
select is(
  pg_temp.taken_back('concerts') -> 'in_use' -> 1 ->> 'table', 'notifications', 'a notification refers to a concert'
);
select is(
  pg_temp.taken_back('concerts', force => true) - 'next' - 'in_use',
  '{"undone": 1, "changed": [], "let_go": [{
    "table": "notifications", "column": "concert_id", "deleted": false, "count": 1,
    "ids": ["e0000000-0000-4000-8000-000000000001"]
  }]}',
  'which goes, when forced, and it is told who loses it'
);
reset role;
select is(
  (select row(status, concert_id)::text from public.notifications where id = 'e0000000-0000-4000-8000-000000000001'),
  '(pending,)', 'and the notification stays'
);

-- Coins: of artists who stay the balance is what their movements say
reset role;
insert into public.coin_transactions (artist_id, amount, type) values
  ('a0000000-0000-4000-8000-00000000000a', 500, 'purchase');
select pg_temp.become('service_role');
select is(
  (select jsonb_agg(movement ->> 'id') from jsonb_array_elements(pg_temp.taken_back('coin_transactions', force => true) -> 'in_use') as movement),
  null, 'movements go while no coin of theirs was spent'
);
select is(pg_temp.taken_back('ticket_sales', force => true) -> 'undone', '1', 'and what is in the way of others');
select isnt(public.finish_rollback(), '{"remaining": 0}', 'halfway something remains');
select is((select count(*) from public.migration_runs), 1::bigint, 'and is not forgotten');
select is(
  (select array_agg(key) from public.migration_keys), array['r'], 'but for keys whose rows are gone'
);
select is((select count(*) from public.migration_rejects), 1::bigint, 'what was rejected stays too');
select is(
  (select pg_temp.taken_back('concerts', force => true) ->> 'undone') || (pg_temp.taken_back('artists', force => true) ->> 'undone'),
  '13', 'all the others go'
);
reset role;
select is(
  (select row(username, coins_balance)::text from public.artists where id = 'a0000000-0000-4000-8000-00000000000a'),
  '(alisa,500)', 'the row is what it was, the balance what came since'
);
select is(
  (select count(*) from public.artists where coins_balance <> coalesce(
    (select sum(amount) from public.coin_transactions where artist_id = artists.id), 0
  )),
  0::bigint, 'and no balance differs from the ledger'
);

-- Coins that were spent
select pg_temp.import_all();
insert into public.coin_transactions (artist_id, amount, type) values
  ('a0000000-0000-4000-8000-00000000000a', -520, 'spend');
select pg_temp.become('service_role');
select is(
  (select jsonb_agg(movement ->> 'table') from jsonb_array_elements(pg_temp.taken_back('coin_transactions', force => true) -> 'in_use') as movement),
  '["coin_transactions"]', 'stay, though forced: nobody has less than nothing'
);
select is(pg_temp.taken_back('artists', force => true) -> 'in_use' -> 0 ->> 'id' is not null, true, 'whose artist is told');
reset role;
select is(
  (select coins_balance from public.artists where id = 'a0000000-0000-4000-8000-00000000000a'),
  (select sum(amount)::integer from public.coin_transactions where artist_id = 'a0000000-0000-4000-8000-00000000000a'),
  'and whose balance is the ledger''s'
);

select * from finish();
rollback;
