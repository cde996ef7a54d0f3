begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(55);

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

-- Alisa and Boris have accounts and profiles; Vera has an account only; the others are migrated and unclaimed. Galina has
-- an account and a migrated profile, in which an address stands that she gave up and that is another's now.
insert into auth.users (id, email, email_confirmed_at) values
  ('a0000000-0000-4000-8000-00000000000a', 'alisa@example.com', now()),
  ('a0000000-0000-4000-8000-00000000000b', 'boris@example.com', now()),
  ('a0000000-0000-4000-8000-00000000000c', 'Vera@Example.com', now()),
  ('a0000000-0000-4000-8000-00000000000d', 'unverified@example.com', null),
  ('a0000000-0000-4000-8000-00000000000e', 'twice@example.com', now()),
  ('a0000000-0000-4000-8000-0000000000f6', 'changed@example.com', now()),
  ('a0000000-0000-4000-8000-0000000000f7', 'given-up@example.com', now());
insert into public.artists (id, legacy_id, username, full_name, phone, email, is_verified, claimed_at) values
  ('a0000000-0000-4000-8000-00000000000a', null, 'tap_alisa', 'Алиса', '+7 900 000-00-00', 'alisa@example.com', true, now()),
  ('a0000000-0000-4000-8000-00000000000b', null, 'tap_boris', 'Борис', null, 'boris@example.com', false, now()),
  ('a0000000-0000-4000-8000-000000000101', 'tap-demo-user', null, 'Вера до переезда', null, 'vera@example.COM', true, null),
  ('a0000000-0000-4000-8000-000000000102', null, null, 'Без подтверждения', null, 'unverified@example.com', false, null),
  ('a0000000-0000-4000-8000-000000000103', 'tap-twice-1', null, 'Двойник', null, 'twice@example.com', false, null),
  ('a0000000-0000-4000-8000-000000000104', 'tap-twice-2', null, 'Двойник', null, 'twice@example.com', false, null),
  ('a0000000-0000-4000-8000-000000000105', 'tap-boris-old', null, 'Старый Борис', null, 'boris@example.com', false, null),
  ('a0000000-0000-4000-8000-0000000000f6', null, null, 'Галина', null, 'given-up@example.com', false, null);
insert into public.concerts (id, artist_id, title) values
  ('c0000000-0000-4000-8000-000000000101', 'a0000000-0000-4000-8000-000000000101', 'Концерт до переезда');
insert into public.coin_transactions (artist_id, concert_id, amount, type) values
  ('a0000000-0000-4000-8000-000000000101', 'c0000000-0000-4000-8000-000000000101', 500, 'reward'),
  ('a0000000-0000-4000-8000-00000000000a', null, 50, 'reward');
insert into public.ticket_sales (id, concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status) values
  ('50000000-0000-4000-8000-000000000101', 'c0000000-0000-4000-8000-000000000101',
    'a0000000-0000-4000-8000-000000000101', 1, 100, 100, 100, 'confirmed');
insert into public.email_campaigns (id, artist_id, subject) values
  ('ca000000-0000-4000-8000-000000000101', 'a0000000-0000-4000-8000-000000000101', 'Анонс');
insert into public.artist_ticket_providers (artist_id, provider_id) values
  ('a0000000-0000-4000-8000-000000000101', 'kassir');
insert into public.notifications (user_id, notification_type, title) values
  ('a0000000-0000-4000-8000-000000000101', 'system', 'До переезда');
insert into public.notification_settings (user_id, email_enabled) values
  ('a0000000-0000-4000-8000-000000000101', false);

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a', '{"email":"alisa@example.com"}');
select is(
  (select row(email, phone, coins_balance)::text from public.artists where id = 'a0000000-0000-4000-8000-00000000000a'),
  '(alisa@example.com,"+7 900 000-00-00",50)',
  'the owner sees the e-mail, phone and coins of their profile'
);
select set_eq(
  $$select id from public.artists$$,
  $$values ('a0000000-0000-4000-8000-00000000000a'::uuid)$$,
  'the owner sees no other profile on the table'
);
select throws_ok(
  $$update public.artists set is_verified = true where id = auth.uid()$$,
  '42501', null, 'an artist cannot verify themselves'
);
select throws_ok(
  $$update public.artists set coins_balance = 1000000 where id = auth.uid()$$,
  '42501', null, 'an artist cannot give themselves coins'
);
select throws_ok(
  $$update public.artists set subscribers_count = 1000000 where id = auth.uid()$$,
  '42501', null, 'an artist cannot give themselves subscribers'
);
select throws_ok(
  $$update public.artists set email = 'boris@example.com' where id = auth.uid()$$,
  '42501', null, 'an artist cannot take an e-mail address that is not theirs'
);
select throws_ok(
  $$update public.artists set id = gen_random_uuid() where id = auth.uid()$$,
  '42501', null, 'an artist cannot give their profile another id'
);
select is(
  public.save_artist_profile('{"city":"Казань","bio":null,"username":"Tap.Alisa"}') ->> 'city',
  'Казань', 'an artist changes what they name'
);
select is(
  public.save_artist_profile('{"bio":"Поём"}') ->> 'username',
  'Tap.Alisa', 'what an artist does not name stays'
);
select is(
  public.save_artist_profile('{"phone":null}') -> 'phone',
  'null'::jsonb, 'null clears a field'
);
select throws_ok(
  $$select public.save_artist_profile('{"username":"TAP_BORIS"}')$$,
  'PT409', 'conflict', 'a username is taken without regard to case'
);
select throws_ok(
  $$select public.save_artist_profile('{"is_verified":true}')$$,
  'PT400', 'validation_failed', 'the profile function writes editable fields only'
);
select throws_ok(
  $$select public.save_artist_profile('{"username":"a b"}')$$,
  '23514', null, 'a username with a space is refused'
);
update public.artists set city = 'Уфа' where id = 'a0000000-0000-4000-8000-00000000000b';
select throws_ok(
  format('update public.artists set %I = %L where id = auth.uid()', field, value), '23514', null,
  format('past the API an artist writes no %s', label)
)
from (values
  ('full_name', E'Имя\x07', 'control character into a name'),
  ('full_name', E' \u00a0', 'blank name'),
  ('city', E'Уфа\nКазань', 'line break into a city'),
  ('bio', E'О себе\x01', 'control character into a bio'),
  ('avatar_url', 'https:javascript', 'link without a host'),
  ('avatar_url', E'https://example.com/\r\nx', 'line break into a link'),
  ('avatar_url', 'https://example.com/a b', 'space into a link'),
  ('avatar_url', 'javascript:alert(1)', 'link that is a script')
) as attempt (field, value, label);
select lives_ok(
  $$update public.artists
    set full_name = 'О''Нил «Ё» 🎸', bio = E'Строка\r\n\tещё одна', avatar_url = 'HTTPS://пример.рф/путь?q=1#x'
    where id = auth.uid()$$,
  'and does write what the API lets them write'
);
select throws_ok(
  $$insert into public.artists (id, full_name) values ('a0000000-0000-4000-8000-0000000000ff', 'Чужой')$$,
  '42501', null, 'an artist cannot create a profile for somebody else'
);
select throws_ok($$delete from public.artists$$, '42501', null, 'nobody deletes profiles through the Data API');

-- New artist
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f1', '{"email":"new@example.com"}');
select is(
  public.save_artist_profile('{"full_name":"Новый"}') ->> 'email',
  'new@example.com', 'the first change creates the profile with the e-mail of the token'
);
select isnt(
  (select to_jsonb(a) from (select id from public.artists where full_name = 'Новый') as a),
  null, 'the new artist sees the profile created'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f2', '{"email":"first@example.com"}');
insert into public.artists (id, full_name) values ('a0000000-0000-4000-8000-0000000000f2', 'Сам');
select is(
  (select email from public.artists where id = 'a0000000-0000-4000-8000-0000000000f2'),
  'first@example.com', 'a profile inserted on the table has the e-mail of the token, too'
);

-- Claiming
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000d', '{"email":"unverified@example.com"}');
select throws_ok(
  $$select public.claim_artist_profile()$$, 'PT404', 'not_found', 'an unverified e-mail claims nothing'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f3', '{"email":"vera@example.com"}');
select throws_ok(
  $$select public.claim_artist_profile()$$,
  'PT404', 'not_found', 'the e-mail that a token merely says claims nothing: the account decides'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000e', '{"email":"twice@example.com"}');
select throws_ok(
  $$select public.claim_artist_profile()$$, 'PT409', 'conflict', 'two profiles with the e-mail are claimed by nobody'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000b', '{"email":"boris@example.com"}');
select throws_ok(
  $$select public.claim_artist_profile()$$, 'PT409', 'conflict', 'an artist with a profile of their own claims no other'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f7', '{"email":"given-up@example.com"}');
select throws_ok(
  $$select public.claim_artist_profile()$$,
  'PT404', 'not_found', 'the profile of an account is nobody else''s to claim, whoever has its e-mail now'
);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000c', '{"email":"vera@example.com"}');
select is(
  (select row(claimed ->> 'id', claimed ->> 'legacy_id', claimed ->> 'coins_balance')::text
    from public.claim_artist_profile() as claimed),
  '(a0000000-0000-4000-8000-00000000000c,tap-demo-user,500)',
  'a verified e-mail claims its migrated profile, with its coins; its old id still finds it'
);
select is(
  public.claim_artist_profile() ->> 'id',
  'a0000000-0000-4000-8000-00000000000c', 'claiming again answers the same'
);
select is(
  (select count(*)::integer from public.concerts), 1, 'the concerts follow to the new id'
);
select is((select count(*)::integer from public.ticket_sales), 1, 'the sales follow to the new id');
select is((select count(*)::integer from public.coin_transactions), 1, 'the coin movements follow to the new id');
select is((select count(*)::integer from public.email_campaigns), 1, 'the campaigns follow to the new id');
select is((select count(*)::integer from public.artist_ticket_providers), 1, 'the connections follow to the new id');
select is((select count(*)::integer from public.notifications), 1, 'the notifications follow to the new id');
select is(
  (select email_enabled from public.notification_settings), false, 'the notification settings follow to the new id'
);

-- Visitor
select pg_temp.become('anon');
select lives_ok(
  $$select id, legacy_id, username, full_name, avatar_url, bio, city, is_verified, subscribers_count, total_plays,
      total_tracks from public.artists$$,
  'a visitor reads public columns'
);
select throws_ok(
  $$select email from public.artists where is_verified$$,
  '42501', null, 'a visitor cannot read the e-mail even of a verified artist'
);
select throws_ok(
  $$select phone from public.artists where is_verified$$,
  '42501', null, 'a visitor cannot read the phone even of a verified artist'
);
select throws_ok(
  $$select coins_balance from public.artists$$, '42501', null, 'a visitor cannot read coins'
);
select throws_ok(
  $$select id from public.artists where email = 'alisa@example.com'$$,
  '42501', null, 'a visitor cannot find an artist by e-mail'
);
select throws_ok($$select legacy from public.artists$$, '42501', null, 'a visitor cannot read old records');
select throws_ok(
  $$update public.artists set full_name = 'Взлом'$$, '42501', null, 'a visitor changes nothing'
);
select throws_ok(
  $$select public.save_artist_profile('{"full_name":"Взлом"}')$$, '42501', null, 'a visitor has no profile to save'
);
select throws_ok($$select public.claim_artist_profile()$$, '42501', null, 'a visitor claims nothing');

-- Moderator
select pg_temp.become(
  'authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"moderator"}}'
);
select is_empty(
  $$select id from public.artists$$, 'a moderator sees no profile on the table: moderation needs none'
);

-- Service
select pg_temp.become('service_role');
select is(
  (select city from public.artists where id = 'a0000000-0000-4000-8000-00000000000b'),
  null, 'an attempt on another artist''s profile has changed nothing'
);
select throws_ok(
  $$update public.artists set coins_balance = 7 where id = 'a0000000-0000-4000-8000-00000000000a'$$,
  '42501', null, 'not even a service writes a balance: coins move by the ledger'
);
select lives_ok(
  $$update public.artists set is_verified = false, total_plays = 10 where username = 'Tap.Alisa'$$,
  'a service writes verification and counters'
);
select throws_ok(
  $$insert into public.artists (id, username) values (gen_random_uuid(), 'tap.ALISA')$$,
  '23505', null, 'usernames are unique for a service as well'
);

select * from finish();
rollback;
