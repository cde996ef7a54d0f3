begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(10);

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

-- Alisa's first concert has 10 views, 4 clicks and three confirmed sales, her second 5 views and none.
insert into public.artists (id, claimed_at) values
  ('a0000000-0000-4000-8000-00000000000a', now()),
  ('a0000000-0000-4000-8000-00000000000b', now());
insert into public.concerts (
  id, artist_id, title, event_date, moderation_status, is_cancelled, views_count, clicks_count, shares_count
) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Первый', current_date + 5, 'approved', false, 10, 4, 1),
  ('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', 'Второй', current_date - 5, 'approved', false, 5, 0, 2),
  ('c0000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-00000000000a', 'Отменён', current_date + 5, 'approved', true, 0, 0, 0),
  ('c0000000-0000-4000-8000-000000000004', 'a0000000-0000-4000-8000-00000000000b', 'Бориса', current_date + 5, 'approved', false, 7, 7, 7);
insert into public.ticket_sales (
  concert_id, artist_id, provider_id, quantity, unit_price, total_amount, commission_amount, net_amount, status
) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'kassir', 2, 500, 1000, 50, 950, 'confirmed'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'kassir', 1, 333.33, 333.33, 16.67, 316.66, 'confirmed'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', null, 1, 0.01, 0.01, 0, 0.01, 'confirmed'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', null, 9, 100, 900, 0, 900, 'refunded'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', null, 9, 100, 900, 0, 900, 'pending'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', null, 9, 100, 900, 0, 900, 'cancelled'),
  ('c0000000-0000-4000-8000-000000000004', 'a0000000-0000-4000-8000-00000000000b', null, 1, 700, 700, 0, 700, 'confirmed');

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select is(
  (select row(views_count, clicks_count, shares_count, sales_count, tickets_sold, total_revenue, net_revenue, click_rate, conversion_rate)::text
    from public.concert_analytics where concert_id = 'c0000000-0000-4000-8000-000000000001'),
  '(10,4,1,3,4,1333.34,1266.67,0.4000,0.7500)', 'only confirmed sales count, to the kopeck'
);
select is(
  (select row(sales_count, tickets_sold, total_revenue, click_rate, conversion_rate)::text
    from public.concert_analytics where concert_id = 'c0000000-0000-4000-8000-000000000002'),
  '(0,0,0,0.0000,)', 'without sales there is zero, without clicks there is no rate'
);
select is((select count(*)::integer from public.concert_analytics), 3, 'an artist sees figures of their own concerts only');
select is(
  (select row(concerts_count, upcoming_concerts_count, total_views, total_clicks, total_shares, sales_count, tickets_sold,
      total_revenue, net_revenue)::text from public.artist_statistics),
  '(3,1,15,4,3,3,4,1333.34,1266.67)', 'views count once, however many sales there are'
);
select is((select count(*)::integer from public.artist_statistics), 1, 'an artist sees their own statistics only');

-- Visitor
select pg_temp.become('anon');
select throws_ok($$select total_revenue from public.concert_analytics$$, '42501', null, 'a visitor reads no revenue of concerts');
select throws_ok($$select total_revenue from public.artist_statistics$$, '42501', null, 'a visitor reads no revenue of artists');

-- Moderator
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"moderator"}}');
select is_empty($$select from public.concert_analytics$$, 'a moderator sees nobody''s figures');
select is_empty($$select from public.artist_statistics$$, 'a moderator sees nobody''s statistics');

-- Service
select pg_temp.become('service_role');
select is(
  (select sum(total_revenue) from public.artist_statistics
    where artist_id in ('a0000000-0000-4000-8000-00000000000a', 'a0000000-0000-4000-8000-00000000000b')),
  2033.34, 'a service sees everybody''s figures'
);

select * from finish();
rollback;
