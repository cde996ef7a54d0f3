begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(72);

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
-- How many rows every table has.
create function pg_temp.row_counts()
returns jsonb
language plpgsql
as $$
declare
  counted record;
  rows_there bigint;
  counts jsonb := '{}';
begin
  for counted in
    select oid::regclass as relation from pg_class
    where relkind = 'r' and relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  loop
    execute format('select count(*) from %s', counted.relation) into rows_there;
    counts := counts || jsonb_build_object(counted.relation::text, rows_there);
  end loop;
  return counts;
end;
$$;

-- Creating, and doing it again
select pg_temp.become('service_role');
select is(
  pg_temp.import(
    'artists',
    pg_temp.artist(
      'a0000000-0000-4000-8000-00000000000a', 3,
      '{"username": "alisa", "email": "alisa@example.com", "coins_balance": 70, "legacy": {"name": "Алиса"}}'
    ),
    pg_temp.artist('a0000000-0000-4000-8000-00000000000b')
  ),
  pg_temp.answer(created => 2), 'records that are not there are created'
);
select is(
  (select row(username, email, coins_balance, claimed_at, legacy, created_at, updated_at)::text
   from public.artists where id = 'a0000000-0000-4000-8000-00000000000a'),
  row(
    'alisa'::text, 'alisa@example.com'::text, 70, null::timestamptz, '{"name": "Алиса"}'::jsonb,
    '2024-01-01 00:00:00+00'::timestamptz, '2024-01-02 00:00:00+00'::timestamptz
  )::text,
  'as they are, their times and balance included, and unclaimed'
);
select is(
  (select row(entity, key, version, was_created, previous)::text
   from public.migration_records where id = 'a0000000-0000-4000-8000-00000000000a'),
  '(artists,profile:a,3,t,)', 'the ledger knows where a row came from'
);
select is(
  pg_temp.import(
    'artists',
    pg_temp.artist(
      'a0000000-0000-4000-8000-00000000000a', 3,
      '{"username": "alisa", "email": "alisa@example.com", "coins_balance": 70, "legacy": {"name": "Алиса"}}'
    ),
    pg_temp.artist('a0000000-0000-4000-8000-00000000000b')
  ),
  pg_temp.answer(unchanged => 2), 'a second time nothing changes'
);
select is(
  pg_temp.import('artists', pg_temp.artist('a0000000-0000-4000-8000-00000000000b', 0, '{"city": "Казань"}')),
  pg_temp.answer(changed => 1), 'what is still as an import wrote it follows the source, its time equal or not'
);
select is(
  (select row(city, updated_at)::text from public.artists where id = 'a0000000-0000-4000-8000-00000000000b'),
  row('Казань'::text, '2024-01-02 00:00:00+00'::timestamptz)::text, 'and keeps the time the source says'
);
select is(
  pg_temp.import('artists', pg_temp.artist('a0000000-0000-4000-8000-00000000000a', 2, '{"city": "Пермь"}')),
  pg_temp.answer(kept => '[{"id": "a0000000-0000-4000-8000-00000000000a", "key": "profile:a"}]'),
  'a lower version never replaces a higher'
);
select is(
  pg_temp.import(
    'artists', pg_temp.artist('a0000000-0000-4000-8000-00000000000a', 2, '{"updated_at": "2999-01-01T00:00:00.000Z"}')
  ),
  pg_temp.answer(kept => '[{"id": "a0000000-0000-4000-8000-00000000000a", "key": "profile:a"}]'),
  'however late it says it is'
);
select is(
  (select city from public.artists where id = 'a0000000-0000-4000-8000-00000000000a'), null, 'and what is kept is untouched'
);
select is(
  pg_temp.import('concerts', pg_temp.concert(
    'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 0,
    '{"ticket_price_min": 100.005, "event_date": "2999-05-01", "event_time": "19:00:00", "ticket_capacity": 10,
      "moderation_status": "approved", "legacy": {"id": "c1"}, "created_at": "2024-01-01T03:00:00.1239+03:00"}'
  )),
  pg_temp.answer(created => 1), 'a concert'
);
select is(
  pg_temp.import('concerts', pg_temp.concert(
    'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 0,
    '{"ticket_price_min": 100.01, "event_date": "2999-05-01", "event_time": "19:00:00", "ticket_capacity": 10,
      "moderation_status": "approved", "legacy": {"id": "c1"}, "created_at": "2024-01-01T00:00:00.124Z"}'
  )),
  pg_temp.answer(unchanged => 1), 'values are compared as their columns hold them'
);

-- What others have changed
reset role;
update public.artists set city = 'Омск' where id = 'a0000000-0000-4000-8000-00000000000b';
insert into public.artists (id, username, updated_at) values
  ('a0000000-0000-4000-8000-00000000000c', 'vera', '2024-06-01'), ('a0000000-0000-4000-8000-00000000000d', null, '2023-01-01');
select pg_temp.become('service_role');
select is(
  pg_temp.import('artists', pg_temp.artist('a0000000-0000-4000-8000-00000000000b', 9, '{"city": "Тула"}')),
  pg_temp.answer(kept => '[{"id": "a0000000-0000-4000-8000-00000000000b", "key": "profile:b"}]'),
  'what was changed here since is kept, although the version is higher'
);
select is(
  pg_temp.import(
    'artists',
    pg_temp.artist('a0000000-0000-4000-8000-00000000000b', 9, '{"city": "Тула", "updated_at": "2999-01-01T00:00:00.000Z"}')
  ),
  pg_temp.answer(changed => 1), 'unless the source is later'
);
select is(
  pg_temp.import(
    'artists',
    pg_temp.artist('a0000000-0000-4000-8000-00000000000c'),
    pg_temp.artist('a0000000-0000-4000-8000-00000000000d', 0, '{"username": "galina"}')
  ),
  pg_temp.answer(
    changed => 1, kept => '[{"id": "a0000000-0000-4000-8000-00000000000c", "key": "profile:c"}]'
  ),
  'of rows no import has made the older one is replaced, the newer one kept'
);
select is(
  (select row(was_created, previous ->> 'username', previous ? 'city', previous ->> 'updated_at' is not null)::text
   from public.migration_records where id = 'a0000000-0000-4000-8000-00000000000d'),
  '(f,,t,t)', 'what it was is kept whole'
);
select is_empty(
  $$select from public.migration_records where id = 'a0000000-0000-4000-8000-00000000000c'$$,
  'of a row that was kept the ledger knows nothing'
);
select is(
  pg_temp.import('artists', pg_temp.artist('a0000000-0000-4000-8000-00000000000d', 1, '{"username": "galya"}')),
  pg_temp.answer(changed => 1), 'changed again'
);
select is(
  (select previous ->> 'username' from public.migration_records where id = 'a0000000-0000-4000-8000-00000000000d'),
  null, 'the ledger keeps what was there first'
);

-- Triggers are silent
select is(
  pg_temp.import(
    'coin_transactions',
    pg_temp.movement('d0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 100),
    pg_temp.movement('d0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', -30)
  ),
  pg_temp.answer(created => 2), 'movements of coins'
);
select is(
  (select coins_balance from public.artists where id = 'a0000000-0000-4000-8000-00000000000a'), 70,
  'do not count twice: the balance came with the profile'
);
select is(
  pg_temp.import('coin_transactions', pg_temp.movement(
    'd0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', -20
  )),
  pg_temp.answer(changed => 1), 'a movement can be set right by an import'
);
select throws_ok(
  $$update public.coin_transactions set amount = 5$$, '42501', null, 'and by nobody else'
);
reset role;
select throws_ok(
  $$update public.coin_transactions set amount = 5$$, '42501', 'a coin movement is never changed or deleted',
  'not even after an import in the same transaction'
);
insert into public.notifications (id, user_id, concert_id, notification_type, title, message, scheduled_for, days_before)
values
  ('e0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'c0000000-0000-4000-8000-000000000001',
   'reminder', 'Скоро', 'Слова', '2999-04-30', 1);
select pg_temp.become('service_role');
select is(
  pg_temp.import('concerts', pg_temp.concert(
    'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1,
    '{"event_date": "2999-06-01", "title": "Другой", "ticket_capacity": 10, "moderation_status": "approved"}'
  )),
  pg_temp.answer(changed => 1), 'a concert moves'
);
select is(
  (select row(scheduled_for, message)::text from public.notifications where id = 'e0000000-0000-4000-8000-000000000001'),
  row('2999-04-30'::timestamptz, 'Слова'::text)::text, 'and no reminder with it: theirs are imported'
);
select is(
  (select row(updated_at, moderation_status)::text from public.concerts where id = 'c0000000-0000-4000-8000-000000000001'),
  row('2024-01-02 00:00:00+00'::timestamptz, 'approved'::text)::text, 'its time and its moderation are the source''s'
);
reset role;
update public.concerts set event_date = '2999-07-01' where id = 'c0000000-0000-4000-8000-000000000001';
select is(
  (select message from public.notifications where id = 'e0000000-0000-4000-8000-000000000001'),
  'Напоминаем: «Другой» состоится 01.07.2999.', 'moved by anybody else it moves its reminder, right after an import'
);

-- Nobody hears of what is imported. Realtime as far as the broadcasts need it, where it is missing.
do $$
begin
  if to_regnamespace('realtime') is null then
    create schema realtime;
    create table realtime.messages (topic text, extension text, payload jsonb, event text, private boolean);
    alter table realtime.messages enable row level security;
    grant usage on schema realtime to authenticated;
    create function realtime.topic() returns text language sql as $body$ select null::text $body$;
    create function realtime.send(payload jsonb, event text, topic text, private boolean) returns void
    language sql as $body$
      insert into realtime.messages values ($3, 'broadcast', $1, $2, $4)
    $body$;
  end if;
  perform private.apply_realtime();
end;
$$;
create function pg_temp.notification(id uuid, changes jsonb)
returns jsonb
language sql
as $$
  select jsonb_build_object(
    'id', id, 'key', 'notification:' || right(id::text, 1), 'version', 0,
    'row', jsonb_build_object(
      'id', id, 'user_id', 'a0000000-0000-4000-8000-00000000000a', 'notification_type', 'system', 'title', 'Новость',
      'message', '', 'channel', 'in_app', 'status', 'pending', 'attempts', 0, 'is_read', false, 'is_archived', false,
      'metadata', '{}'::jsonb, 'created_at', '2024-01-01T00:00:00.000Z', 'updated_at', '2024-01-01T00:00:00.000Z'
    ) || changes
  );
$$;
select pg_temp.become('service_role');
select is(
  pg_temp.import(
    'notifications',
    pg_temp.notification('e0000000-0000-4000-8000-000000000002', '{"status": "sent"}'),
    pg_temp.notification('e0000000-0000-4000-8000-000000000003', '{}')
  ),
  pg_temp.answer(created => 2), 'a notification that was sent, and one that waits'
);
select is(
  pg_temp.import(
    'notifications',
    pg_temp.notification('e0000000-0000-4000-8000-000000000003', '{"status": "sent", "is_read": true}')
  ),
  pg_temp.answer(changed => 1), 'and was sent and read meanwhile'
);
select is(
  (select read_at from public.notifications where id = 'e0000000-0000-4000-8000-000000000003'), null,
  'when, the source has to know'
);
reset role;
select is_empty('select from realtime.messages', 'nothing of it is broadcast');
insert into public.notifications (user_id, notification_type, title, status)
values ('a0000000-0000-4000-8000-00000000000a', 'system', 'Сейчас', 'sent');
select results_eq(
  $$select payload ->> 'title' from realtime.messages$$, $$values ('Сейчас')$$, 'what is sent right after an import is'
);

-- Constraints are not
select pg_temp.become('service_role');
select is(
  pg_temp.import(
    'artists',
    pg_temp.artist('a0000000-0000-4000-8000-000000000001', 0, '{"username": "ok-1"}'),
    pg_temp.artist('a0000000-0000-4000-8000-000000000002', 0, '{"username": "two words"}'),
    pg_temp.artist('a0000000-0000-4000-8000-000000000003', 0, '{"username": "Alisa"}'),
    pg_temp.artist('a0000000-0000-4000-8000-000000000004', 0, '{"is_verified": null}'),
    pg_temp.artist('a0000000-0000-4000-8000-000000000005', 0, '{"username": "ok-5"}'),
    pg_temp.artist('a0000000-0000-4000-8000-000000000006', 0, '{"username": "ok-5"}'),
    pg_temp.artist('a0000000-0000-4000-8000-000000000007', 0, '{"coins_balance": 3000000000}'),
    pg_temp.artist('a0000000-0000-4000-8000-000000000008', 0, '{"created_at": "yesterday, maybe"}'),
    pg_temp.artist(
      'a0000000-0000-4000-8000-000000000009', 0,
      jsonb_build_object('legacy_id', (select string_agg(md5(n::text), '') from generate_series(1, 2000) as n))
    ),
    pg_temp.artist('a0000000-0000-4000-8000-000000000000', 0, '{"id": "a0000000-0000-4000-8000-00000000000f"}')
  ),
  pg_temp.answer(created => 2, rejected => '[
    {"id": "a0000000-0000-4000-8000-000000000002", "key": "profile:2", "reason": "constraint:artists_username_form"},
    {"id": "a0000000-0000-4000-8000-000000000004", "key": "profile:4", "reason": "not_null:is_verified"},
    {"id": "a0000000-0000-4000-8000-000000000003", "key": "profile:3", "reason": "unique:artists_username_key"},
    {"id": "a0000000-0000-4000-8000-000000000006", "key": "profile:6", "reason": "unique:artists_username_key"},
    {"id": "a0000000-0000-4000-8000-000000000007", "key": "profile:7", "reason": "invalid:22003"},
    {"id": "a0000000-0000-4000-8000-000000000008", "key": "profile:8", "reason": "invalid:22007"},
    {"id": "a0000000-0000-4000-8000-000000000009", "key": "profile:9", "reason": "invalid:54000"},
    {"id": "a0000000-0000-4000-8000-000000000000", "key": "profile:0", "reason": "invalid:id"}
  ]'),
  'the culprits are named with their reasons, the others written'
);
select results_eq(
  $$select username from public.artists where username like 'ok-%' order by 1$$, $$values ('ok-1'), ('ok-5')$$,
  'of two that exclude each other the first is'
);
select is(
  pg_temp.import(
    'ticket_sales',
    pg_temp.sale(
      'b0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a'
    ),
    pg_temp.sale(
      'b0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-00000000000f', 'a0000000-0000-4000-8000-00000000000a'
    ),
    pg_temp.sale(
      'b0000000-0000-4000-8000-000000000003', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a',
      '{"provider_id": "nowhere"}'
    ),
    pg_temp.sale(
      'b0000000-0000-4000-8000-000000000004', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a',
      '{"commission_amount": 0.01}'
    )
  ),
  pg_temp.answer(created => 1, rejected => '[
    {"id": "b0000000-0000-4000-8000-000000000002", "key": "ticket_sale:2", "reason": "missing:concerts"},
    {"id": "b0000000-0000-4000-8000-000000000003", "key": "ticket_sale:3", "reason": "missing:ticket_providers"},
    {"id": "b0000000-0000-4000-8000-000000000004", "key": "ticket_sale:4", "reason": "constraint:ticket_sales_net_amount_exact"}
  ]'),
  'a sale needs its concert and provider, and adds up'
);
select is(
  pg_temp.import('concerts', pg_temp.concert(
    'c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', 0, '{"time_zone": "Europe/Mordor"}'
  )),
  pg_temp.answer(rejected => '[
    {"id": "c0000000-0000-4000-8000-000000000002", "key": "concert:2", "reason": "invalid:time_zone"}
  ]'),
  'a time zone has to be known'
);
select is(
  pg_temp.import('ticket_refunds', jsonb_build_object(
    'id', 'f0000000-0000-4000-8000-000000000001', 'key', null, 'version', 0, 'row', jsonb_build_object(
      'id', 'f0000000-0000-4000-8000-000000000001', 'sale_id', 'b0000000-0000-4000-8000-000000000001',
      'artist_id', 'a0000000-0000-4000-8000-00000000000a', 'amount', 'a lot', 'created_at', '2024-01-01T00:00:00Z'
    )
  )),
  pg_temp.answer(rejected => '[
    {"id": "f0000000-0000-4000-8000-000000000001", "key": null, "reason": "invalid:22P02"}
  ]'),
  'what no column can hold is rejected alone, too'
);
select throws_ok(
  $$select public.import_records('idempotency_keys', '[]', null, null, '[]', false)$$, 'PT400', 'validation_failed',
  'there are entities and nothing else'
);
select throws_ok(
  $$select public.import_records(
      'artists', (select jsonb_agg('{}'::jsonb) from generate_series(1, 1001)), null, null, '[]', false
    )$$,
  'PT400', 'validation_failed', 'a batch is 1,000 records at most'
);

-- Runs
create function pg_temp.begun(fingerprint text default 'f1')
returns jsonb
language sql
as $$
  select public.begin_import('kv_export.json', fingerprint, '{"only": []}');
$$;
select is(pg_temp.begun() - 'run_id', '{"checkpoint": null, "resumed": false}', 'a run begins');
select is(pg_temp.begun() - 'run_id', '{"checkpoint": null, "resumed": true}', 'and goes on when it begins again');
select isnt(pg_temp.begun('f2') ->> 'run_id', pg_temp.begun() ->> 'run_id', 'another content of the source is another run');
select is(
  public.import_records(
    'artists', jsonb_build_array(pg_temp.artist('a0000000-0000-4000-8000-00000000000e')),
    (pg_temp.begun() ->> 'run_id')::uuid, '{"entity": "artists", "after": "e"}',
    '[{"key": "profile:e", "outcome": "migrated", "repairs": ["zone", "synonym"]},
      {"key": "username:e", "outcome": "merged", "into": "profile:e", "repairs": []},
      {"key": "support:1", "outcome": "left_out", "reason": "support_desk"},
      {"key": "concert:?", "outcome": "rejected", "reason": "unreadable", "value": "{\"a\": \"\\u0000\"}"}]',
    false
  )::text,
  pg_temp.answer(created => 1), 'a batch of a run'
);
select is(
  pg_temp.begun() -> 'checkpoint', '{"entity": "artists", "after": "e"}', 'is where the run goes on'
);
select is(
  (select run_id::text from public.migration_records where id = 'a0000000-0000-4000-8000-00000000000e'),
  pg_temp.begun() ->> 'run_id', 'and is known to be of it'
);
select results_eq(
  $$select key collate "default", outcome, reason, merged_into, repairs::text from public.migration_keys order by key$$,
  $$values ('concert:?', 'rejected', 'unreadable', null, '{}'),
    ('profile:e', 'migrated', null, null, '{zone,synonym}'),
    ('support:1', 'left_out', 'support_desk', null, '{}'),
    ('username:e', 'merged', null, 'profile:e', '{}')$$,
  'every key has its outcome'
);
select results_eq(
  $$select key collate "default", value, reason from public.migration_rejects$$,
  $$values ('concert:?', '{"a": "\u0000"}', 'unreadable')$$, 'what is rejected is kept whole, what jsonb cannot hold included'
);
reset role;
update public.migration_rejects set first_seen = '2024-01-01';
select pg_temp.become('service_role');
select is(
  public.import_records(
    'artists',
    jsonb_build_array(
      pg_temp.artist('a0000000-0000-4000-8000-0000000000f1'),
      pg_temp.artist('a0000000-0000-4000-8000-0000000000f2', 0, '{"username": "two words"}')
    ),
    (pg_temp.begun() ->> 'run_id')::uuid, '{"entity": "artists", "after": "f"}',
    '[{"key": "profile:1", "outcome": "migrated", "repairs": []}, {"key": "profile:2", "outcome": "migrated", "repairs": []}]',
    false
  ) ->> 'created',
  '1', 'of a batch with a culprit the others are written'
);
select is(
  pg_temp.begun() -> 'checkpoint', '{"entity": "artists", "after": "e"}', 'but the run does not go on: no reject gets lost'
);
select is_empty(
  $$select from public.migration_keys where key in ('profile:1', 'profile:2')$$, 'nor is any key told to be migrated'
);
select is(
  public.import_records(
    'artists', '[]', (pg_temp.begun() ->> 'run_id')::uuid, '{"entity": "artists", "after": "f"}',
    '[{"key": "profile:1", "outcome": "migrated", "repairs": []},
      {"key": "profile:2", "outcome": "rejected", "reason": "constraint:artists_username_form", "value": "{}"},
      {"key": "concert:?", "outcome": "rejected", "reason": "still unreadable", "value": "[]"}]',
    false
  )::text,
  pg_temp.answer(), 'told again without the records'
);
select is(pg_temp.begun() -> 'checkpoint', '{"entity": "artists", "after": "f"}', 'it does');
select results_eq(
  $$select key collate "default", value, reason, first_seen = '2024-01-01' from public.migration_rejects order by key$$,
  $$values ('concert:?', '[]', 'still unreadable', true), ('profile:2', '{}', 'constraint:artists_username_form', false)$$,
  'rejects stay, and since when they are known'
);
select is(
  public.import_records(
    'artists', '[]', null, null, '[{"key": "concert:?", "outcome": "migrated", "repairs": []}]', false
  )::text,
  pg_temp.answer(), 'a key that was rejected is migrated now'
);
select results_eq(
  $$select key collate "default" from public.migration_rejects$$, $$values ('profile:2')$$, 'and no reject any more'
);
select throws_ok(
  $$select public.import_records('artists', '[]', gen_random_uuid(), '{}', '[]', false)$$, 'PT404', 'not_found',
  'a run has to have begun'
);
select is(
  public.finish_import((pg_temp.begun() ->> 'run_id')::uuid, '{"migrated": 2}'), '{"balances_corrected": 0}', 'a run ends'
);
select is(
  (select row(state, counts, finished_at is not null)::text from public.migration_runs where fingerprint = 'f1'),
  row('finished'::text, '{"migrated": 2}'::jsonb, true)::text, 'with its counts'
);
select is(pg_temp.begun() ->> 'resumed', 'false', 'and the next one is another');

-- An artist who was here before keeps their row and gets their old coins
reset role;
insert into public.artists (id, updated_at) values ('a0000000-0000-4000-8000-0000000000fa', '2024-06-01');
insert into public.coin_transactions (artist_id, amount, type) values ('a0000000-0000-4000-8000-0000000000fa', 5, 'reward');
select pg_temp.become('service_role');
select is(
  pg_temp.import('artists', pg_temp.artist('a0000000-0000-4000-8000-0000000000fa', 0, '{"coins_balance": 60}')),
  pg_temp.answer(kept => '[{"id": "a0000000-0000-4000-8000-0000000000fa", "key": "profile:a"}]'), 'kept'
);
select is(
  pg_temp.import(
    'coin_transactions',
    pg_temp.movement('d0000000-0000-4000-8000-00000000000a', 'a0000000-0000-4000-8000-0000000000fa', -40),
    pg_temp.movement('d0000000-0000-4000-8000-00000000000b', 'a0000000-0000-4000-8000-0000000000fa', 100)
  ),
  pg_temp.answer(created => 2), 'their old movements'
);
select is(
  public.finish_import((pg_temp.begun() ->> 'run_id')::uuid, '{}'), '{"balances_corrected": 1}', 'count when the run ends'
);
select is(
  (select coins_balance from public.artists where id = 'a0000000-0000-4000-8000-0000000000fa'), 65,
  'with what they have got since'
);

-- A dry run
reset role;
create temp table before_dry_run as
  select pg_temp.row_counts() as counts, (select array_agg(artist.* order by id) from public.artists as artist) as artists;
select pg_temp.become('service_role');
select is(
  (public.import_records(
    'artists',
    jsonb_build_array(
      pg_temp.artist('a0000000-0000-4000-8000-0000000000d1'),
      pg_temp.artist('a0000000-0000-4000-8000-0000000000d2', 0, '{"username": "two words"}'),
      pg_temp.artist('a0000000-0000-4000-8000-00000000000a', 4, '{"city": "Томск"}'),
      pg_temp.artist('a0000000-0000-4000-8000-00000000000c')
    ),
    null, null, '[{"key": "profile:never", "outcome": "migrated", "repairs": []}]', true
  ) - array['claims', 'needs'])::text,
  pg_temp.answer(
    created => 1, changed => 1, kept => '[{"id": "a0000000-0000-4000-8000-00000000000c", "key": "profile:c"}]',
    rejected => '[{"id": "a0000000-0000-4000-8000-0000000000d2", "key": "profile:2", "reason": "constraint:artists_username_form"}]'
  ),
  'a dry run answers the same'
);
select is(
  (public.import_records(
    'ticket_sales',
    jsonb_build_array(
      pg_temp.sale(
        'b0000000-0000-4000-8000-0000000000d1', 'c0000000-0000-4000-8000-0000000000d1', 'a0000000-0000-4000-8000-0000000000d3'
      ),
      pg_temp.sale(
        'b0000000-0000-4000-8000-0000000000d2', 'c0000000-0000-4000-8000-0000000000d1', 'a0000000-0000-4000-8000-0000000000d3',
        '{"provider_id": "nowhere"}'
      ),
      pg_temp.sale(
        'b0000000-0000-4000-8000-0000000000d3', 'c0000000-0000-4000-8000-0000000000d1', 'a0000000-0000-4000-8000-0000000000d3',
        '{"concert_id": "?"}'
      )
    ),
    null, null, '[]', true
  ) - array['claims', 'needs'])::text,
  pg_temp.answer(
    created => 1,
    rejected => '[
      {"id": "b0000000-0000-4000-8000-0000000000d2", "key": "ticket_sale:2", "reason": "missing:ticket_providers"},
      {"id": "b0000000-0000-4000-8000-0000000000d3", "key": "ticket_sale:3", "reason": "invalid:22P02"}
    ]'
  ),
  'parents that are still to come count as present'
);
select is(
  (
    public.import_records(
      'ticket_sales',
      jsonb_build_array(
        pg_temp.sale(
          'b0000000-0000-4000-8000-0000000000d1', 'c0000000-0000-4000-8000-0000000000d1', 'a0000000-0000-4000-8000-00000000000a'
        ),
        pg_temp.sale(
          'b0000000-0000-4000-8000-0000000000d2', 'c0000000-0000-4000-8000-0000000000d1', 'a0000000-0000-4000-8000-0000000000d3',
          '{"provider_id": "nowhere"}'
        ),
        pg_temp.sale(
          'b0000000-0000-4000-8000-0000000000d3', 'c0000000-0000-4000-8000-0000000000d1', 'a0000000-0000-4000-8000-0000000000d3',
          '{"net_amount": 0}'
        )
      ),
      null, null, '[]', true
    ) -> 'needs'
  )::text,
  jsonb '[
    {"table": "concerts", "id": "c0000000-0000-4000-8000-0000000000d1",
     "records": ["b0000000-0000-4000-8000-0000000000d1", "b0000000-0000-4000-8000-0000000000d2"]},
    {"table": "artists", "id": "a0000000-0000-4000-8000-0000000000d3", "records": ["b0000000-0000-4000-8000-0000000000d2"]},
    {"table": "ticket_providers", "id": "nowhere", "records": ["b0000000-0000-4000-8000-0000000000d2"]}
  ]'::text,
  'and are named, but for records that break a rule by themselves'
);
select results_eq(
  $$select claim ->> 'name', record ->> 0, record ->> 1 = md5('(abba)')
    from jsonb_array_elements(
      public.import_records(
        'artists',
        jsonb_build_array(
          pg_temp.artist('a0000000-0000-4000-8000-0000000000d1', 0, '{"username": "ABBA", "legacy_id": "one"}'),
          pg_temp.artist('a0000000-0000-4000-8000-0000000000d2', 0, '{"username": "two words", "legacy_id": "two"}'),
          pg_temp.artist('a0000000-0000-4000-8000-0000000000d3', 0, '{"username": "abba"}'),
          pg_temp.artist('a0000000-0000-4000-8000-0000000000d4'),
          pg_temp.artist('a0000000-0000-4000-8000-00000000000c', 0, '{"username": "kept", "legacy_id": "kept"}')
        ),
        null, null, '[]', true
      ) -> 'claims'
    ) as claim
    cross join jsonb_array_elements(claim -> 'records') as record$$,
  $$values
    ('artists_legacy_id_key', 'a0000000-0000-4000-8000-0000000000d1', false),
    ('artists_username_key', 'a0000000-0000-4000-8000-0000000000d1', true),
    ('artists_username_key', 'a0000000-0000-4000-8000-0000000000d3', true)$$,
  'so are the keys that records would hold alone, also those that another one has'
);
reset role;
select is(
  (select row(pg_temp.row_counts(), (select array_agg(artist.* order by id) from public.artists as artist))::text),
  (select row(counts, artists)::text from before_dry_run),
  'and it leaves nothing'
);
select throws_ok(
  $$update public.coin_transactions set amount = 5$$, '42501', null, 'not even silent triggers'
);

-- Lists as the texts of their JSON: what travels as a string is not taken apart on its way
select pg_temp.become('service_role');
select is(
  public.import_records(
    'artists',
    to_jsonb(jsonb_build_array(pg_temp.artist('b0000000-0000-4000-8000-0000000000f7'))::text),
    null, null, to_jsonb(text '[{"key": "profile:7", "outcome": "migrated", "repairs": ["text_cleaned"]}]'), false
  )::text,
  pg_temp.answer(created => 1),
  'records may come as a text'
);
reset role;
select is(
  (select row(outcome, repairs)::text from public.migration_keys where key = 'profile:7'),
  '(migrated,{text_cleaned})',
  'and outcomes, too'
);

-- As autovacuum leaves tables that it has seen between the arrival of their first rows and their end; only superusers
-- can say so themselves
do $$
begin
  if (select rolsuper from pg_roles where rolname = current_user) then
    update pg_class
    set relpages = 60, reltuples = 0
    where oid in ('public.artists'::regclass, 'public.migration_records'::regclass);
  end if;
end;
$$;
select pg_temp.become('service_role');
select public.import_records(
  'artists',
  jsonb_build_array(pg_temp.artist('a0000000-0000-4000-8000-0000000000ee')),
  (public.begin_import('tap', 'counted', '{}') ->> 'run_id')::uuid,
  '{}', '[]', false
);
reset role;
select ok(
  (select min(reltuples) > 0 from pg_class
   where oid in ('public.artists'::regclass, 'public.migration_records'::regclass)),
  'a table that counts as empty is counted as soon as it is not'
);

select * from finish();
rollback;
