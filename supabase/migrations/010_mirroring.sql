-- 010: two stores at once.
--
-- For the modes that write to both stores an outbox says which rows changed, until the other store has them; for the
-- way back from the tables the ledger of 008 learns what the key-value store holds. And what tells how far a migration
-- is, and whether both sides add up. Needs 008. For service_role alone. Leaves alone: all rows. Runs as one transaction
-- and can be run again.

-- ---------------------------------------------------------------------------------------------------------------
-- Tables
-- ---------------------------------------------------------------------------------------------------------------

-- The outbox of the dual modes, and until when it is being filled: one row at most.
create table if not exists private.mirror_changes (
  seq bigint generated always as identity primary key,
  entity text collate "C" not null,
  -- Of a row; of deliveries the campaign's and the number of the sheet they are on.
  id text collate "C" not null,
  noted_at timestamptz(3) not null default now(),
  -- How often the other store did not take it, and until when the changes behind it go first.
  failures integer not null default 0,
  due_at timestamptz not null default '-infinity'
);

create index if not exists mirror_changes_row_idx on private.mirror_changes (entity, id);

create table if not exists private.mirroring (
  is_only boolean primary key default true,
  until timestamptz not null,
  constraint mirroring_is_only check (is_only)
);

revoke all on private.mirror_changes, private.mirroring from public, anon, authenticated, service_role;

-- ---------------------------------------------------------------------------------------------------------------
-- The outbox of the dual modes
-- ---------------------------------------------------------------------------------------------------------------

-- Notes whose rows a statement has written, while mirroring is on and nothing is being imported. The argument is the
-- SQL of the id of a row `t`: deliveries that share a document of the other store share a change, too.
create or replace function private.note_changes()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if private.is_importing() or not exists (select from private.mirroring where until > now()) then
    return null;
  end if;
  if tg_op in ('INSERT', 'DELETE') and tg_table_name in ('concerts', 'email_campaigns', 'artist_ticket_providers') then
    -- An artist without a profile follows from these in the other store, as old as the first concert: when one comes or
    -- goes they get a profile there, or something else would follow. First: the profile is there before the rest goes.
    execute format(
      $statement$
        insert into private.mirror_changes (entity, id)
        select 'artists', known.id
        from public.migration_records as known
        where known.entity = 'artists' and known.key is null
          and known.id in (select t.artist_id::text from %I as t)
        order by known.id
      $statement$,
      case tg_op when 'INSERT' then 'new_rows' else 'old_rows' end
    );
  end if;
  execute format(
    'insert into private.mirror_changes (entity, id) select %L, changed.id from (%s) as changed order by changed.id',
    tg_table_name,
    case tg_op
      when 'INSERT' then format('select distinct %s as id from new_rows as t', tg_argv[0])
      when 'DELETE' then format('select distinct %s as id from old_rows as t', tg_argv[0])
      -- Both, because a claimed profile changes its id.
      else format(
        'select %1$s as id from old_rows as t union select %1$s as id from new_rows as t', tg_argv[0]
      )
    end
  );
  return null;
end;
$$;

do $$
declare
  mirrored record;
begin
  for mirrored in
    select
      shape.relation,
      case named.entity
        -- As many as the key-value store has in one document.
        when 'campaign_deliveries' then $piece$t.campaign_id || ' ' || (t.position - 1) / 100$piece$
        else shape.id
      end as id
    from unnest(array[
      'artists', 'concerts', 'coin_transactions', 'artist_ticket_providers', 'ticket_sales', 'ticket_refunds',
      'ticket_events', 'notification_settings', 'notifications', 'push_subscriptions', 'email_campaigns',
      'campaign_deliveries', 'mail_suppressions'
    ]) as named (entity)
    cross join lateral private.shape_of(named.entity) as shape
  loop
    execute format(
      'create or replace trigger mirror_inserted after insert on %s
         referencing new table as new_rows
         for each statement execute function private.note_changes(%L)',
      mirrored.relation, mirrored.id
    );
    execute format(
      'create or replace trigger mirror_updated after update on %s
         referencing old table as old_rows new table as new_rows
         for each statement execute function private.note_changes(%L)',
      mirrored.relation, mirrored.id
    );
    execute format(
      'create or replace trigger mirror_deleted after delete on %s
         referencing old table as old_rows
         for each statement execute function private.note_changes(%L)',
      mirrored.relation, mirrored.id
    );
  end loop;
end;
$$;

create or replace function private.start_mirroring()
returns jsonb
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  mirrored_until timestamptz;
begin
  -- Begun anew once a day: every instance of a function says it, and none is to wait for the others.
  insert into private.mirroring as known (until)
  values (now() + interval '7 days')
  on conflict (is_only) do update set until = excluded.until where known.until < now() + interval '6 days';
  select until into mirrored_until from private.mirroring;
  return jsonb_build_object(
    'until', mirrored_until, 'backlog', (select count(*) from private.mirror_changes)
  );
end;
$$;

-- From now on and for at least six days changes are noted: {"until", "backlog": integer}.
create or replace function public.start_mirroring()
returns jsonb
language sql
set search_path = ''
as $$
  select private.start_mirroring();
$$;

create or replace function private.stop_mirroring()
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  forgotten integer;
begin
  delete from private.mirroring;
  delete from private.mirror_changes;
  get diagnostics forgotten = row_count;
  return jsonb_build_object('forgotten', forgotten);
end;
$$;

-- Changes are noted no longer, and those that were are forgotten: {"forgotten": integer}.
create or replace function public.stop_mirroring()
returns jsonb
language sql
set search_path = ''
as $$
  select private.stop_mirroring();
$$;

-- How many changes wait, counted to 10,001: it is asked for again and again, by anybody.
create or replace function private.mirror_backlog()
returns integer
language sql
stable
security definer
set search_path = ''
as $$
  select count(*)::integer from (select from private.mirror_changes limit 10001) as waiting;
$$;

-- How many changes are not in the other store; 10001: more than 10,000.
create or replace function public.mirror_backlog()
returns integer
language sql
stable
set search_path = ''
as $$
  select private.mirror_backlog();
$$;

create or replace function private.take_changes(page_size integer, is_newest boolean)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  limited constant integer := least(greatest(page_size, 0), 1000);
  taken jsonb;
  taken_entity text;
  present jsonb;
  answer jsonb := jsonb '[]';
begin
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'entity', change.entity, 'id', change.id, 'seq', change.seq, 'first', change.first, 'changes', change.changes,
        'noted_at', to_char(change.noted_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      )
    ),
    '[]'
  )
  into taken
  from (
    select
      found.entity, found.id, max(found.seq) as seq, min(found.seq) as first, count(*) as changes,
      max(found.noted_at) as noted_at
    from (
      (
        select * from private.mirror_changes where not is_newest and due_at <= now() order by seq limit limited
      )
      union all
      (
        select * from private.mirror_changes where is_newest and due_at <= now() order by seq desc limit limited
      )
    ) as found
    group by found.entity, found.id
  ) as change;

  for taken_entity in
    select distinct change.entity from jsonb_to_recordset(taken) as change (entity text) order by change.entity
  loop
    -- Deliveries are read when their sheet is written.
    present := case when taken_entity = 'campaign_deliveries' then jsonb '{}' else private.rows_by_id(
      taken_entity,
      (
        select array_agg(change.id)
        from jsonb_to_recordset(taken) as change (entity text, id text)
        where change.entity = taken_entity
      )
    ) end;
    select answer || jsonb_agg(
      to_jsonb(change) || jsonb_build_object(
        'key', known.key,
        'version', coalesce(known.version, 0),
        'checksum', case
          when change.entity <> 'campaign_deliveries' then coalesce(present #>> array[change.id, 'checksum'], '')
        end,
        'record', case when present ? change.id then jsonb_build_object(
          'id', change.id, 'key', known.key, 'version', coalesce(known.version, 0),
          'row', present #> array[change.id, 'row']
        ) end
      )
    )
    into answer
    from jsonb_to_recordset(taken)
      as change (entity text, id text, seq bigint, first bigint, changes integer, noted_at text)
    left join lateral (
      select record.key, record.version
      from public.migration_records as record
      where change.entity <> 'campaign_deliveries' and record.entity = change.entity and record.id = change.id
      union all
      select record.key, max(record.version)
      from public.migration_records as record
      where change.entity = 'campaign_deliveries' and record.key = 'campaign_delivery:' || replace(change.id, ' ', ':')
      group by record.key
    ) as known on true
    where change.entity = taken_entity;
  end loop;
  return (
    select coalesce(jsonb_agg(change.value - 'first' order by (change.value ->> 'first')::bigint), '[]')
    from jsonb_array_elements(answer) as change
  );
end;
$$;

-- The rows changed longest ago, or with `newest` the latest, of `page_size` changes, each row once and as it is now:
-- [{seq, entity, id, changes, noted_at, key, version, checksum, record: {id, key, version, row}}]. `changes` is for how
-- many it stands, `noted_at` when the last of them was made, `key` and `version` what both stores had last; of a row
-- that is gone `checksum` is empty and `record` null. Of deliveries a sheet is told, with the id of its campaign, a
-- space and its number, and without what is on it. They stay until they are acknowledged.
create or replace function public.take_changes(page_size integer, newest boolean default false)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.take_changes(page_size, newest);
$$;

create or replace function private.acknowledge_changes(changes jsonb)
returns void
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  shape record;
  agreed_entity text;
  agreed jsonb;
begin
  for agreed_entity in
    select distinct told.entity from jsonb_to_recordset(changes) as told (entity text) order by told.entity
  loop
    select * into shape from private.shape_of(agreed_entity);

    -- A row that an import has written since it was taken stays in the outbox: the other store has what was taken.
    if agreed_entity = 'campaign_deliveries' then
      select coalesce(jsonb_agg(to_jsonb(told)), '[]')
      into agreed
      from jsonb_to_recordset(changes) as told (seq bigint, entity text, id text, key text, version bigint)
      where told.entity = agreed_entity;
    else
      execute format(
        $statement$
          select coalesce(jsonb_agg(to_jsonb(wanted)), '[]')
          from jsonb_to_recordset($1)
            as wanted (seq bigint, entity text, id text, key text, version bigint, checksum text)
          left join %1$s as t on %2$s
          where wanted.entity = $2
            and (wanted.checksum is null or wanted.checksum = coalesce(case when %3$s is not null then %4$s end, ''))
        $statement$,
        shape.relation, shape.is_wanted, shape.presence, shape.checksum
      ) into agreed using changes, agreed_entity;
    end if;

    -- The changes of one row are numbered in the order they were made: its writers wait for each other.
    delete from private.mirror_changes as change
    using jsonb_to_recordset(agreed) as told (seq bigint, id text)
    where change.entity = agreed_entity and change.id = told.id and change.seq <= told.seq;

    -- A row that both stores have now is, for the next import, one that nobody has changed.
    if agreed_entity = 'campaign_deliveries' then
      select coalesce(
        jsonb_agg(jsonb_build_object('entity', agreed_entity, 'id', delivery.id, 'key', told.key, 'version', told.version)),
        '[]'
      )
      into agreed
      from jsonb_to_recordset(agreed) as told (id text, key text, version bigint)
      join public.campaign_deliveries as delivery
        on delivery.campaign_id = split_part(told.id, ' ', 1)::uuid
          and (delivery.position - 1) / 100 = split_part(told.id, ' ', 2)::integer
      where not exists (
        select from private.mirror_changes as change where change.entity = agreed_entity and change.id = told.id
      );
    end if;
    execute format(
      $statement$
        insert into public.migration_records as known (entity, id, key, version, checksum, was_created)
        select $2, wanted.id, wanted.key, coalesce(wanted.version, 0), %1$s, false
        from jsonb_to_recordset($1) as wanted (id text, key text, version bigint)
        join %2$s as t on %3$s
        where not exists (
          select from private.mirror_changes as change where change.entity = $2 and change.id = wanted.id
        )
        order by wanted.id
        on conflict (entity, id) do update
          set
            key = coalesce(excluded.key, known.key),
            version = greatest(known.version, excluded.version),
            checksum = excluded.checksum
      $statement$,
      shape.checksum, shape.relation, shape.is_wanted
    ) using agreed, agreed_entity;
  end loop;
end;
$$;

-- These changes, [{seq, entity, id, key, version, checksum}], are in the other store, in the document of `key` and
-- `version`. With the checksum they were taken with, those whose row has another by now stay.
create or replace function public.acknowledge_changes(changes jsonb)
returns void
language sql
set search_path = ''
as $$
  select private.acknowledge_changes(changes);
$$;

create or replace function private.postpone_changes(changes jsonb)
returns void
language sql
security definer
set search_path = ''
as $$
  update private.mirror_changes as change
  set
    failures = change.failures + 1,
    -- A minute, then twice as long each time, an hour at most.
    due_at = now() + least(power(2, least(change.failures, 6)), 60) * interval '1 minute'
  from jsonb_to_recordset(changes) as told (seq bigint, entity text, id text)
  where change.entity = told.entity and change.id = told.id and change.seq <= told.seq;
$$;

-- The other store did not take these changes, [{seq, entity, id}]: they are not told again for a while, so that they
-- do not stop the others.
create or replace function public.postpone_changes(changes jsonb)
returns void
language sql
set search_path = ''
as $$
  select private.postpone_changes(changes);
$$;

create or replace function private.resume_changes()
returns void
language sql
security definer
set search_path = ''
as $$
  update private.mirror_changes set due_at = '-infinity' where due_at > '-infinity';
$$;

-- All changes are told again, those that were postponed, too.
create or replace function public.resume_changes()
returns void
language sql
set search_path = ''
as $$
  select private.resume_changes();
$$;

create or replace function private.delete_unchanged_records(gone_keys text[])
returns jsonb
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  shape record;
  known_entity text;
  changed_keys text[];
begin
  for known_entity in
    select distinct entity from public.migration_records where key = any (gone_keys) order by entity
  loop
    select * into shape from private.shape_of(known_entity);
    execute format(
      $statement$
        select array_agg(locked.key)
        from (
          select wanted.key, wanted.checksum <> %1$s as is_changed
          from public.migration_records as wanted
          join %2$s as t on %3$s
          where wanted.entity = $1 and wanted.key = any ($2)
          for update of t
        ) as locked
        where locked.is_changed
      $statement$,
      shape.checksum, shape.relation, shape.is_wanted
    ) into changed_keys using known_entity, gone_keys;
    gone_keys := array(
      select gone.key from unnest(gone_keys) as gone (key) where gone.key <> all (coalesce(changed_keys, '{}'))
    );
  end loop;
  return private.delete_records(gone_keys);
end;
$$;

-- As delete_records, but for keys of which a row was changed since both stores had it: these stay.
create or replace function public.delete_unchanged_records(keys text[])
returns jsonb
language sql
set search_path = ''
as $$
  select private.delete_unchanged_records(keys);
$$;

create or replace function private.delete_derived_artists(ids text[])
returns jsonb
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  shape record;
  wanted_id text;
  deleted integer := 0;
  deleted_now integer;
begin
  select * into shape from private.shape_of('artists');
  perform private.set_importing(true);
  foreach wanted_id in array ids loop
    begin
      execute format(
        $statement$
          delete from %1$s as t
          using public.migration_records as wanted
          where wanted.entity = 'artists' and wanted.id = $1 and wanted.key is null
            and wanted.checksum = %2$s and %3$s
        $statement$,
        shape.relation, shape.checksum, shape.is_wanted
      ) using wanted_id;
      get diagnostics deleted_now = row_count;
      deleted := deleted + deleted_now;
      if deleted_now > 0 then
        delete from public.migration_records where entity = 'artists' and id = wanted_id;
      end if;
    exception
      -- Rows that refer to an artist are a reason for them to be there; also those that came this very moment.
      when foreign_key_violation then
        null;
    end;
  end loop;
  perform private.set_importing(false);
  return jsonb_build_object('deleted', deleted);
end;
$$;

-- Deletes artists whom an import has made of what other records told, and of whom nothing tells any more: those of
-- these ids whose row came from no key, was not changed since, and is referred to by none: {"deleted": integer}.
create or replace function public.delete_derived_artists(ids text[])
returns jsonb
language sql
set search_path = ''
as $$
  select private.delete_derived_artists(ids);
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The way back
-- ---------------------------------------------------------------------------------------------------------------

create or replace function private.compare_records(entity text, records jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  shape record;
  compared jsonb;
begin
  select * into shape from private.shape_of(entity);
  execute format(
    $statement$
      with wanted as materialized (
        select given.value ->> 'id' as id, %1$s as checksum
        from jsonb_array_elements($1) as given (value)
        cross join lateral jsonb_populate_record(null::%2$s, given.value -> 'row') as t
      )
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'id', wanted.id,
            'version', known.version,
            'given_agrees', wanted.checksum = known.checksum,
            'present_agrees', %3$s is not null and %1$s = known.checksum
          )
        ),
        '[]'
      )
      from wanted
      join public.migration_records as known on known.entity = $2 and known.id = wanted.id
      left join %2$s as t on %4$s
    $statement$,
    shape.checksum, shape.relation, shape.presence, shape.is_wanted
  ) into compared using records, entity;
  return compared;
end;
$$;

-- Of records of one entity as the other store has them, [{id, row}], those that both stores are known to have had: in
-- which version, and whether the other store's, and the row here, still is what both had last, [{id, version,
-- given_agrees, present_agrees}].
create or replace function public.compare_records(entity text, records jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.compare_records(entity, records);
$$;

create or replace function private.settle_records(entity text, records jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  shape record;
  gone jsonb;
begin
  select * into shape from private.shape_of(entity);
  -- One statement, so one look at the rows and at what is listed of them: a change made since is listed, and stays so.
  execute format(
    $statement$
      with wanted as materialized (
        select
          given.value ->> 'id' as id,
          given.value ->> 'key' as key,
          (given.value ->> 'version')::bigint as version,
          %1$s as checksum
        from jsonb_array_elements($1) as given (value)
        cross join lateral jsonb_populate_record(null::%2$s, given.value -> 'row') as t
      ),
      compared as materialized (
        select
          wanted.*,
          %3$s is null as is_gone,
          %1$s = wanted.checksum as is_same,
          -- Somebody has brought a later state over meanwhile.
          coalesce(known.version > wanted.version, false) as is_late
        from wanted
        left join %2$s as t on %4$s
        left join public.migration_records as known on known.entity = $2 and known.id = wanted.id
      ),
      unlisted as (
        delete from private.mirror_changes as change
        using compared
        where change.entity = $2
          and change.id = compared.id
          and compared.is_same and not compared.is_gone and not compared.is_late
      ),
      noted as (
        insert into public.migration_records as known (entity, id, key, version, checksum, was_created)
        select $2, compared.id, compared.key, compared.version, compared.checksum, false
        from compared
        where not compared.is_gone and not compared.is_late
        order by compared.id
        on conflict (entity, id) do update
          set key = excluded.key, version = excluded.version, checksum = excluded.checksum
          where known.version <= excluded.version
      )
      select coalesce(jsonb_agg(compared.id order by compared.id) filter (where compared.is_gone), '[]')
      from compared
    $statement$,
    shape.checksum, shape.relation, shape.presence, shape.is_wanted
  ) into gone using records, entity;
  return jsonb_build_object('gone', gone);
end;
$$;

-- The other store has these records of one entity, [{id, key, version, row}], in the document of `key` and `version`:
-- that is what both had last, and what the outbox lists of rows that are just so is done. {"gone": ids of which there
-- is no row any more}.
create or replace function public.settle_records(entity text, records jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.settle_records(entity, records);
$$;

create or replace function private.forget_records(entity text, ids text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  shape record;
begin
  select * into shape from private.shape_of(entity);
  execute format(
    $statement$
      with gone as materialized (
        select wanted.id
        from unnest($1) as wanted (id)
        where not exists (select from %1$s as t where %2$s)
      ),
      unlisted as (
        delete from private.mirror_changes as change using gone where change.entity = $2 and change.id = gone.id
      ),
      forgotten as (
        delete from public.migration_records as known
        using gone
        where known.entity = $2 and known.id = gone.id
        returning known.key
      )
      delete from public.migration_keys as known using forgotten where known.key = forgotten.key
    $statement$,
    shape.relation, shape.is_wanted
  ) using ids, entity;
end;
$$;

-- Neither store has these rows of an entity any more. Those that are here all the same stay as they are.
create or replace function public.forget_records(entity text, ids text[])
returns void
language sql
set search_path = ''
as $$
  select private.forget_records(entity, ids);
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- What has been done, and whether it adds up
-- ---------------------------------------------------------------------------------------------------------------

create or replace function private.migration_status()
returns jsonb
language sql
stable
security definer
set search_path = ''
set timezone = 'UTC'
as $$
  select jsonb_build_object(
    'runs', coalesce(
      (
        select jsonb_agg(to_jsonb(run) order by run.started_at desc, run.id)
        from (select * from public.migration_runs order by started_at desc, id limit 100) as run
      ),
      '[]'
    ),
    'records', coalesce(
      (
        select jsonb_object_agg(
          counted.entity, jsonb_build_object('known', counted.known, 'created', counted.created)
        )
        from (
          select entity, count(*) as known, count(*) filter (where was_created) as created
          from public.migration_records
          group by entity
        ) as counted
      ),
      '{}'
    ),
    'keys', coalesce(
      (
        select jsonb_object_agg(counted.outcome, counted.reasons)
        from (
          select by_reason.outcome, jsonb_object_agg(by_reason.reason, by_reason.keys) as reasons
          from (
            select outcome, coalesce(reason, '') as reason, count(*) as keys
            from public.migration_keys
            group by outcome, coalesce(reason, '')
          ) as by_reason
          group by by_reason.outcome
        ) as counted
      ),
      '{}'
    ),
    'repairs', coalesce(
      (
        select jsonb_object_agg(counted.repair, counted.keys)
        from (
          select made.repair, count(*) as keys
          from public.migration_keys
          cross join lateral unnest(repairs) as made (repair)
          group by made.repair
        ) as counted
      ),
      '{}'
    ),
    'rejects', (select count(*) from public.migration_rejects),
    'mirror', jsonb_build_object(
      'until', (select until from private.mirroring where until > now()),
      'backlog', (select count(*) from private.mirror_changes)
    )
  );
$$;

-- {"runs": newest first, "records": {entity: {known, created}}, "keys": {outcome: {reason: integer}}, "repairs":
-- {repair: integer}, "rejects": integer, "mirror": {"until", "backlog"}}.
create or replace function public.migration_status()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.migration_status();
$$;

create or replace function private.migration_totals()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  entity_relation record;
  reference record;
  counted bigint;
  counts jsonb := jsonb '{}';
  orphans jsonb := jsonb '[]';
begin
  for entity_relation in
    select named.entity, shape.relation
    from unnest(array[
      'artists', 'concerts', 'coin_transactions', 'artist_ticket_providers', 'ticket_sales', 'ticket_refunds',
      'ticket_events', 'notification_settings', 'notifications', 'push_subscriptions', 'email_campaigns',
      'campaign_deliveries', 'mail_suppressions'
    ]) as named (entity)
    cross join lateral private.shape_of(named.entity) as shape
  loop
    execute format('select count(*) from %s', entity_relation.relation) into counted;
    counts := counts || jsonb_build_object(entity_relation.entity, counted);

    for reference in
      select
        child_column.attname as child_column,
        found.confrelid::regclass::text as parent,
        (select relname from pg_catalog.pg_class where oid = found.confrelid) as parent_name,
        parent_column.attname as parent_column
      from pg_catalog.pg_constraint as found
      join pg_catalog.pg_attribute as child_column
        on child_column.attrelid = found.conrelid and child_column.attnum = found.conkey[1]
      join pg_catalog.pg_attribute as parent_column
        on parent_column.attrelid = found.confrelid and parent_column.attnum = found.confkey[1]
      where found.contype = 'f' and found.conrelid = entity_relation.relation::regclass
      order by found.conname
    loop
      execute format(
        'select count(*) from %1$s as child where child.%2$I is not null
           and not exists (select from %3$s as parent where parent.%4$I = child.%2$I)',
        entity_relation.relation, reference.child_column, reference.parent, reference.parent_column
      ) into counted;
      orphans := orphans || jsonb_build_object(
        'table', entity_relation.entity,
        'column', reference.child_column,
        'references', reference.parent_name,
        'orphans', counted
      );
    end loop;
  end loop;

  return jsonb_build_object(
    'counts', counts,
    'money', (
      select jsonb_build_object(
        'total_amount', round(coalesce(sum(total_amount), 0), 2)::text,
        'commission_amount', round(coalesce(sum(commission_amount), 0), 2)::text,
        'net_amount', round(coalesce(sum(net_amount), 0), 2)::text,
        'refund_amount', round(coalesce(sum(refund_amount), 0), 2)::text,
        'refunds_ledger', (select round(coalesce(sum(amount), 0), 2)::text from public.ticket_refunds)
      )
      from public.ticket_sales
    ),
    'coins', jsonb_build_object(
      'balances', (select coalesce(sum(coins_balance), 0) from public.artists),
      'ledger', (select coalesce(sum(amount), 0) from public.coin_transactions),
      'different', coalesce(
        (
          select jsonb_agg(to_jsonb(different) order by different.artist_id)
          from (
            select artist.id as artist_id, artist.coins_balance as balance, coalesce(movements.total, 0) as ledger
            from public.artists as artist
            left join (
              select artist_id, sum(amount) as total from public.coin_transactions group by artist_id
            ) as movements on movements.artist_id = artist.id
            where artist.coins_balance <> coalesce(movements.total, 0)
            order by artist.id
            limit 100
          ) as different
        ),
        '[]'
      )
    ),
    'orphans', orphans
  );
end;
$$;

-- What must be the same before and after: {"counts": {entity: integer}, "money": sums as text, to the kopeck, "coins":
-- {"balances", "ledger", "different": artists whose balance is not the sum of their movements, 100 at most}, "orphans":
-- [{table, column, references, orphans}]}.
create or replace function public.migration_totals()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.migration_totals();
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Grants
-- ---------------------------------------------------------------------------------------------------------------

revoke all on function
  private.compare_records(text, jsonb),
  private.settle_records(text, jsonb),
  private.forget_records(text, text[]),
  private.migration_status(),
  private.migration_totals(),
  private.note_changes(),
  private.start_mirroring(),
  private.stop_mirroring(),
  private.mirror_backlog(),
  private.take_changes(integer, boolean),
  private.acknowledge_changes(jsonb),
  private.postpone_changes(jsonb),
  private.resume_changes(),
  private.delete_unchanged_records(text[]),
  private.delete_derived_artists(text[]),
  public.compare_records(text, jsonb),
  public.settle_records(text, jsonb),
  public.forget_records(text, text[]),
  public.migration_status(),
  public.migration_totals(),
  public.start_mirroring(),
  public.stop_mirroring(),
  public.mirror_backlog(),
  public.take_changes(integer, boolean),
  public.acknowledge_changes(jsonb),
  public.postpone_changes(jsonb),
  public.resume_changes(),
  public.delete_unchanged_records(text[]),
  public.delete_derived_artists(text[])
from public, anon, authenticated, service_role;

grant execute on function
  private.compare_records(text, jsonb),
  private.settle_records(text, jsonb),
  private.forget_records(text, text[]),
  private.migration_status(),
  private.migration_totals(),
  private.start_mirroring(),
  private.stop_mirroring(),
  private.mirror_backlog(),
  private.take_changes(integer, boolean),
  private.acknowledge_changes(jsonb),
  private.postpone_changes(jsonb),
  private.resume_changes(),
  private.delete_unchanged_records(text[]),
  private.delete_derived_artists(text[]),
  public.compare_records(text, jsonb),
  public.settle_records(text, jsonb),
  public.forget_records(text, text[]),
  public.migration_status(),
  public.migration_totals(),
  public.start_mirroring(),
  public.stop_mirroring(),
  public.mirror_backlog(),
  public.take_changes(integer, boolean),
  public.acknowledge_changes(jsonb),
  public.postpone_changes(jsonb),
  public.resume_changes(),
  public.delete_unchanged_records(text[]),
  public.delete_derived_artists(text[])
to service_role;
