begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(187);

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

-- Alisa has one concert of every kind; Boris has a draft and a public one.
insert into public.artists (id, username, claimed_at) values
  ('a0000000-0000-4000-8000-00000000000a', 'tap_alisa', now()),
  ('a0000000-0000-4000-8000-00000000000b', 'tap_boris', now());
insert into public.concerts (
  id, legacy_id, artist_id, title, description, city, venue_name, event_date, event_time, event_type, banner_image_url,
  moderation_status, submitted_at, is_hidden, is_cancelled
)
select
  ('c0000000-0000-4000-8000-00000000000' || kind.number)::uuid, kind.legacy_id, kind.artist, kind.title, kind.description, 'Казань',
  'Дом музыки', current_date + 30, '19:30', 'Концерт', 'https://example.com/b.jpg', kind.status, now(), kind.hidden,
  kind.cancelled
from (values
  (1, 'tap-old-1', 'a0000000-0000-4000-8000-00000000000a'::uuid, 'Черновик Алисы', null, 'draft', false, false),
  (2, 'tap-old-2', 'a0000000-0000-4000-8000-00000000000a'::uuid, 'Ожидающий Алисы', null, 'pending', false, false),
  (3, 'tap-old-3', 'a0000000-0000-4000-8000-00000000000a'::uuid, 'Большие концерты у реки', 'Играем громко', 'approved', false, false),
  (4, null, 'a0000000-0000-4000-8000-00000000000a'::uuid, 'Скрытый Алисы', null, 'approved', true, false),
  (5, null, 'a0000000-0000-4000-8000-00000000000a'::uuid, 'Отменённый Алисы', null, 'approved', false, true),
  (6, null, 'a0000000-0000-4000-8000-00000000000a'::uuid, 'Отклонённый Алисы', null, 'rejected', false, false),
  (7, 'tap-old-3', 'a0000000-0000-4000-8000-00000000000b'::uuid, 'Черновик Бориса', null, 'draft', false, false),
  (8, null, 'a0000000-0000-4000-8000-00000000000b'::uuid, 'Вечер акустики', 'Один концерт, одна гитара', 'approved', false, false)
) as kind (number, legacy_id, artist, title, description, status, hidden, cancelled);
update public.concerts set legacy = '{"id": "tap-inner-8"}' where id = 'c0000000-0000-4000-8000-000000000008';
update public.concerts set legacy = '{"id": "tap-old-3"}' where id = 'c0000000-0000-4000-8000-000000000001';
insert into public.notifications (id, user_id, concert_id, notification_type, title, status, scheduled_for) values
  ('90000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000b',
    'c0000000-0000-4000-8000-000000000003', 'reminder', 'Скоро', 'pending', now() + interval '7 days'),
  ('90000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b',
    'c0000000-0000-4000-8000-000000000003', 'reminder', 'Было', 'sent', now() - interval '7 days');

-- The two checks of the migration guide, as they stand there
set local role authenticated;
set local request.jwt.claims to '{"sub":"a0000000-0000-4000-8000-00000000000b"}';
select set_config('request.jwt.claim.sub', 'a0000000-0000-4000-8000-00000000000b', true);
select set_eq(
  $$select artist_id from public.concerts$$,
  $$values ('a0000000-0000-4000-8000-00000000000b'::uuid)$$,
  'guide, test 1: an artist sees only their own concerts'
);
select is((select count(*)::integer from public.concerts), 2, 'guide, test 1: and all of them');
select lives_ok($$select * from public.concerts$$, 'guide: select * works for an artist');
reset role;
set local role anon;
set local request.jwt.claims to '';
select set_config('request.jwt.claim.sub', '', true);
select set_eq(
  $$select id from public.concerts where artist_id in
      ('a0000000-0000-4000-8000-00000000000a', 'a0000000-0000-4000-8000-00000000000b')$$,
  $$values ('c0000000-0000-4000-8000-000000000003'::uuid), ('c0000000-0000-4000-8000-000000000008'::uuid)$$,
  'guide, test 2: the public sees approved concerts that are neither hidden nor cancelled'
);
select lives_ok($$select count(*) from public.concerts$$, 'guide, test 2: counting works for visitors');
reset role;
select is(
  (select count(*)::integer from public.concerts
    where moderation_status <> 'approved' and artist_id::text like 'a0000000-0000-4000-8000-00000000000_'),
  4, 'there were unapproved concerts to hide'
);

-- Visitor
select pg_temp.become('anon');
select throws_ok($$select moderation_comment from public.concerts$$, '42501', null, 'a visitor reads no comments');
select throws_ok($$select tickets_sold from public.concerts$$, '42501', null, 'a visitor reads no sales figures');
select throws_ok($$select views_count from public.concerts$$, '42501', null, 'a visitor reads no counters');
select throws_ok($$select legacy from public.concerts$$, '42501', null, 'a visitor reads no old records');
select throws_ok(
  $$insert into public.concerts (artist_id, title) values ('a0000000-0000-4000-8000-00000000000a', 'Взлом')$$,
  '42501', null, 'a visitor creates nothing'
);
select throws_ok($$update public.concerts set title = 'Взлом'$$, '42501', null, 'a visitor changes nothing');
select throws_ok($$delete from public.concerts$$, '42501', null, 'a visitor deletes nothing');
select is(
  (select row(found ->> 'access', found -> 'concert' -> 'artist' ->> 'username', found -> 'concert' ? 'tickets_sold')::text
    from public.get_concert('c0000000-0000-4000-8000-000000000003') as found),
  '(public,tap_alisa,f)', 'a visitor gets the public part of a public concert, with its artist'
);
select is(
  public.get_concert('tap-old-3') -> 'concert' ->> 'id',
  'c0000000-0000-4000-8000-000000000003', 'an old id that repeats finds the lowest id'
);
select is(
  public.get_concert(upper('c0000000-0000-4000-8000-000000000003')) -> 'concert' ->> 'id',
  'c0000000-0000-4000-8000-000000000003', 'an id is found in upper case, too'
);
select is(
  public.get_concert('tap-inner-8') -> 'concert' ->> 'id',
  'c0000000-0000-4000-8000-000000000008', 'and by the id that was inside its old value'
);
select is(public.get_concert('c0000000-0000-4000-8000-000000000001'), null, 'a visitor gets no draft');
reset role;
select results_eq(
  $$select private.inner_id(old) from unnest(array[
      '{"id": " in-nl\n"}', '{"id": "in\u0007ctrl"}', '{"id": 5}', '{"id": true}', '{"id": " "}', '{}', '"text"'
    ]::jsonb[]) with ordinality as given (old, place) order by place$$,
  $$values ('in-nl'), ('inctrl'), ('5'), (null), (null), (null), (null)$$,
  'an id inside an old value is what the reader of old values makes of it'
);
set local role anon;
select is(public.get_concert('c0000000-0000-4000-8000-000000000004'), null, 'a visitor gets no hidden concert');
select is(public.get_concert('c0000000-0000-4000-8000-000000000005'), null, 'a visitor gets no cancelled concert');
select is(public.get_concert($$' or 1=1 --$$), null, 'an id is a value, whatever it says');
select throws_ok($$select public.submit_concert('x')$$, '42501', null, 'a visitor submits nothing');
select throws_ok(
  $$select public.moderate_concert('x', 'approved', null)$$, '42501', null, 'a visitor moderates nothing'
);
select throws_ok($$select public.promote_concert('x', 7, null, null)$$, '42501', null, 'a visitor promotes nothing');
select throws_ok($$select public.cancel_concert('x')$$, '42501', null, 'a visitor cancels nothing');
select throws_ok($$select public.set_concert_hidden('x', true)$$, '42501', null, 'a visitor hides nothing');
select throws_ok($$select public.update_concert('x', '{}')$$, '42501', null, 'a visitor edits nothing');
select throws_ok($$select public.delete_concert('x')$$, '42501', null, 'a visitor deletes nothing by function');

-- Counters
select lives_ok(
  $$select public.count_concert_event('c0000000-0000-4000-8000-000000000003', 'views')$$,
  'a visitor''s view of a public concert is counted'
);
select lives_ok(
  $$select public.count_concert_event('tap-old-3', 'shares')$$, 'a share is counted by the old id, too'
);
select lives_ok(
  $$select public.increment_concert_views('c0000000-0000-4000-8000-000000000003')$$,
  'guide: increment_concert_views counts for visitors'
);
select lives_ok(
  $$select public.increment_concert_clicks('c0000000-0000-4000-8000-000000000003')$$,
  'guide: increment_concert_clicks counts for visitors'
);
select throws_ok(
  $$select public.count_concert_event('c0000000-0000-4000-8000-000000000004', 'views')$$,
  'PT404', 'not_found', 'a hidden concert counts nothing'
);
select throws_ok(
  $$select public.count_concert_event('c0000000-0000-4000-8000-000000000001', 'views')$$,
  'PT404', 'not_found', 'a draft counts nothing'
);
select throws_ok(
  $$select public.count_concert_event('c0000000-0000-4000-8000-000000000003', 'sales')$$,
  'PT400', 'validation_failed', 'only views, clicks and shares are counted'
);
reset role;
update public.concerts set updated_at = '2026-01-01' where id = 'c0000000-0000-4000-8000-000000000003';
select pg_temp.become('anon');
select public.count_concert_event('c0000000-0000-4000-8000-000000000003', 'clicks');
reset role;
select is(
  (select row(views_count, clicks_count, shares_count)::text from public.concerts
    where id = 'c0000000-0000-4000-8000-000000000003'),
  '(2,2,1)', 'every visit was counted once'
);
select is(
  (select updated_at from public.concerts where id = 'c0000000-0000-4000-8000-000000000003'),
  '2026-01-01'::timestamptz, 'counting is no edit'
);

update public.concerts set views_count = 2147483647, clicks_count = 2147483646, shares_count = 2147483647
where id = 'c0000000-0000-4000-8000-000000000008';
select pg_temp.become('anon');
select public.count_concert_event('c0000000-0000-4000-8000-000000000008', event)
from unnest(array['views', 'clicks', 'clicks', 'shares']) as event;
reset role;
select is(
  (select row(views_count, clicks_count, shares_count)::text from public.concerts
    where id = 'c0000000-0000-4000-8000-000000000008'),
  '(2147483647,2147483647,2147483647)', 'a full counter stays full'
);

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a', '{"email":"alisa@example.com"}');
select throws_ok(
  format('update public.concerts set %I = %L where legacy_id = ''tap-old-1''', field, value), '23514', null,
  format('past the API an artist writes no %s', label)
)
from (values
  ('title', E'  \t\n\x07  ', 'title of control characters'),
  ('title', E'Рок\nATTENDEE:x', 'line break into a title'),
  ('title', E'   \u00a0\ufeff', 'blank title'),
  ('city', E'Уфа\x7f', 'control character into a city'),
  ('city', '  ', 'blank city'),
  ('venue_name', E'Клуб\rX', 'line break into a venue'),
  ('venue_address', E'Улица\tX', 'tab into an address'),
  ('venue_address', ' ', 'blank address'),
  ('description', E'Текст\x07', 'control character into a description'),
  ('ticket_link', E'https:\r\nATTENDEE:x', 'line break into a link'),
  ('ticket_link', 'https:example.com', 'link without a host'),
  ('ticket_link', 'https://', 'link to nowhere'),
  ('banner_image_url', 'https://example.com/a b', 'space into a link'),
  ('banner_image_url', 'data:text/html,x', 'link that is a page')
) as attempt (field, value, label);
select lives_ok(
  $$update public.concerts
    set title = 'Рок’н’ролл «Ё» 🎸', description = E'Строка\r\n\tещё одна', ticket_link = 'Http://пример.рф/путь?q=1#x'
    where legacy_id = 'tap-old-1'$$,
  'and does write what the API lets them write'
);
update public.concerts set title = 'Черновик Алисы' where legacy_id = 'tap-old-1';
select throws_ok(
  $$update public.concerts set moderation_status = 'approved' where artist_id = auth.uid()$$,
  '42501', null, 'an artist cannot approve their own concert'
);
select throws_ok(
  $$update public.concerts set is_promoted = true, promotion_ends_at = now() + interval '30 days'$$,
  '42501', null, 'an artist cannot promote their own concert without paying'
);
select throws_ok(
  $$update public.concerts set views_count = 1000000$$, '42501', null, 'an artist cannot count for themselves'
);
select throws_ok($$update public.concerts set tickets_sold = 0$$, '42501', null, 'an artist cannot rewrite sales');
select throws_ok(
  $$update public.concerts set is_cancelled = false$$, '42501', null, 'an artist cannot take a cancellation back'
);
select throws_ok(
  $$update public.concerts set artist_id = 'a0000000-0000-4000-8000-00000000000b'$$,
  '42501', null, 'an artist cannot give a concert away'
);
select throws_ok(
  $$insert into public.concerts (artist_id, title, moderation_status) values (auth.uid(), 'Сразу одобрен', 'approved')$$,
  '42501', null, 'an artist cannot create an approved concert'
);
select throws_ok(
  $$insert into public.concerts (artist_id, title, views_count) values (auth.uid(), 'С просмотрами', 5)$$,
  '42501', null, 'an artist cannot create a concert with visitors'
);
select throws_ok(
  $$insert into public.concerts (artist_id, title) values ('a0000000-0000-4000-8000-00000000000b', 'За Бориса')$$,
  '42501', null, 'an artist cannot create a concert for another'
);
select throws_ok(
  $$select public.moderate_concert('c0000000-0000-4000-8000-000000000002', 'approved', null)$$,
  'PT403', 'forbidden', 'an artist cannot moderate by function either'
);
select is(
  public.get_concert('c0000000-0000-4000-8000-000000000001') ->> 'access',
  'full', 'the owner gets the whole of a draft'
);
select results_eq(
  $$select key from jsonb_object_keys(public.get_concert('tap-old-1') -> 'concert') as key order by key$$,
  $$select unnest(array[
      'artist_id', 'banner_image_url', 'city', 'clicks_count', 'created_at', 'description', 'event_date', 'event_time',
      'event_type', 'id', 'is_cancelled', 'is_hidden', 'is_promoted', 'legacy_id', 'moderated_at', 'moderation_comment',
      'moderation_status', 'promotion_cost', 'promotion_ends_at', 'promotion_starts_at', 'shares_count',
      'ticket_capacity', 'ticket_link', 'ticket_price_max', 'ticket_price_min', 'tickets_sold', 'time_zone', 'title',
      'updated_at', 'venue_address', 'venue_name', 'views_count'])$$,
  'the whole concert is the fields of the contract, no more and no less'
);

select is(
  public.update_concert('tap-old-1', '{"ticket_price_min":100.50,"ticket_price_max":200,"event_time":"20:15"}')
    ->> 'ticket_price_min',
  '100.50', 'an artist changes what they name, by the old id as well'
);
select is(
  (select row(title, ticket_price_max, event_time)::text from public.concerts
    where id = 'c0000000-0000-4000-8000-000000000001'),
  '("Черновик Алисы",200.00,20:15:00)', 'what an artist does not name stays'
);
select is(
  public.update_concert('tap-old-1', '{"ticket_price_max":null}') -> 'ticket_price_max',
  'null'::jsonb, 'null clears a field'
);
select throws_ok(
  $$select public.update_concert('tap-old-1', '{"moderation_status":"approved"}')$$,
  'PT400', 'validation_failed', 'only editable fields are changed'
);
select throws_ok(
  $$select public.update_concert('tap-old-1', '{"ticket_price_max":100}')$$,
  'PT400', 'validation_failed', 'the prices are a range, also with what was there before'
);
select throws_ok(
  $$select public.update_concert('tap-old-1', '{"time_zone":"Europe/Atlantis"}')$$,
  'PT400', 'validation_failed', 'an unknown time zone is refused'
);
select throws_ok(
  $$select public.update_concert('c0000000-0000-4000-8000-000000000005', '{"title":"Снова в деле"}')$$,
  'PT409', 'invalid_transition', 'a cancelled concert is not edited'
);
select throws_ok(
  $$update public.concerts set title = 'Снова в деле' where id = 'c0000000-0000-4000-8000-000000000005'$$,
  'PT409', 'invalid_transition', 'a cancelled concert is not edited on the table either'
);
select throws_ok(
  $$select public.update_concert('c0000000-0000-4000-8000-000000000008', '{"title":"Чужой"}')$$,
  'PT404', 'not_found', 'another artist''s concert does not exist for editing'
);
select throws_ok(
  $$select public.delete_concert('c0000000-0000-4000-8000-000000000008')$$,
  'PT404', 'not_found', 'another artist''s concert does not exist for deleting'
);
select throws_ok(
  $$select public.submit_concert('c0000000-0000-4000-8000-000000000007')$$,
  'PT404', 'not_found', 'another artist''s concert does not exist for submitting'
);
select throws_ok(
  $$select public.cancel_concert('c0000000-0000-4000-8000-000000000008')$$,
  'PT404', 'not_found', 'another artist''s concert does not exist for cancelling'
);
select throws_ok(
  $$select public.set_concert_hidden('c0000000-0000-4000-8000-000000000008', true)$$,
  'PT404', 'not_found', 'another artist''s concert does not exist for hiding'
);
update public.concerts set title = 'Взлом' where id = 'c0000000-0000-4000-8000-000000000008';

-- Moderation again after an edit
select is(
  public.update_concert('c0000000-0000-4000-8000-000000000003', '{"description":"Играем тихо"}') ->> 'moderation_status',
  'approved', 'a change of what nobody was promised leaves a concert approved'
);
select is(
  public.update_concert('c0000000-0000-4000-8000-000000000003', '{"event_time":"19:30","title":"Большие концерты у реки"}')
    ->> 'moderation_status',
  'approved', 'saying the same again leaves a concert approved'
);
update public.concerts set venue_name = 'Подвал' where id = 'c0000000-0000-4000-8000-000000000004';
select is(
  (select row(moderation_status, submitted_at is not null)::text from public.concerts
    where id = 'c0000000-0000-4000-8000-000000000004'),
  '(pending,t)', 'a new venue waits for moderation again, on the table as well'
);
select is(
  public.update_concert('c0000000-0000-4000-8000-000000000003', '{"event_date":"2099-01-01"}') ->> 'moderation_status',
  'pending', 'a new date waits for moderation again'
);
reset role;
create function pg_temp.status_after(change text) returns text language plpgsql as $$
declare
  status text;
begin
  perform set_config('role', 'none', true);
  update public.concerts set moderation_status = 'approved' where id = 'c0000000-0000-4000-8000-000000000003';
  perform set_config('role', 'authenticated', true);
  execute format('update public.concerts set %s where id = %L', change, 'c0000000-0000-4000-8000-000000000003');
  select moderation_status into status from public.concerts where id = 'c0000000-0000-4000-8000-000000000003';
  return status;
end;
$$;
select is(pg_temp.status_after(change), 'pending', format('elsewhere or at another hour: moderated again (%s)', change))
from unnest(array[
  'city = ''Омск''', 'venue_address = ''Улица, 1''', 'venue_address = null', 'time_zone = ''Asia/Omsk'''
]) as change;
select is(pg_temp.status_after('ticket_link = null, event_type = ''Фестиваль'''), 'approved', 'what is sold may change');
reset role;
update public.concerts set moderation_status = 'pending' where id = 'c0000000-0000-4000-8000-000000000003';
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a', '{"email":"alisa@example.com"}');

-- Submitting
insert into public.concerts (artist_id, title) values ('a0000000-0000-4000-8000-00000000000a', 'Пустой черновик');
select throws_ok(
  $$select public.submit_concert((select id::text from public.concerts where title = 'Пустой черновик'))$$,
  'PT400', 'validation_failed', 'an incomplete concert is not submitted'
);
create function pg_temp.detail_of(statement text) returns jsonb language plpgsql as $$
declare
  detail text;
begin
  execute statement;
  return null;
exception
  when others then
    get stacked diagnostics detail = pg_exception_detail;
    return detail::jsonb;
end;
$$;
select is(
  pg_temp.detail_of($$select public.submit_concert((select id::text from public.concerts where title = 'Пустой черновик'))$$),
  '[{"path":"city"},{"path":"venue_name"},{"path":"event_date"},{"path":"event_time"},{"path":"event_type"},{"path":"banner_image_url"}]',
  'what is missing is named, in the order of the form'
);
update public.concerts set event_date = current_date - 2 where id = 'c0000000-0000-4000-8000-000000000001';
select is(
  pg_temp.detail_of($$select public.submit_concert('c0000000-0000-4000-8000-000000000001')$$),
  '[{"path":"event_date"}]', 'a date gone by is not submitted'
);
-- Kiritimati is 14 hours ahead of UTC, Pago Pago 11 behind: one date, over there and not yet begun here.
update public.concerts set event_date = (now() at time zone 'Pacific/Pago_Pago')::date, time_zone = 'Pacific/Pago_Pago'
where id = 'c0000000-0000-4000-8000-000000000001';
select is(
  public.submit_concert('c0000000-0000-4000-8000-000000000001') ->> 'moderation_status',
  'pending', 'today by the concert''s own clocks is not past'
);
select throws_ok(
  $$select public.submit_concert('c0000000-0000-4000-8000-000000000001')$$,
  'PT409', 'invalid_transition', 'a concert is submitted once'
);
select is(
  public.submit_concert('c0000000-0000-4000-8000-000000000006') ->> 'moderation_status',
  'pending', 'a rejected concert is submitted again'
);

-- Hiding, cancelling, deleting
select is(
  public.set_concert_hidden('c0000000-0000-4000-8000-000000000003', true) ->> 'is_hidden', 'true', 'the owner hides'
);
select is(
  public.set_concert_hidden('c0000000-0000-4000-8000-000000000003', true) ->> 'is_hidden', 'true', 'hiding twice is hidden'
);
select is(
  public.set_concert_hidden('c0000000-0000-4000-8000-000000000003', false) ->> 'is_hidden', 'false', 'the owner shows again'
);
select is(
  public.cancel_concert('c0000000-0000-4000-8000-000000000003') ->> 'is_cancelled', 'true', 'the owner cancels'
);
select throws_ok(
  $$select public.cancel_concert('c0000000-0000-4000-8000-000000000003')$$,
  'PT409', 'invalid_transition', 'a concert is cancelled once'
);
select throws_ok(
  $$select public.submit_concert('c0000000-0000-4000-8000-000000000005')$$,
  'PT409', 'invalid_transition', 'a cancelled concert is not submitted'
);
select lives_ok(
  $$select public.delete_concert('c0000000-0000-4000-8000-000000000002')$$, 'the owner deletes'
);
select is_empty(
  $$select from public.concerts where id = 'c0000000-0000-4000-8000-000000000002'$$, 'a deleted concert is gone'
);
reset role;
select results_eq(
  $$select status from public.notifications where concert_id = 'c0000000-0000-4000-8000-000000000003' order by id$$,
  $$values ('cancelled'), ('sent')$$, 'cancelling a concert cancels the reminders still to come'
);
insert into public.ticket_sales (concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status) values
  ('c0000000-0000-4000-8000-000000000004', 'a0000000-0000-4000-8000-00000000000a', 1, 10, 10, 10, 'cancelled');
insert into public.notifications (id, user_id, concert_id, notification_type, title, status, scheduled_for) values
  ('90000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-00000000000b',
    'c0000000-0000-4000-8000-000000000006', 'reminder', 'Скоро', 'pending', now() + interval '7 days');
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a', '{"email":"alisa@example.com"}');
select throws_ok(
  $$select public.delete_concert('c0000000-0000-4000-8000-000000000004')$$,
  'PT409', 'conflict', 'a concert with sales, even cancelled ones, is not deleted'
);
select throws_ok(
  $$delete from public.concerts where id = 'c0000000-0000-4000-8000-000000000004'$$,
  '23503', null, 'nor is it on the table'
);
select public.delete_concert('c0000000-0000-4000-8000-000000000006');

-- New artist
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f1', '{"email":"new@example.com"}');
insert into public.concerts (artist_id, title) values ('a0000000-0000-4000-8000-0000000000f1', 'Первый');
select is(
  (select row(moderation_status, time_zone, views_count)::text from public.concerts),
  '(draft,Europe/Moscow,0)', 'a new concert is a draft'
);
select is(
  (select email from public.artists where id = 'a0000000-0000-4000-8000-0000000000f1'),
  'new@example.com', 'the first concert creates its artist''s profile, with the e-mail of the token'
);

-- Moderator
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"moderator"}}');
select is(
  (select count(*)::integer from public.concerts where artist_id = 'a0000000-0000-4000-8000-00000000000a'),
  5, 'a moderator sees all concerts'
);
select is(
  public.get_concert('c0000000-0000-4000-8000-000000000007') ->> 'access',
  'full', 'a moderator gets the whole of any concert'
);
update public.concerts set title = 'Правка модератора' where id = 'c0000000-0000-4000-8000-000000000007';
delete from public.concerts where id = 'c0000000-0000-4000-8000-000000000007';
select throws_ok(
  $$select public.moderate_concert('c0000000-0000-4000-8000-000000000001', 'rejected', ' ')$$,
  'PT400', 'validation_failed', 'a rejection needs a reason'
);
select throws_ok(
  $$select public.moderate_concert('c0000000-0000-4000-8000-000000000007', 'approved', null)$$,
  'PT409', 'invalid_transition', 'a draft is not moderated'
);
select throws_ok(
  $$select public.moderate_concert('nothing', 'approved', null)$$, 'PT404', 'not_found', 'nothing is not moderated'
);
select throws_ok(
  $$select public.moderate_concert('c0000000-0000-4000-8000-000000000001', 'draft', null)$$,
  'PT400', 'validation_failed', 'a decision is approved or rejected'
);
select is(
  (select row(concert ->> 'moderation_status', concert ->> 'moderation_comment', (concert ->> 'moderated_at') is not null)::text
    from public.moderate_concert('c0000000-0000-4000-8000-000000000001', 'rejected', 'Нет афиши') as concert),
  '(rejected,"Нет афиши",t)', 'a moderator rejects'
);
select is(
  public.moderate_concert('c0000000-0000-4000-8000-000000000004', 'approved') ->> 'moderation_status',
  'approved', 'a moderator approves, without a comment'
);
select throws_ok(
  $$select public.moderate_concert('c0000000-0000-4000-8000-000000000004', 'rejected', 'Передумали')$$,
  'PT409', 'invalid_transition', 'a concert is decided once'
);
reset role;
update public.concerts set moderation_status = 'pending', submitted_at = now()
where id = 'c0000000-0000-4000-8000-000000000005';
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"admin"}}');
select throws_ok(
  $$select public.moderate_concert('c0000000-0000-4000-8000-000000000005', 'approved')$$,
  'PT409', 'invalid_transition', 'a concert cancelled meanwhile is not approved any more'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f8', '{"user_metadata":{"role":"moderator"}}');
select throws_ok(
  $$select public.moderate_concert('c0000000-0000-4000-8000-000000000007', 'approved', null)$$,
  'PT403', 'forbidden', 'a role that users write into their own metadata makes no moderator'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select results_eq(
  $$select title, message, link, channel, status, metadata ->> 'decision' from public.notifications order by title$$,
  $$values
    ('Концерт одобрен', 'Концерт «Скрытый Алисы» прошёл модерацию и опубликован.',
      '/concerts/c0000000-0000-4000-8000-000000000004', 'in_app', 'sent', 'approved'),
    ('Концерт отклонён', 'Концерт «Черновик Алисы» отклонён: Нет афиши',
      '/concerts/c0000000-0000-4000-8000-000000000001', 'in_app', 'sent', 'rejected')$$,
  'the artist is told of each decision'
);
select is(
  public.submit_concert('c0000000-0000-4000-8000-000000000001') -> 'moderation_comment',
  'null'::jsonb, 'submitting again takes the old comment away'
);

-- Service
select pg_temp.become('service_role');
select is(
  (select row(title, moderation_status)::text from public.concerts where id = 'c0000000-0000-4000-8000-000000000008'),
  '("Вечер акустики",approved)', 'an attempt on another artist''s concert has changed nothing'
);
select is(
  (select title from public.concerts where id = 'c0000000-0000-4000-8000-000000000007'),
  'Черновик Бориса', 'a moderator edits and deletes nothing'
);
select is(
  (select row(status, concert_id)::text from public.notifications where id = '90000000-0000-4000-8000-000000000003'),
  '(cancelled,)', 'deleting a concert cancels its reminders'
);
select is(
  public.get_concert('c0000000-0000-4000-8000-000000000007') ->> 'access', 'full', 'a service gets the whole of any concert'
);
select lives_ok(
  $$update public.concerts set title = 'Исправлено поддержкой' where id = 'c0000000-0000-4000-8000-000000000008'$$,
  'a service edits'
);
select is(
  (select moderation_status from public.concerts where id = 'c0000000-0000-4000-8000-000000000008'),
  'approved', 'a service''s edit needs no moderation'
);
update public.concerts set title = 'С прежним временем', updated_at = '2020-01-01'
where id = 'c0000000-0000-4000-8000-000000000008';
select is(
  (select updated_at from public.concerts where id = 'c0000000-0000-4000-8000-000000000008'),
  '2020-01-01'::timestamptz, 'the migration keeps the time of an old record'
);

-- Constraints, whoever writes
select throws_ok(
  $$update public.concerts set is_promoted = null where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23502', null, 'is_promoted is never unknown'
);
select throws_ok(
  $$update public.concerts set is_promoted = true where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'a promotion has a start, an end and a cost'
);
select throws_ok(
  $$update public.concerts set ticket_price_min = 2, ticket_price_max = 1 where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'the lowest price is not above the highest'
);
select throws_ok(
  $$update public.concerts set ticket_price_max = 1000000.01 where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'a price is at most a million'
);
select throws_ok(
  $$update public.concerts set ticket_capacity = 5, tickets_sold = 6 where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'no more tickets are sold than there are'
);
select throws_ok(
  $$update public.concerts set ticket_capacity = 0 where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'a capacity is at least one'
);
select throws_ok(
  $$update public.concerts set title = 'Ку' where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'a title has at least three characters'
);
select lives_ok(
  $$update public.concerts set title = repeat('🎸', 200) where id = 'c0000000-0000-4000-8000-000000000008'$$,
  'characters are counted as the API counts them'
);
select throws_ok(
  $$update public.concerts set ticket_link = 'javascript:alert(1)' where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'a link that runs script is refused'
);
select throws_ok(
  $$update public.concerts set event_type = 'Свадьба' where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'an unknown type is refused'
);
select throws_ok(
  $$update public.concerts set time_zone = '+03:00' where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'a time zone is a name, not an offset'
);
select throws_ok(
  $$update public.concerts set time_zone = 'Ap/P9f' where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'what PostgreSQL reads as a rule is no name'
);
select throws_ok(
  $$update public.concerts set moderation_status = 'published' where id = 'c0000000-0000-4000-8000-000000000008'$$,
  '23514', null, 'an unknown status is refused'
);

-- Generated columns
update public.concerts
set event_date = '2026-12-31', event_time = '19:30', time_zone = 'Asia/Vladivostok', ticket_capacity = 3, tickets_sold = 3
where id = 'c0000000-0000-4000-8000-000000000008';
select is(
  (select row(starts_at at time zone 'UTC', day_ends_at at time zone 'UTC', sold_out)::text from public.concerts
    where id = 'c0000000-0000-4000-8000-000000000008'),
  '("2026-12-31 09:30:00","2026-12-31 14:00:00",t)',
  'start, end of the day and being sold out follow from date, time, zone and tickets'
);
update public.concerts set event_time = null, ticket_capacity = null where id = 'c0000000-0000-4000-8000-000000000008';
select is(
  (select row(starts_at at time zone 'UTC', sold_out)::text from public.concerts
    where id = 'c0000000-0000-4000-8000-000000000008'),
  '("2026-12-30 14:00:00",f)', 'without a time a concert starts with its day, without a limit it is never sold out'
);

-- Search
update public.concerts
set title = 'Вечер акустики', description = 'Один концерт, одна гитара и ёлка', event_date = current_date + 10,
  city = 'Санкт-Петербург', time_zone = 'Europe/Moscow'
where id = 'c0000000-0000-4000-8000-000000000008';
insert into public.concerts (id, artist_id, title, city, event_date, moderation_status, promotion_starts_at, promotion_ends_at, promotion_cost, is_promoted) values
  ('c0000000-0000-4000-8000-000000000011', 'a0000000-0000-4000-8000-00000000000b', 'Концерт, концерт и ещё концерт', 'Казань',
    current_date - 10, 'approved', now(), now() + interval '1 day', 100, true),
  ('c0000000-0000-4000-8000-000000000012', 'a0000000-0000-4000-8000-00000000000b', 'Концерт без даты', 'Казань', null, 'approved',
    null, null, null, false);
create function pg_temp.hits(
  words text, city text default null, when_filter text default null, promoted boolean default null,
  after_relevance real default null, after_id uuid default null, page_size integer default 100,
  sort text default 'relevance', after_event_date date default null
) returns text[] language sql as $$
  select coalesce(array_agg(right(hit ->> 'id', 2) order by place), '{}')
  from jsonb_array_elements(public.search_concerts(
    words, city, null, 'a0000000-0000-4000-8000-00000000000b', null, null, when_filter, promoted, after_relevance,
    after_id, page_size, sort, after_event_date
  )) with ordinality as found (hit, place);
$$;
select pg_temp.become('anon');
select is(pg_temp.hits('концерты'), array['11', '08'], 'one form of a word finds the others, best match first');
select is(pg_temp.hits('КОНЦЕРТАМИ гитарой'), array['08'], 'all words are looked for, whatever their case and form');
select is(pg_temp.hits('елку'), array['08'], 'е finds ё');
select is(pg_temp.hits('концерт -гитара'), array['08'], 'there are no operators: a dash excludes nothing');
select is(pg_temp.hits('барабан or концерт'), '{}', 'there are no operators: or is a word');
select is(pg_temp.hits('барабан'), '{}', 'what nobody wrote is not found');
select is(pg_temp.hits($$'; drop table concerts; -- % _ \ " ( & | !$$), '{}', 'any text is words');
select is(pg_temp.hits('концерт', city := 'Санкт-Петербург'), array['08'], 'a city is found by its name');
select is(pg_temp.hits('концерт', city := 'Санкт%'), '{}', 'a city''s name is no pattern');
select is(pg_temp.hits('концерт', when_filter := 'upcoming'), array['08'], 'upcoming leaves out what is past');
select is(pg_temp.hits('концерт', when_filter := 'past'), array['11'], 'past leaves out what is to come');
select is(pg_temp.hits('концерт', promoted := true), array['11'], 'promoted concerts are found by themselves');
select is(pg_temp.hits('концерт', promoted := false), array['08'], 'and so are the others');
select is(pg_temp.hits('концерт', page_size := 1), array['11'], 'a page has the best match first');
select is(
  pg_temp.hits(
    'концерт',
    after_relevance := (public.search_concerts('концерт', artist_id := 'a0000000-0000-4000-8000-00000000000b') -> 0 ->> 'relevance')::real,
    after_id := 'c0000000-0000-4000-8000-000000000011'
  ),
  array['08'], 'the next page starts behind the last match'
);
select is(pg_temp.hits('концерт', sort := 'event_date'), array['11', '08'], 'what is found is ordered by date');
select is(pg_temp.hits('концерт', sort := '-event_date'), array['08', '11'], 'or by date, the last one first');
select is(
  pg_temp.hits(
    'концерт', sort := 'event_date', after_event_date := current_date - 10,
    after_id := 'c0000000-0000-4000-8000-000000000011'
  ),
  array['08'], 'the next page by date starts behind the last date'
);
select is(
  pg_temp.hits(
    'концерт', sort := '-event_date', after_event_date := current_date + 10,
    after_id := 'c0000000-0000-4000-8000-000000000008'
  ),
  array['11'], 'and backwards as well'
);
select is(
  jsonb_array_length(public.search_concerts('черновик', artist_id := 'a0000000-0000-4000-8000-00000000000b')),
  0, 'search finds public concerts only'
);
select is(
  (select count(*)::integer from public.concerts
    where search @@ websearch_to_tsquery('russian', 'концертов') and id = 'c0000000-0000-4000-8000-000000000008'),
  1, 'a visitor searches on the table as well'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000b');
select is(pg_temp.hits('черновик'), '{}', 'search answers an artist what it answers a visitor');
select is(pg_temp.hits('концерт', page_size := 0), '{}', 'a page of nothing is empty');
select is(pg_temp.hits('концерт', page_size := -1), '{}', 'a page of less than nothing, too');

-- Titles that a parser takes for something else than words
reset role;
create temporary table titles (number integer, title text, words text);
grant select on titles to anon;
insert into titles values
  (21, 'AC/DC', 'ac dc'),
  (22, 'Би-2', 'би 2'),
  (23, '25/17', '25 17'),
  (24, 'Promo.Music', 'promo music'),
  (25, 'Rock''n''Roll 24/7', 'rock n roll 24 7'),
  (26, 'S.T.A.L.K.E.R.', 's t a l k e r'),
  (27, 'T.A.T.u.', 't a t u'),
  (28, '3.14', '3 14'),
  (29, 'The Who', 'the who'),
  (30, 'И снова мы', 'и'),
  (31, 'http://t.me/club?x=1', 'http t me club x 1'),
  (32, 'me@example.com', 'me example com'),
  (33, '<b>Жирный</b>&amp;тег', 'b жирный b amp тег'),
  (34, '-5°C…+7', '5 c 7'),
  (35, '«Ёлка»—2027', 'елка 2027'),
  (36, 'Под ' || normalize('звёздами', nfd), 'звездами'),
  (37, 'a_b%c~d#e=f,g:h\i', 'a b c d e f g h i'),
  (38, '🎸Рок🎸№1™', 'рок 1');
insert into public.concerts (id, artist_id, title, event_date, moderation_status)
select
  ('c0000000-0000-4000-8000-0000000000' || number)::uuid, 'a0000000-0000-4000-8000-00000000000b', title, current_date + 10,
  'approved'
from titles;
select pg_temp.become('anon');
select ok(
  number::text = any (pg_temp.hits(title)) and number::text = any (pg_temp.hits(words)),
  format('«%s» is found by its title and by its words', title)
)
from titles;
select is(pg_temp.hits('концерт и барабан'), '{}', 'all words are looked for');
select is(pg_temp.hits('the барабан'), '{}', 'words that say nothing do not count beside others');

-- A long list
reset role;
insert into public.concerts (artist_id, title, event_date, moderation_status)
select 'a0000000-0000-4000-8000-00000000000b', 'Тысячник', current_date + 10, 'approved' from generate_series(1, 1001);
select pg_temp.become('anon');
select is(
  cardinality(pg_temp.hits('тысячник', page_size := 100000)), 1000, 'a page has a thousand concerts at most'
);

select * from finish();
rollback;
