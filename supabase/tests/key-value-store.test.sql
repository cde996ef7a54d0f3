begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(8);

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

insert into public.kv_store_84730125 (key, value) values ('tap:1', '{"secret":true}');

select pg_temp.become('anon');
select throws_ok($$select from public.kv_store_84730125$$, '42501', null, 'a visitor does not read the store');
select throws_ok(
  $$insert into public.kv_store_84730125 values ('tap:2', '{}')$$, '42501', null, 'a visitor does not write the store'
);

select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select throws_ok($$select from public.kv_store_84730125$$, '42501', null, 'an artist does not read the store');
select throws_ok($$delete from public.kv_store_84730125$$, '42501', null, 'an artist does not write the store');

select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-0000000000f9', '{"app_metadata":{"role":"admin"}}');
select throws_ok($$select from public.kv_store_84730125$$, '42501', null, 'a moderator does not read the store');

select pg_temp.become('service_role');
select is((select value from public.kv_store_84730125 where key = 'tap:1'), '{"secret":true}', 'the backend reads');
select lives_ok(
  $$insert into public.kv_store_84730125 values ('tap:1', '{}') on conflict (key) do update set value = excluded.value$$,
  'the backend writes'
);
select lives_ok($$delete from public.kv_store_84730125 where key = 'tap:1'$$, 'the backend deletes');

select * from finish();
rollback;
