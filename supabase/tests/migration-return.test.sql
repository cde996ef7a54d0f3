begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(17);

-- A concert as the other store has it.
create function pg_temp.told(id uuid, title text, version integer default 1)
returns jsonb
language sql
as $$
  select jsonb_build_array(jsonb_build_object(
    'id', id, 'key', 'concert:' || id, 'version', version,
    'row', (
      coalesce(
        (select record.value -> 'row' from jsonb_array_elements(public.export_records('concerts', null, 100)) as record (value)
         where record.value ->> 'id' = told.id::text),
        jsonb_build_object('id', id)
      ) || jsonb_build_object('title', title)
    )
  ))
  from (select id) as told
$$;

create function pg_temp.comparison(id uuid, title text)
returns text
language sql
as $$
  select string_agg(format('%s %s', compared.value ->> 'given_agrees', compared.value ->> 'present_agrees'), ', ')
  from jsonb_array_elements(public.compare_records('concerts', pg_temp.told(id, title))) as compared (value)
$$;

create function pg_temp.ledger(wanted uuid)
returns text
language sql
as $$
  select format('%s %s', known.key, known.version) from public.migration_records as known where known.id = wanted::text
$$;

create function pg_temp.backlog()
returns integer
language sql
as $$
  select (public.migration_status() #>> '{mirror,backlog}')::integer
$$;

insert into public.artists (id, city) values ('a0000000-0000-4000-8000-00000000000a', 'Омск');
insert into public.concerts (id, artist_id, title, updated_at) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Первый', '2026-01-01'),
  ('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', 'Второй', '2026-01-01');

-- What both stores have
select is(pg_temp.comparison('c0000000-0000-4000-8000-000000000001', 'Первый'), null, 'of what nobody has told nothing is known');
select is(
  public.settle_records('concerts', pg_temp.told('c0000000-0000-4000-8000-000000000001', 'Первый', 3)), '{"gone": []}',
  'a record is told of'
);
select is(
  pg_temp.ledger('c0000000-0000-4000-8000-000000000001'), 'concert:c0000000-0000-4000-8000-000000000001 3',
  'and known with its key and version'
);
select is((select was_created from public.migration_records), false, 'it is nothing an import has created');
select is(pg_temp.comparison('c0000000-0000-4000-8000-000000000001', 'Первый'), 'true true', 'nobody has changed it');
select is(pg_temp.comparison('c0000000-0000-4000-8000-000000000001', 'Иначе'), 'false true', 'the other store has');
select is(
  public.settle_records('concerts', pg_temp.told('c0000000-0000-4000-8000-000000000001', 'Раньше', 2)), '{"gone": []}',
  'what is told too late'
);
select is(
  pg_temp.comparison('c0000000-0000-4000-8000-000000000001', 'Первый'), 'true true', 'changes nothing of what is known'
);

-- What was listed
create temp table before as
  select jsonb_set(pg_temp.told('c0000000-0000-4000-8000-000000000001', 'Первый'), '{0,version}', '4') as records;
select public.start_mirroring();
update public.concerts set title = 'Новее' where id = 'c0000000-0000-4000-8000-000000000001';
select is(
  (select public.compare_records('concerts', records) #>> '{0,present_agrees}' from before), 'false', 'the table has'
);
select public.settle_records('concerts', records) from before;
select is(pg_temp.backlog(), 1, 'what the other store has not is listed as before');
select public.settle_records('concerts', pg_temp.told('c0000000-0000-4000-8000-000000000001', 'Новее', 5));
select is(pg_temp.backlog(), 0, 'what it has is done');

-- What is gone
delete from public.concerts where id = 'c0000000-0000-4000-8000-000000000001';
select is(
  public.settle_records('concerts', pg_temp.told('c0000000-0000-4000-8000-000000000001', 'Новее', 6)),
  '{"gone": ["c0000000-0000-4000-8000-000000000001"]}', 'a row that is gone is named'
);
select is(
  (select public.compare_records('concerts', records) #>> '{0,present_agrees}' from before), 'false',
  'it is not what it was'
);
select public.settle_records('concerts', pg_temp.told('c0000000-0000-4000-8000-000000000002', 'Второй'));
select public.forget_records(
  'concerts', '{c0000000-0000-4000-8000-000000000001,c0000000-0000-4000-8000-000000000002}'
);
select is(pg_temp.ledger('c0000000-0000-4000-8000-000000000001'), null, 'what neither store has is forgotten');
select is(pg_temp.backlog(), 0, 'its deletion, too');
select is(
  pg_temp.ledger('c0000000-0000-4000-8000-000000000002'), 'concert:c0000000-0000-4000-8000-000000000002 1',
  'what is here is not'
);
select throws_ok(
  $$select public.settle_records('idempotency_keys', '[]')$$, 'PT400', 'validation_failed', 'other tables have no way back'
);

select * from finish();
rollback;
