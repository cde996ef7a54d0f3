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

insert into public.artists (id, claimed_at) values
  ('a0000000-0000-4000-8000-00000000000a', now()),
  ('a0000000-0000-4000-8000-00000000000b', now());
insert into public.concerts (id, artist_id, title) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Алисы'),
  ('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b', 'Бориса');
insert into public.email_campaigns (
  id, artist_id, subject, status, emails_sent, emails_delivered, emails_opened, emails_clicked, emails_bounced
) values
  ('ca000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Черновик', 'draft', 0, 0, 0, 0, 0),
  ('ca000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', 'Отправлена', 'sent', 100, 80, 40, 10, 20),
  ('ca000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-00000000000a', 'Отправляется', 'sending', 10, 0, 0, 0, 10),
  ('ca000000-0000-4000-8000-000000000004', 'a0000000-0000-4000-8000-00000000000b', 'Бориса', 'draft', 0, 0, 0, 0, 0);

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select is((select count(*)::integer from public.email_campaigns), 3, 'an artist sees their own campaigns only');
select lives_ok(
  $$insert into public.email_campaigns (artist_id, concert_id, subject)
    values (auth.uid(), 'c0000000-0000-4000-8000-000000000001', 'Анонс')$$,
  'an artist creates a campaign for their own concert'
);
select throws_ok(
  $$insert into public.email_campaigns (artist_id, concert_id, subject)
    values (auth.uid(), 'c0000000-0000-4000-8000-000000000002', 'Чужой концерт')$$,
  '42501', null, 'an artist creates no campaign for another''s concert'
);
select throws_ok(
  $$insert into public.email_campaigns (artist_id, subject)
    values ('a0000000-0000-4000-8000-00000000000b', 'За Бориса')$$,
  '42501', null, 'an artist creates no campaign for another artist'
);
select throws_ok(
  $$insert into public.email_campaigns (artist_id, subject, status) values (auth.uid(), 'Уже отправлена', 'sent')$$,
  '42501', null, 'a campaign begins as a draft'
);
select throws_ok(
  format('insert into public.email_campaigns (artist_id, subject, %I) values (auth.uid(), %L, %L)', field, subject, value),
  '23514', null, format('an artist writes no %s', label)
)
from (values
  ('content', E'Анонс\r\nBcc: all@example.com', '', 'header into a subject'),
  ('content', ' ', '', 'blank subject'),
  ('content', 'Анонс', E'\x07', 'control character into a text'),
  ('html_content', 'Анонс', E'\x07', 'control character into a page'),
  ('recipient_filter', 'Анонс', json_build_object('city', repeat('а', 10000))::text, 'endless filter')
) as attempt (field, subject, value, label);
select throws_ok(
  $$update public.email_campaigns set emails_opened = 1000000$$, '42501', null, 'an artist does not count openings'
);
select throws_ok(
  $$update public.email_campaigns set status = 'sending'$$, '42501', null, 'sending is for the backend to begin'
);
update public.email_campaigns set subject = 'Правка';
select results_eq(
  $$select subject from public.email_campaigns where id::text like 'ca000000-%' order by id$$,
  $$values ('Правка'), ('Отправлена'), ('Отправляется')$$,
  'an artist edits what is not under way'
);
select throws_ok(
  $$update public.email_campaigns set concert_id = 'c0000000-0000-4000-8000-000000000002'
    where id = 'ca000000-0000-4000-8000-000000000001'$$,
  '42501', null, 'a campaign is not moved to another artist''s concert'
);
delete from public.email_campaigns where id = 'ca000000-0000-4000-8000-000000000003';
select is(
  (select count(*)::integer from public.email_campaigns where status = 'sending'), 1,
  'a campaign being sent is not deleted'
);
select is(
  (select row(open_rate, click_rate, bounce_rate)::text
    from public.calculate_campaign_metrics('ca000000-0000-4000-8000-000000000002')),
  '(0.5000,0.1250,0.2000)', 'guide: calculate_campaign_metrics gives the rates as fractions'
);
select is(
  (select row(open_rate, click_rate, bounce_rate)::text
    from public.calculate_campaign_metrics('ca000000-0000-4000-8000-000000000003')),
  '(,,)', 'there are no rates before something was delivered'
);
select is_empty(
  $$select * from public.calculate_campaign_metrics('ca000000-0000-4000-8000-000000000004')$$,
  'another artist''s rates are not calculated'
);

-- Visitor
select pg_temp.become('anon');
select throws_ok($$select from public.email_campaigns$$, '42501', null, 'a visitor sees no campaigns');
select throws_ok(
  $$select * from public.calculate_campaign_metrics('ca000000-0000-4000-8000-000000000002')$$,
  '42501', null, 'a visitor calculates no rates'
);

-- Moderator
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"moderator"}}');
select is_empty($$select from public.email_campaigns$$, 'a moderator sees nobody''s campaigns');

-- Service
select pg_temp.become('service_role');
select is(
  (select open_rate from public.calculate_campaign_metrics('ca000000-0000-4000-8000-000000000002')),
  0.5, 'a service calculates anybody''s rates'
);
select is(
  (select subject from public.email_campaigns where id = 'ca000000-0000-4000-8000-000000000004'),
  'Бориса', 'an attempt on another artist''s campaign has changed nothing'
);
select throws_ok(
  $$update public.email_campaigns set status = 'scheduled' where id = 'ca000000-0000-4000-8000-000000000001'$$,
  '23514', null, 'what is scheduled has a time'
);

select * from finish();
rollback;
