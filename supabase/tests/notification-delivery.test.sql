begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(70);

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

-- What others have left due must not be claimed here.
update public.notifications set status = 'cancelled' where status in ('pending', 'sending');

insert into auth.users (id, email, email_confirmed_at) values
  ('a0000000-0000-4000-8000-00000000000a', 'alice-tap@example.com', now()),
  ('a0000000-0000-4000-8000-00000000000b', 'boris-tap@example.com', null);
insert into public.artists (id) values ('a0000000-0000-4000-8000-00000000000a');
insert into public.concerts (
  id, artist_id, title, city, venue_name, event_date, event_time, time_zone, moderation_status, submitted_at
)
values
  (
    'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Весна', 'Самара', 'Филармония',
    current_date + 40, '19:30', 'Europe/Samara', 'draft', null
  ),
  (
    'c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', 'Лето', 'Уфа', null,
    current_date + 40, null, 'Europe/Moscow', 'approved', now()
  );

-- Owner: reminders of a concert
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select is(
  (select (public.create_concert_reminders('c0000000-0000-4000-8000-000000000001') ->> 'created')::integer),
  3, 'an artist is reminded on the usual days'
);
select is(
  (select (public.create_concert_reminders('c0000000-0000-4000-8000-000000000001') ->> 'created')::integer),
  0, 'and once'
);
select results_eq(
  $$select title, scheduled_for from public.notifications
    where concert_id = 'c0000000-0000-4000-8000-000000000001' order by scheduled_for$$,
  $$values
    ('Концерт через 7 дней', (current_date + 33 + time '19:30') at time zone 'Europe/Samara'),
    ('Концерт через 3 дня', (current_date + 37 + time '19:30') at time zone 'Europe/Samara'),
    ('Концерт через 1 день', (current_date + 39 + time '19:30') at time zone 'Europe/Samara')$$,
  'at the hour of the concert, by the clocks of its place'
);
select is(
  (
    select message from public.notifications
    where concert_id = 'c0000000-0000-4000-8000-000000000001' and title = 'Концерт через 1 день'
  ),
  format(
    'Напоминаем: «Весна» состоится %s в 19:30, Самара, Филармония.', to_char(current_date + 40, 'DD.MM.YYYY')
  ),
  'the message tells what is known'
);
update public.concerts set event_date = current_date + 41, title = 'Весна «2»'
where id = 'c0000000-0000-4000-8000-000000000001';
select results_eq(
  $$select scheduled_for from public.notifications
    where concert_id = 'c0000000-0000-4000-8000-000000000001' order by scheduled_for$$,
  $$values
    ((current_date + 34 + time '19:30') at time zone 'Europe/Samara'),
    ((current_date + 38 + time '19:30') at time zone 'Europe/Samara'),
    ((current_date + 40 + time '19:30') at time zone 'Europe/Samara')$$,
  'they move with the concert, also past our functions'
);
select ok(
  (
    select bool_and(message like 'Напоминаем: «Весна «2»» состоится %')
    from public.notifications where concert_id = 'c0000000-0000-4000-8000-000000000001'
  ),
  'and tell its new name'
);
update public.concerts set event_date = current_date + 2 where id = 'c0000000-0000-4000-8000-000000000001';
select results_eq(
  $$select status, error_message from public.notifications
    where concert_id = 'c0000000-0000-4000-8000-000000000001' order by scheduled_for$$,
  $$values
    ('pending', null), ('cancelled', 'Концерт перенесён'), ('cancelled', 'Концерт перенесён')$$,
  'what is too late now is cancelled'
);
select is(
  (
    select public.create_reminder('Своё', '', now() + interval '10 days', 'push', 'c0000000-0000-4000-8000-000000000002')
      ->> 'concert_id'
  ),
  'c0000000-0000-4000-8000-000000000002', 'a user reminds themselves'
);
update public.concerts set event_time = '11:00' where id = 'c0000000-0000-4000-8000-000000000002';
select is(
  (
    -- The column has milliseconds.
    select scheduled_for - now()::timestamptz(3) from public.notifications
    where concert_id = 'c0000000-0000-4000-8000-000000000002'
  )::text,
  '10 days 01:00:00', 'a time of one''s own moves by as much as the concert: from ten, for want of an hour'
);
select throws_ok(
  $$select public.create_reminder('Вчера', '', now() - interval '1 second', 'push')$$,
  'PT400', 'validation_failed', 'not in the past'
);
select throws_ok(
  $$select public.create_reminder('Голубь', '', now() + interval '1 day', 'pigeon')$$,
  '23514', null, 'not by ways there are not'
);
select throws_ok(
  $$update public.notifications set scheduled_for = now()$$, '42501', null, 'when it is sent is not changed by hand'
);
select throws_ok(
  $$update public.notifications set retry_at = now()$$, '42501', null, 'nor when it is tried again'
);
select throws_ok(
  $$select claim_id, lease_until, retry_at, days_before from public.notifications$$,
  '42501', null, 'what delivery keeps is not read'
);
select is(
  (select public.count_notifications() -> 'by_status'),
  '{"pending": 2, "sending": 0, "sent": 0, "failed": 0, "cancelled": 2}'::jsonb, 'counts are those of the rows'
);
select is(public.read_all_notifications(), 4, 'all are marked as read');
select is((select public.count_notifications() ->> 'unread'), '0', 'and counted so');
select is(
  (select public.save_notification_settings('{"reminder_days_before": [1, 30, 1], "push_enabled": false}')),
  '{
    "email_enabled": true, "push_enabled": false, "reminder_days_before": [30, 1], "announcements_enabled": true,
    "promotions_enabled": true, "ticket_updates_enabled": true
  }'::jsonb,
  'settings are created with what is named'
);
select is(
  (select public.save_notification_settings('{"email_enabled": false}') -> 'reminder_days_before'),
  '[30, 1]'::jsonb, 'and keep what is not'
);
select throws_ok(
  $$select public.save_notification_settings('{"user_id": "a0000000-0000-4000-8000-00000000000b"}')$$,
  'PT400', 'validation_failed', 'they are one''s own'
);
select throws_ok(
  $$select public.save_notification_settings('{"reminder_days_before": [2]}')$$, '23514', null, 'of days that are offered'
);
select lives_ok(
  $$select public.save_push_subscription('https://push.example.com/00', 'key', 'auth')$$, 'a browser subscribes'
);
select is((select count(*)::integer from public.push_subscriptions), 1, 'and is seen by its owner');
select throws_ok(
  $$select p256dh from public.push_subscriptions$$, '42501', null, 'its keys are the backend''s'
);
select throws_ok(
  $$insert into public.push_subscriptions (endpoint, user_id, p256dh, auth)
    values ('https://push.example.com/x', auth.uid(), 'a', 'b')$$,
  '42501', null, 'there is one way to subscribe'
);
select throws_ok(
  $$select public.save_push_subscription('http://push.example.com/tap', 'key', 'auth')$$,
  '23514', null, 'over https alone'
);
select lives_ok(
  $$select public.save_push_subscription('https://push.example.com/' || lpad(number::text, 2, '0'), 'key', 'auth')
    from generate_series(1, 12) as number$$,
  'more browsers than anybody has'
);
select is((select count(*)::integer from public.push_subscriptions), 10, 'are ten');
select ok(
  not exists (select from public.push_subscriptions where endpoint = 'https://push.example.com/00'), 'the newest ten'
);
select throws_ok($$select public.claim_notifications()$$, '42501', null, 'users claim nothing');
select throws_ok(
  $$select public.record_deliveries(array[gen_random_uuid()], '[]')$$, '42501', null, 'nor do they record anything'
);
select throws_ok($$select private.claim_notifications(1, 1)$$, '42501', null, 'by no door');
select throws_ok($$select private.apply_realtime()$$, '42501', null, 'they change nothing of Realtime');

-- The change of its hour had sent it back to moderation.
reset role;
update public.concerts set moderation_status = 'approved' where id = 'c0000000-0000-4000-8000-000000000002';

-- Another user
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000b');
select throws_ok(
  $$select public.create_concert_reminders('c0000000-0000-4000-8000-000000000001')$$,
  'PT404', 'not_found', 'nobody is reminded of somebody else''s concert'
);
select throws_ok(
  $$select public.create_reminder('Чужое', '', now() + interval '1 day', 'push', 'c0000000-0000-4000-8000-000000000001')$$,
  'PT404', 'not_found', 'nor of what they may not see'
);
select lives_ok(
  $$select public.create_reminder('Сходить', '', now() + interval '1 day', 'both', 'c0000000-0000-4000-8000-000000000002')$$,
  'but of what everybody sees'
);
select is_empty($$select from public.push_subscriptions$$, 'nobody sees somebody else''s browsers');
delete from public.push_subscriptions where endpoint = 'https://push.example.com/05';
select lives_ok(
  $$select public.save_push_subscription('https://push.example.com/06', 'new key', 'new auth')$$,
  'a browser that changes hands'
);

-- Visitor
select pg_temp.become('anon');
select throws_ok($$select from public.push_subscriptions$$, '42501', null, 'a visitor sees no browsers');
select throws_ok(
  $$select public.create_reminder('Спам', '', now() + interval '1 day', 'email')$$, '42501', null, 'a visitor reminds nobody'
);
select throws_ok(
  $$select public.save_push_subscription('https://push.example.com/v', 'a', 'b')$$, '42501', null, 'nor subscribes'
);
select throws_ok($$select public.claim_notifications()$$, '42501', null, 'nor claims');
select throws_ok($$select public.count_notifications()$$, '42501', null, 'nor counts');

-- Service
select pg_temp.become('service_role');
select is(
  (
    select string_agg(right(user_id::text, 1), '' order by endpoint) from public.push_subscriptions
    where endpoint in ('https://push.example.com/05', 'https://push.example.com/06')
  ),
  'ab', 'belongs to whoever has it, and others'' are not removed'
);
select is(public.claim_notifications(), null, 'nothing is due');
update public.notifications
set scheduled_for = now() - case title when 'Сходить' then interval '1 hour' else interval '2 hours' end
where status = 'pending';
create temp table claims (number integer, content jsonb);
grant all on claims to public;
insert into claims select 1, public.claim_notifications(2);
select is(
  (select jsonb_array_length(content -> 'notifications') from claims where number = 1), 2, 'as many as asked for'
);
insert into claims select 2, public.claim_notifications();
select is(
  (select jsonb_array_length(content -> 'notifications') from claims where number = 2), 1, 'and then what is left'
);
select is(public.claim_notifications(), null, 'each once');
select results_eq(
  $$select due ->> 'title', due ->> 'email', due -> 'settings' ->> 'email_enabled', due ->> 'attempts'
    from claims, jsonb_array_elements(content -> 'notifications') as due
    order by 1$$,
  $$values
    ('Концерт через 1 день', 'alice-tap@example.com', 'false', '1'),
    ('Своё', 'alice-tap@example.com', 'false', '1'),
    ('Сходить', null, null, '1')$$,
  'with settings, and with addresses that were confirmed'
);
select is(
  (
    select jsonb_array_length(due -> 'subscriptions')
    from claims, jsonb_array_elements(content -> 'notifications') as due where due ->> 'title' = 'Своё'
  ),
  9, 'and with browsers'
);
select is(
  public.record_deliveries(
    array[gen_random_uuid()],
    (select jsonb_agg(jsonb_build_object('id', id, 'status', 'sent')) from public.notifications where status = 'sending')
  ),
  0, 'what is claimed under another id is not recorded'
);
select is(
  public.record_deliveries(
    (select array[(content ->> 'id')::uuid] from claims where number = 2),
    (
      select jsonb_agg(jsonb_build_object('id', due ->> 'id', 'status', 'retry', 'reason', 'busy', 'in_seconds', 60))
      from claims, jsonb_array_elements(content -> 'notifications') as due where number = 2
    ),
    array['https://push.example.com/06']
  ),
  1, 'what is claimed is'
);
select is(
  (
    select row(status, error_message, retry_at - date_trunc('milliseconds', now()), attempts)::text
    from public.notifications where error_message = 'busy'
  ),
  '(pending,busy,00:01:00,1)', 'to be tried again in its time'
);
select ok(
  not exists (select from public.push_subscriptions where endpoint = 'https://push.example.com/06'),
  'and browsers that are gone are removed'
);
update public.notifications set lease_until = now() - interval '1 second' where status = 'sending';
insert into claims select 3, public.claim_notifications(1);
select is(
  (select content ->> 'id' from claims where number = 3), (select content ->> 'id' from claims where number = 1),
  'an abandoned claim comes back under its id'
);
select is(
  (select jsonb_array_length(content -> 'notifications') from claims where number = 3), 2, 'whole'
);
select is(
  public.record_deliveries(
    (select array[(content ->> 'id')::uuid] from claims where number = 3),
    (
      select jsonb_agg(jsonb_build_object('id', due ->> 'id', 'status', 'unknown', 'reason', 'silence', 'in_seconds', 60))
      from claims, jsonb_array_elements(content -> 'notifications') as due where number = 3
    )
  ),
  2, 'what may have arrived is recorded'
);
select results_eq(
  $$select distinct status, claim_id, lease_until - now()::timestamptz(3), attempts
    from public.notifications where error_message = 'silence'$$,
  $$select 'sending', (content ->> 'id')::uuid, interval '1 minute', 1 from claims where number = 3$$,
  'it stays in its claim for so long, and it was no attempt'
);
select is(public.claim_notifications(), null, 'nobody else''s');
insert into claims
select 6, jsonb_build_object('id', '66666666-6666-4666-8666-666666666666', 'lease', max(lease_until))
from public.notifications where status = 'sending';
select is(
  public.record_deliveries(
    (select array[(content ->> 'id')::uuid] from claims where number = 3),
    (
      select jsonb_agg(jsonb_build_object('id', due -> 'id', 'status', 'apart', 'claim_id', own.content -> 'id'))
      from claims as all_of, jsonb_array_elements(all_of.content -> 'notifications') as due, claims as own
      where all_of.number = 3 and own.number = 6 and due ->> 'title' = 'Своё'
    )
  ),
  1, 'one of them goes on apart'
);
select results_eq(
  $$select status, claim_id, lease_until, attempts from public.notifications where title = 'Своё'$$,
  $$select 'sending', (content ->> 'id')::uuid, (content ->> 'lease')::timestamptz(3), 1 from claims where number = 6$$,
  'under an id of its own, for the time that was left'
);
select is(
  public.record_deliveries(
    (select array_agg((content ->> 'id')::uuid) from claims where number in (3, 6)),
    (
      select jsonb_agg(
        jsonb_build_object('id', id, 'status', 'apart', 'claim_id', (select content -> 'id' from claims where number = 3))
      )
      from public.notifications where status = 'sending'
    )
  ),
  2, 'what is in several claims is recorded together'
);
update public.notifications set scheduled_for = now() - interval '25 hours' where title = 'Своё';
update public.notifications set lease_until = now() - interval '1 second' where status = 'sending';
insert into claims select 5, public.claim_notifications(1);
select set_eq(
  $$select due ->> 'title' as title, due ->> 'pointless' as pointless
    from claims, jsonb_array_elements(content -> 'notifications') as due where number = 5$$,
  $$values ('Концерт через 1 день', null), ('Своё', 'Напоминать поздно')$$,
  'a day later there is no use in reminding'
);
update public.notifications set scheduled_for = now() - interval '1 hour' where title = 'Своё';
select throws_ok(
  $$update public.notifications set scheduled_for = 'infinity' where title = 'Своё'$$, '23514', null,
  'what no list could tell is no time'
);
update public.concerts set is_cancelled = true where id = 'c0000000-0000-4000-8000-000000000001';
update public.notifications set lease_until = now() - interval '1 second' where status = 'sending';
insert into claims select 4, public.claim_notifications(1);
select set_eq(
  $$select due ->> 'title' as title, due ->> 'pointless' as pointless
    from claims, jsonb_array_elements(content -> 'notifications') as due where number = 4$$,
  $$values ('Концерт через 1 день', 'Концерт отменён'), ('Своё', null)$$,
  'of a cancelled concert nobody is reminded'
);
reset role;

-- Realtime. Where the server has none, the tables and functions used of it stand in.
do $$
begin
  if to_regnamespace('realtime') is null then
    create schema realtime;
    create table realtime.messages (topic text, extension text, payload jsonb, event text, private boolean);
    alter table realtime.messages enable row level security;
    grant usage on schema realtime to authenticated;
    grant select on realtime.messages to authenticated;
    create function realtime.topic() returns text language sql stable as $body$
      select current_setting('realtime.topic', true)
    $body$;
    create function realtime.send(payload jsonb, event text, topic text, private boolean) returns void
    language sql as $body$
      insert into realtime.messages values ($3, 'broadcast', $1, $2, $4)
    $body$;
  end if;
end;
$$;
select lives_ok('select private.apply_realtime()', 'with Realtime there');
select lives_ok('select private.apply_realtime()', 'again');
insert into public.notifications (user_id, notification_type, title, status, legacy_id) values
  ('a0000000-0000-4000-8000-00000000000a', 'system', 'Сразу', 'sent', null),
  ('a0000000-0000-4000-8000-00000000000a', 'system', 'Из старого', 'sent', 'old'),
  ('a0000000-0000-4000-8000-00000000000a', 'system', 'Позже', 'pending', null);
update public.notifications set status = 'sent' where title = 'Позже';
update public.notifications set is_read = true where title = 'Позже';
select bag_eq(
  $$select payload ->> 'title' as title, event, private from realtime.messages
    where topic = 'notifications:a0000000-0000-4000-8000-00000000000a'$$,
  $$values ('Сразу', 'notification', true), ('Позже', 'notification', true)$$,
  'what is sent is broadcast once, on a private channel of its user; the old store''s is no news'
);
select set_config('realtime.topic', 'notifications:a0000000-0000-4000-8000-00000000000a', true);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select isnt_empty($$select from realtime.messages$$, 'its user hears it');
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000b');
select is_empty($$select from realtime.messages$$, 'nobody else does');
reset role;

select * from finish();
rollback;
