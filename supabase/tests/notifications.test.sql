begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(24);

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

insert into public.notifications (id, user_id, notification_type, title, status) values
  ('90000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'system', 'Алисе', 'sent'),
  ('90000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', 'reminder', 'Алисе ещё', 'pending'),
  ('90000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-00000000000b', 'system', 'Борису', 'sent');
insert into public.notification_settings (user_id) values ('a0000000-0000-4000-8000-00000000000b');

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select is((select count(*)::integer from public.notifications), 2, 'a user sees their own notifications only');
select lives_ok(
  $$update public.notifications set is_read = true where id = '90000000-0000-4000-8000-000000000001'$$,
  'a user marks their own notification as read'
);
select isnt(
  (select read_at from public.notifications where id = '90000000-0000-4000-8000-000000000001'),
  null, 'when it was read is remembered'
);
update public.notifications set is_read = false where id = '90000000-0000-4000-8000-000000000001';
select is(
  (select read_at from public.notifications where id = '90000000-0000-4000-8000-000000000001'),
  null, 'marking it as unread forgets when'
);
select throws_ok(
  $$update public.notifications set status = 'sent'$$, '42501', null, 'a user does not say what was delivered'
);
select throws_ok(
  $$update public.notifications set message = 'Ваш концерт одобрен'$$, '42501', null, 'a user rewrites no notification'
);
select throws_ok(
  $$insert into public.notifications (user_id, notification_type, title)
    values ('a0000000-0000-4000-8000-00000000000b', 'system', 'Спам')$$,
  '42501', null, 'nobody can write into another user''s list'
);
select throws_ok(
  $$insert into public.notifications (user_id, notification_type, title) values (auth.uid(), 'system', 'Себе')$$,
  '42501', null, 'nor into their own: only the backend writes notifications'
);
update public.notifications set is_read = true where id = '90000000-0000-4000-8000-000000000003';
delete from public.notifications where id = '90000000-0000-4000-8000-000000000003';
select lives_ok(
  $$delete from public.notifications where id = '90000000-0000-4000-8000-000000000002'$$,
  'a user deletes their own notification'
);
select is_empty($$select from public.notification_settings$$, 'a user sees nobody else''s settings');
select lives_ok(
  $$insert into public.notification_settings (user_id, push_enabled) values (auth.uid(), false)$$,
  'a user creates their own settings'
);
select is(
  (select row(email_enabled, push_enabled, reminder_days_before)::text from public.notification_settings),
  '(t,f,"{7,3,1}")', 'what is not said keeps its default'
);
select lives_ok(
  $$update public.notification_settings set reminder_days_before = '{30,1}'$$, 'a user changes their own settings'
);
select throws_ok(
  $$update public.notification_settings set reminder_days_before = '{2}'$$,
  '23514', null, 'only days that are offered are set'
);
select throws_ok(
  $$update public.notification_settings set reminder_days_before = '{1,1,1,1,1,1}'$$,
  '23514', null, 'there are no more days than are offered'
);
select throws_ok(
  $$insert into public.notification_settings (user_id) values ('a0000000-0000-4000-8000-0000000000f1')$$,
  '42501', null, 'nobody creates settings for another user'
);

-- Visitor
select pg_temp.become('anon');
select throws_ok($$select from public.notifications$$, '42501', null, 'a visitor sees no notifications');
select throws_ok(
  $$insert into public.notifications (user_id, notification_type, title)
    values ('a0000000-0000-4000-8000-00000000000a', 'system', 'Спам')$$,
  '42501', null, 'a visitor writes no notifications'
);
select throws_ok($$select from public.notification_settings$$, '42501', null, 'a visitor sees no settings');

-- Moderator
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"moderator"}}');
select is_empty($$select from public.notifications$$, 'a moderator sees nobody''s notifications');
select throws_ok(
  $$insert into public.notifications (user_id, notification_type, title)
    values ('a0000000-0000-4000-8000-00000000000a', 'system', 'От модератора')$$,
  '42501', null, 'a moderator writes notifications by deciding only'
);

-- Service
select pg_temp.become('service_role');
select is(
  (select is_read from public.notifications where id = '90000000-0000-4000-8000-000000000003'),
  false, 'an attempt on another user''s notification has changed nothing'
);
select lives_ok(
  $$insert into public.notifications (user_id, notification_type, title, channel)
    values ('a0000000-0000-4000-8000-00000000000a', 'announcement', 'Новость', 'both')$$,
  'a service writes notifications'
);
select throws_ok(
  $$insert into public.notifications (user_id, notification_type, title)
    values ('a0000000-0000-4000-8000-00000000000a', 'payment_success', 'Оплата')$$,
  '23514', null, 'an unknown type is refused'
);

select * from finish();
rollback;
