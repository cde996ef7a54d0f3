begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(76);

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

-- Whoever is not the backend, and every call of theirs.
create temp table personas (name text, role_name text, user_id uuid, claims jsonb);
insert into personas values
  ('a visitor', 'anon', null, '{}'),
  ('an artist', 'authenticated', 'a0000000-0000-4000-8000-00000000000a', '{}'),
  ('a moderator', 'authenticated', 'a0000000-0000-4000-8000-00000000000b', '{"app_metadata": {"role": "moderator"}}');
create temp table calls (name text, statement text);
insert into calls values
  ('begin_import', $$select public.begin_import('s', 'f', '{}')$$),
  ('import_records', $$select public.import_records('artists', '[]', null, null, '[]', false)$$),
  ('finish_import', $$select public.finish_import(gen_random_uuid(), '{}')$$),
  ('delete_records', $$select public.delete_records('{profile:1}')$$),
  ('export_records', $$select public.export_records('artists', null, 1)$$),
  ('compare_records', $$select public.compare_records('artists', '[]')$$),
  ('settle_records', $$select public.settle_records('artists', '[]')$$),
  ('forget_records', $$select public.forget_records('artists', '{}')$$),
  ('rollback_records', $$select public.rollback_records('artists', null, 1, true, false)$$),
  ('finish_rollback', $$select public.finish_rollback()$$),
  ('migration_status', $$select public.migration_status()$$),
  ('migration_totals', $$select public.migration_totals()$$),
  ('start_mirroring', $$select public.start_mirroring()$$),
  ('stop_mirroring', $$select public.stop_mirroring()$$),
  ('take_changes', $$select public.take_changes(1)$$),
  ('acknowledge_changes', $$select public.acknowledge_changes('[]')$$),
  ('mirror_backlog', $$select public.mirror_backlog()$$),
  ('postpone_changes', $$select public.postpone_changes('[]')$$),
  ('resume_changes', $$select public.resume_changes()$$),
  ('delete_unchanged_records', $$select public.delete_unchanged_records('{profile:1}')$$),
  ('delete_derived_artists', $$select public.delete_derived_artists('{}')$$);
grant select on personas, calls to public;
insert into public.artists (id, city) values ('a0000000-0000-4000-8000-00000000000a', 'Омск');

-- Each call as each persona, who then steps back: the next row becomes another one.
create function pg_temp.refusal_of(persona personas, statement text)
returns text
language plpgsql
as $$
begin
  perform pg_temp.become(persona.role_name, persona.user_id, persona.claims);
  execute statement;
  reset role;
  return null;
exception
  when others then
    return sqlstate;
end;
$$;
select is(
  pg_temp.refusal_of(persona, calls.statement), '42501', format('%s may not call %s', persona.name, calls.name)
)
from personas as persona cross join calls order by persona.name, calls.name;

select is_empty(
  $$select persona.name, relation
    from personas as persona
    cross join unnest(array['migration_runs', 'migration_records', 'migration_keys', 'migration_rejects']) as relation
    where pg_temp.refusal_of(persona, format('select 1 from public.%I', relation)) is distinct from '42501'$$,
  'none of them reads what migrations know'
);
select is_empty(
  $$select persona.name, relation
    from personas as persona
    cross join unnest(array['mirror_changes', 'mirroring']) as relation
    where pg_temp.refusal_of(persona, format('select 1 from private.%I', relation)) is distinct from '42501'$$,
  'nor the outbox'
);
select is_empty(
  $$select function.oid::regprocedure
    from pg_proc as function
    where function.pronamespace = 'private'::regnamespace
      and function.proname in (select name from calls)
      and (has_function_privilege('anon', function.oid, 'execute')
        or has_function_privilege('authenticated', function.oid, 'execute'))$$,
  'nor calls what is behind the functions'
);

-- The silence of triggers is for imports alone
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
update public.artists set city = 'Казань' where id = 'a0000000-0000-4000-8000-00000000000a';
reset role;
select is(
  (select claimed_at is not null from public.artists where id = 'a0000000-0000-4000-8000-00000000000a'), true,
  'an artist''s own edit claims their profile as before'
);

-- The backend
select pg_temp.become('service_role');
select lives_ok(statement, 'the backend calls ' || name)
from calls
where name in ('begin_import', 'import_records', 'export_records', 'migration_status', 'take_changes')
order by name;
select lives_ok($$select * from public.migration_rejects$$, 'the backend reads rejects');
select throws_ok(
  $$insert into public.migration_rejects (key, value, reason) values ('k', 'v', 'r')$$, '42501', null,
  'and writes them by the functions only'
);
select throws_ok(
  $$delete from public.migration_records$$, '42501', null, 'nor does it forget past them'
);
select throws_ok($$select private.shape_of('artists')$$, '42501', null, 'what the functions are made of is for nobody');

select * from finish();
rollback;
