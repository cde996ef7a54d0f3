begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(66);

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
-- What has changed, without what the rows hold.
create function pg_temp.changes(page_size integer default 100)
returns text
language sql
as $$
  select string_agg(
    format('%s %s %s', change ->> 'entity', right(change ->> 'id', 6), coalesce(change #>> '{record,row,city}', 'null')), ', '
    order by place
  )
  from jsonb_array_elements(public.take_changes(page_size)) with ordinality as taken (change, place);
$$;
-- Says of everything there is that it is in the other store.
create function pg_temp.acknowledge_all(key text default null, version integer default 0)
returns void
language sql
as $$
  select public.acknowledge_changes((
    select jsonb_agg(change - 'record' || jsonb_build_object('key', key, 'version', version))
    from jsonb_array_elements(public.take_changes(1000)) as change
  ));
$$;

insert into public.artists (id, city) values ('a0000000-0000-4000-8000-00000000000a', 'Омск');

-- Off
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
update public.artists set city = 'Казань' where id = 'a0000000-0000-4000-8000-00000000000a';
select pg_temp.become('service_role');
select is(public.take_changes(100), '[]', 'nothing is noted before it is asked for');
select is(public.migration_status() -> 'mirror', '{"until": null, "backlog": 0}', 'as the status says');

-- On
select is(
  (public.start_mirroring() ->> 'until')::timestamptz, now() + interval '7 days', 'changes are noted for a week'
);
select is(public.start_mirroring() ->> 'backlog', '0', 'and when asked again');
select is(public.take_changes(100), '[]', 'what was there already is no change');
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
update public.artists set city = 'Пермь' where id = 'a0000000-0000-4000-8000-00000000000a';
select pg_temp.become('service_role');
select is(pg_temp.changes(), 'artists 00000a Пермь', 'what an artist writes');
select is(pg_temp.changes(), 'artists 00000a Пермь', 'is told until it is acknowledged');
select is(
  (public.take_changes(100) #> '{0,record}') - 'row',
  '{"id": "a0000000-0000-4000-8000-00000000000a", "key": null, "version": 0}', 'as it is exported, its key not known'
);
reset role;
update public.artists set city = 'Тула' where id = 'a0000000-0000-4000-8000-00000000000a';
insert into public.artists (id, city) values
  ('a0000000-0000-4000-8000-00000000000b', 'Уфа'), ('a0000000-0000-4000-8000-00000000000c', 'Чита');
select pg_temp.become('service_role');
select is(
  pg_temp.changes(), 'artists 00000a Тула, artists 00000b Уфа, artists 00000c Чита',
  'a row once and as it is now, several of one statement, the oldest first'
);
select is(pg_temp.changes(2), 'artists 00000a Тула', 'a page is so many changes');
select is(pg_temp.changes(3), 'artists 00000a Тула, artists 00000b Уфа', 'and no more');
create temp table taken as select public.take_changes(2) as changes;
reset role;
update public.artists set city = 'Ялта' where id = 'a0000000-0000-4000-8000-00000000000a';
select pg_temp.become('service_role');
select lives_ok($$select public.acknowledge_changes((select changes from taken))$$, 'what was taken is acknowledged');
select is(
  pg_temp.changes(), 'artists 00000a Ялта, artists 00000b Уфа, artists 00000c Чита', 'what came after it is not'
);
select is_empty(
  $$select from public.migration_records$$, 'and both stores do not have that row the same yet'
);
select lives_ok($$select pg_temp.acknowledge_all('profile:x', 4)$$, 'all of it');
select is(public.take_changes(100), '[]', 'nothing is left');
select is(public.mirror_backlog(), 0, 'nor counted');
select results_eq(
  $$select right(id, 6) collate "default", key collate "default", version, was_created from public.migration_records order by 1$$,
  $$values ('00000a', 'profile:x', 4::bigint, false), ('00000b', 'profile:x', 4, false), ('00000c', 'profile:x', 4, false)$$,
  'what both stores have is known with its key, and is nothing an import has created'
);
select is(
  pg_temp.import('artists', pg_temp.artist('a0000000-0000-4000-8000-00000000000b', 5, '{"city": "Орск"}')),
  pg_temp.answer(changed => 1), 'written by nobody since, it follows the other store, however old it says it is'
);
select is(public.take_changes(100), '[]', 'and what is imported is no change to be told');
select is(
  pg_temp.import('artists', pg_temp.artist('a0000000-0000-4000-8000-00000000000c', 3, '{"city": "Орск"}')),
  pg_temp.answer(kept => '[{"id": "a0000000-0000-4000-8000-00000000000c", "key": "profile:c"}]'),
  'nor follows it what the other store had before'
);
reset role;
update public.artists set city = 'Сочи' where id = 'a0000000-0000-4000-8000-00000000000b';
select pg_temp.become('service_role');
select is(pg_temp.changes(), 'artists 00000b Сочи', 'a change right after an import is told');
select lives_ok($$select pg_temp.acknowledge_all()$$, 'acknowledged without a key');
select is(
  (select row(key, version)::text from public.migration_records where id = 'a0000000-0000-4000-8000-00000000000b'),
  '(profile:b,5)', 'it keeps the one it had'
);

-- What an import writes after it was taken
reset role;
update public.artists set city = 'Омск' where id = 'a0000000-0000-4000-8000-00000000000b';
select pg_temp.become('service_role');
create temp table taken_before as select public.take_changes(100) as changes;
select is(
  pg_temp.import('artists', pg_temp.artist(
    'a0000000-0000-4000-8000-00000000000b', 6, '{"city": "Орёл", "updated_at": "2199-01-01T00:00:00.000Z"}'
  )),
  pg_temp.answer(changed => 1), 'a later state comes from the other store'
);
select lives_ok($$select public.acknowledge_changes((select changes from taken_before))$$, 'the earlier one is acknowledged');
select is(pg_temp.changes(), 'artists 00000b Орёл', 'and the row is told again');
select lives_ok($$select pg_temp.acknowledge_all()$$, 'as it is now');
select is(public.mirror_backlog(), 0, 'then no more');

-- Pages
reset role;
update public.artists set city = 'Первый' where id = 'a0000000-0000-4000-8000-00000000000a';
update public.artists set city = 'Второй' where id = 'a0000000-0000-4000-8000-00000000000b';
update public.artists set city = 'Третий' where id = 'a0000000-0000-4000-8000-00000000000c';
select pg_temp.become('service_role');
select is(
  public.take_changes(2, true) @> '[{"id": "a0000000-0000-4000-8000-00000000000b"}, {"id": "a0000000-0000-4000-8000-00000000000c"}]',
  true, 'the newest changes, when they are asked for'
);
select is(jsonb_array_length(public.take_changes(2, true)), 2, 'and no others');
select lives_ok($$select public.postpone_changes(public.take_changes(2))$$, 'two are not taken by the other store');
select is(pg_temp.changes(2), 'artists 00000c Третий', 'then those behind them go first');
select is(public.mirror_backlog(), 3, 'they still wait');
reset role;
select is(
  (select count(*) from private.mirror_changes where failures = 1 and due_at = now() + interval '1 minute'), 2::bigint,
  'for a minute at first'
);
select pg_temp.become('service_role');
select lives_ok($$select public.resume_changes()$$, 'or until all are asked for');
select is(pg_temp.changes(2), 'artists 00000a Первый, artists 00000b Второй', 'the oldest first again');
select lives_ok($$select pg_temp.acknowledge_all()$$, 'acknowledged');

-- Every table, every way to write
reset role;
insert into public.concerts (id, artist_id, title) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Концерт');
insert into public.coin_transactions (id, artist_id, amount, type) values
  ('d0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 5, 'reward');
insert into public.artist_ticket_providers (artist_id, provider_id) values ('a0000000-0000-4000-8000-00000000000a', 'kassir');
insert into public.ticket_sales (id, concert_id, artist_id, quantity, unit_price, total_amount, net_amount) values
  ('b0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1);
insert into public.ticket_refunds (id, sale_id, artist_id, amount) values
  ('f0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1);
insert into private.ticket_events (artist_id, provider_id, event_id, sale_id, occurred_at) values
  ('a0000000-0000-4000-8000-00000000000a', 'kassir', 'event 1', 'b0000000-0000-4000-8000-000000000001', now());
insert into public.notification_settings (user_id) values ('a0000000-0000-4000-8000-00000000000a');
insert into public.notifications (id, user_id, notification_type, title) values
  ('e0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'system', 'Новость');
insert into public.push_subscriptions (endpoint, user_id, p256dh, auth) values
  ('https://push.example.com/1', 'a0000000-0000-4000-8000-00000000000a', 'p', 'a');
insert into public.email_campaigns (id, artist_id, subject) values
  ('90000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Письмо');
insert into public.campaign_deliveries (id, campaign_id, position, address) values
  ('80000000-0000-4000-8000-000000000001', '90000000-0000-4000-8000-000000000001', 1, 'anna@example.com');
insert into public.mail_suppressions (artist_id, address, reason) values
  ('a0000000-0000-4000-8000-00000000000a', 'boris@example.com', 'complaint');
select pg_temp.become('service_role');
select is(
  pg_temp.changes(),
  'concerts 000001 null, artists 00000a Первый, coin_transactions 000001 null, artist_ticket_providers kassir null, '
    'ticket_sales 000001 null, ticket_refunds 000001 null, ticket_events vent 1 null, notification_settings 00000a null, '
    'notifications 000001 null, push_subscriptions .com/1 null, email_campaigns 000001 null, campaign_deliveries 0001 0 null, '
    'mail_suppressions le.com null',
  'every table is watched, what triggers write included'
);
select is(
  (select jsonb_agg(change ->> 'entity' order by change ->> 'entity') from jsonb_array_elements(public.take_changes(100)) as change
   where change -> 'record' = 'null'),
  '["campaign_deliveries"]', 'and every row is told, but those of a sheet of deliveries'
);
select is(
  (select change #> '{record,row,event_id}' from jsonb_array_elements(public.take_changes(100)) as change
   where change ->> 'entity' = 'ticket_events'),
  '"event 1"', 'those of several columns in the key, too'
);
select lives_ok($$select pg_temp.acknowledge_all('k', 1)$$, 'acknowledged');
select is(
  (select string_agg(entity || ' ' || (was_created::text), ', ' order by entity) from public.migration_records where key = 'k'),
  'artist_ticket_providers false, artists false, campaign_deliveries false, coin_transactions false, concerts false, '
    'email_campaigns false, mail_suppressions false, notification_settings false, notifications false, '
    'push_subscriptions false, ticket_events false, ticket_refunds false, ticket_sales false',
  'all are known'
);
reset role;
delete from public.push_subscriptions;
update public.artists set id = 'a0000000-0000-4000-8000-0000000000aa' where id = 'a0000000-0000-4000-8000-00000000000a';
select pg_temp.become('service_role');
select is(
  (select jsonb_agg(change ->> 'id') from jsonb_array_elements(public.take_changes(100)) as change
   where change -> 'record' = 'null' and change ->> 'entity' in ('push_subscriptions', 'artists')),
  '["https://push.example.com/1", "a0000000-0000-4000-8000-00000000000a"]', 'what is gone is told without a row, with its old id'
);
select is(
  (select change ->> 'key' from jsonb_array_elements(public.take_changes(100)) as change
   where change ->> 'entity' = 'push_subscriptions'),
  'k', 'and with the key it had'
);
select is(
  (select change #>> '{record,row,artist_id}' from jsonb_array_elements(public.take_changes(100)) as change
   where change ->> 'entity' = 'ticket_sales'),
  'a0000000-0000-4000-8000-0000000000aa', 'what followed to the new id as well'
);

-- Until it is over
reset role;
update private.mirroring set until = now();
insert into public.artists (id) values ('a0000000-0000-4000-8000-0000000000bb');
select pg_temp.become('service_role');
select is_empty(
  $$select from jsonb_array_elements(public.take_changes(1000)) as change where change ->> 'id' like '%bb'$$,
  'when the week is over nothing is noted'
);
select isnt(public.migration_status() #>> '{mirror,backlog}', '0', 'what was is still there');
select isnt(public.stop_mirroring() ->> 'forgotten', '0', 'until it is forgotten');
select is(public.migration_status() -> 'mirror', '{"until": null, "backlog": 0}', 'all of it');

-- Deleting what came from a key
select is(
  pg_temp.import(
    'artists', pg_temp.artist('a0000000-0000-4000-8000-0000000000d1'), pg_temp.artist('a0000000-0000-4000-8000-0000000000d2')
  ),
  pg_temp.answer(created => 2), 'two profiles'
);
select is(
  pg_temp.import('concerts', pg_temp.concert('c0000000-0000-4000-8000-0000000000d3', 'a0000000-0000-4000-8000-0000000000d1')),
  pg_temp.answer(created => 1), 'and a concert'
);
select throws_ok(
  $$select public.delete_records('{profile:1}')$$, '23503', null, 'what others refer to is not deleted without them'
);
select is(
  public.delete_records('{profile:1,concert:3,nothing:1}'), '{"deleted": 2}', 'children first, whatever the order of the keys'
);
select results_eq(
  $$select key collate "default" from public.migration_records where key like 'profile:_' and was_created$$,
  $$values ('profile:2')$$, 'and nothing is known of them any more'
);


-- Deleting what is not there any more, and was not changed since
select is(
  pg_temp.import(
    'artists', pg_temp.artist('a0000000-0000-4000-8000-0000000000d4'), pg_temp.artist('a0000000-0000-4000-8000-0000000000d5')
  ),
  pg_temp.answer(created => 2), 'two more'
);
reset role;
update public.artists set city = 'Омск' where id = 'a0000000-0000-4000-8000-0000000000d4';
select pg_temp.become('service_role');
select is(
  public.delete_unchanged_records('{profile:4,profile:5}'), '{"deleted": 1}', 'what was changed since stays'
);
select results_eq(
  $$select id from public.artists where id::text ~ 'd[45]$'$$,
  $$values (uuid 'a0000000-0000-4000-8000-0000000000d4')$$, 'that one'
);

-- Deleting artists of whom no key tells, and by now nothing else
select is(
  pg_temp.import(
    'artists',
    pg_temp.artist('a0000000-0000-4000-8000-0000000000e1') || '{"key": null}',
    pg_temp.artist('a0000000-0000-4000-8000-0000000000e2') || '{"key": null}',
    pg_temp.artist('a0000000-0000-4000-8000-0000000000e3') || '{"key": null}',
    pg_temp.artist('a0000000-0000-4000-8000-0000000000e4')
  ),
  pg_temp.answer(created => 4), 'three without a profile, one with'
);
select is(
  pg_temp.import('concerts', pg_temp.concert('c0000000-0000-4000-8000-0000000000e5', 'a0000000-0000-4000-8000-0000000000e2')),
  pg_temp.answer(created => 1), 'a concert of the second'
);
reset role;
update public.artists set city = 'Омск' where id = 'a0000000-0000-4000-8000-0000000000e3';
select pg_temp.become('service_role');
select isnt(public.start_mirroring() ->> 'until', null, 'while changes are noted');
select is(
  public.delete_derived_artists(
    array(select id::text from public.artists where id::text ~ 'e[1-4]$') || 'a0000000-0000-4000-8000-0000000000ee'::text
  ),
  '{"deleted": 1}', 'one is referred to by nothing and as it was made'
);
select results_eq(
  $$select right(id::text, 2) from public.artists where id::text ~ 'e[1-4]$' order by id$$,
  $$values ('e2'), ('e3'), ('e4')$$, 'who has a concert, was changed since or has a profile stays'
);
select is_empty(
  $$select from public.migration_records where id like '%e1'$$, 'and nothing is known of who is gone'
);
select is(public.take_changes(100), '[]', 'the other store is not told what it has told itself');

-- Artists of whom no key tells follow from their records in the other store
reset role;
insert into public.concerts (id, artist_id, title)
values ('c0000000-0000-4000-8000-0000000000e6', 'a0000000-0000-4000-8000-0000000000e4', 'Концерт');
delete from public.concerts where id = 'c0000000-0000-4000-8000-0000000000e5';
select pg_temp.become('service_role');
select is(
  pg_temp.changes(), 'concerts 0000e6 null, artists 0000e2 null, concerts 0000e5 null',
  'who has no profile there is told of when a concert of theirs goes, before it'
);

select * from finish();
rollback;
