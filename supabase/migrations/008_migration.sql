-- 008: moving the key-value store's records into the tables.
--
-- What `npm run migrate -- import` and the dual storage modes call: records come in batches, each one transaction with
-- its checkpoint. A ledger, migration_records, knows of every row where it came from and what it was before, so that an
-- import can be repeated, go on where it stopped, leave alone what is newer, and be taken back exactly (009).
--
-- While records are imported (private.set_importing) the triggers that would alter or announce them are silent;
-- constraints hold. All of it is for service_role alone. Leaves alone: all rows. Runs as one transaction and can be run
-- again.

-- ---------------------------------------------------------------------------------------------------------------
-- Tables. Ids and keys are compared by code points: the importer walks through them in the same order.
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists public.migration_runs (
  id uuid primary key default gen_random_uuid(),
  source text not null,
  -- Of what was read; another one begins another run.
  fingerprint text not null,
  options jsonb not null default '{}',
  state text not null default 'running',
  -- How far it is; the importer's own words.
  checkpoint jsonb,
  counts jsonb,
  started_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  constraint migration_runs_state_known check (state in ('running', 'finished'))
);

-- The rows imports have written, or found to be there already.
create table if not exists public.migration_records (
  entity text collate "C" not null,
  -- The row's primary key, its columns joined by a space.
  id text collate "C" not null,
  -- Null: made by a rule of the import.
  key text collate "C",
  -- Counts the writes at the source.
  version bigint not null,
  -- Of the row as both stores last had it: a row with another one has been changed since.
  checksum text not null,
  was_created boolean not null,
  -- The row as the first import that changed it found it.
  previous jsonb,
  run_id uuid,
  primary key (entity, id)
);

create index if not exists migration_records_key_idx on public.migration_records (key);

-- Every key of the source, and what became of it.
create table if not exists public.migration_keys (
  key text collate "C" primary key,
  outcome text not null,
  -- Of what was left out or rejected.
  reason text,
  merged_into text,
  repairs text[] not null default '{}',
  constraint migration_keys_outcome_known check (outcome in ('migrated', 'merged', 'left_out', 'rejected'))
);

create index if not exists migration_keys_merged_into_idx
  on public.migration_keys (merged_into) where merged_into is not null;

-- What could not be migrated, whole. Text: old values may hold what jsonb cannot.
create table if not exists public.migration_rejects (
  key text collate "C" primary key,
  value text not null,
  reason text not null,
  first_seen timestamptz(3) not null default now()
);

do $$
declare
  fresh regclass;
begin
  foreach fresh in array array[
    'public.migration_runs', 'public.migration_records', 'public.migration_keys', 'public.migration_rejects'
  ]::regclass[] loop
    execute format('alter table %s enable row level security', fresh);
    execute format('revoke all on %s from public, anon, authenticated, service_role', fresh);
    -- Written by the functions below alone.
    execute format('grant select on %s to service_role', fresh);
    execute format('drop policy if exists "Only the backend sees migrations" on %s', fresh);
    execute format(
      'create policy "Only the backend sees migrations" on %s for select to service_role using (true)', fresh
    );
  end loop;
end;
$$;

-- An id of several columns can be taken apart because only the last of them may hold spaces.
alter table private.ticket_events
  drop constraint if exists ticket_events_provider_id_form,
  add constraint ticket_events_provider_id_form check (provider_id ~ '^[a-z0-9-]{2,40}$');

-- ---------------------------------------------------------------------------------------------------------------
-- What the functions below build their statements of
-- ---------------------------------------------------------------------------------------------------------------

-- Pieces of SQL about an entity's table, of which a row is called `t`. Refuses: validation_failed naming `entity`.
create or replace function private.shape_of(
  entity text,
  out relation text,
  -- Every column but generated ones: `id, title`, `t.id, t.title`, and from a record `title = record.title`.
  out columns text,
  out row_columns text,
  out assignments text,
  -- The same, instants as JavaScript writes them: what is exported.
  out canonical_columns text,
  -- The primary key: `artist_id, provider_id`; equal to a `record`'s; equal to the one that `wanted.id` names.
  out keys text,
  out is_record text,
  out is_wanted text,
  -- Equal to that of a row in the jsonb `given.value`.
  out is_given text,
  -- The id as text, and what ids are ordered by: the same order as that of the texts.
  out id text,
  out id_order text,
  -- The columns of `id_order` are greater than those of the text `$1`.
  out is_after text,
  -- The first column of the primary key, null where a join has found no row.
  out presence text,
  -- Which column says how old the row's content is.
  out clock text,
  -- Of the row's content; the same for the same content under one setting of the time zone.
  out checksum text
)
language plpgsql
stable
set search_path = ''
as $$
declare
  found_relation constant regclass := case
    when entity in (
      'artists', 'concerts', 'coin_transactions', 'artist_ticket_providers', 'ticket_sales', 'ticket_refunds',
      'notification_settings', 'notifications', 'push_subscriptions', 'email_campaigns', 'campaign_deliveries',
      'mail_suppressions'
    ) then format('public.%I', entity)::regclass
    when entity = 'ticket_events' then 'private.ticket_events'::regclass
  end;
begin
  if found_relation is null then
    perform private.refuse('validation_failed', array['entity']);
  end if;
  relation := found_relation::text;

  select
    string_agg(quote_ident(attname), ', ' order by attnum),
    string_agg(format('t.%I', attname), ', ' order by attnum),
    string_agg(format('%1$I = record.%1$I', attname), ', ' order by attnum),
    string_agg(
      case atttypid
        when 'timestamptz'::regtype then
          format($piece$to_char(t.%1$I, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as %1$I$piece$, attname)
        else format('t.%I', attname)
      end,
      ', ' order by attnum
    )
  into columns, row_columns, assignments, canonical_columns
  from pg_catalog.pg_attribute
  where attrelid = found_relation and attnum > 0 and not attisdropped and attgenerated = '';

  with key_columns as (
    select
      attname as name,
      place,
      format_type(atttypid, atttypmod) as type,
      atttypid = 'text'::regtype as is_text,
      case
        when indnkeyatts = 1 then '%1$s'
        when place < indnkeyatts then format('split_part(%%1$s, '' '', %s)', place)
        else format('array_to_string((string_to_array(%%1$s, '' ''))[%s:], '' '')', place)
      end as part
    from pg_catalog.pg_index
    cross join lateral unnest(indkey) with ordinality as key_column (number, place)
    join pg_catalog.pg_attribute on attrelid = indrelid and attnum = key_column.number
    where indrelid = found_relation and indisprimary
  )
  select
    string_agg(quote_ident(name), ', ' order by place),
    string_agg(format('t.%1$I = record.%1$I', name), ' and ' order by place),
    string_agg(format('t.%I = (%s)::%s', name, format(part, 'wanted.id'), type), ' and ' order by place),
    string_agg(format('t.%1$I = (given.value -> ''row'' ->> %1$L)::%2$s', name, type), ' and ' order by place),
    string_agg(format('t.%I::text', name), ' || '' '' || ' order by place),
    string_agg(format('t.%I', name) || case when is_text then ' collate "C"' else '' end, ', ' order by place),
    format(
      '(%s) > (%s)',
      string_agg(format('t.%I', name) || case when is_text then ' collate "C"' else '' end, ', ' order by place),
      string_agg(format('(%s)::%s', format(part, '$1'), type), ', ' order by place)
    ),
    min(format('t.%I', name)) filter (where place = 1)
  into keys, is_record, is_wanted, is_given, id, id_order, is_after, presence
  from key_columns;

  select attname into clock
  from pg_catalog.pg_attribute
  where attrelid = found_relation and attname in ('updated_at', 'created_at', 'received_at')
  order by attname desc
  limit 1;
  checksum := format('md5(row(%s)::text)', row_columns);
end;
$$;

-- The rows with these ids, {id: {"row": as it is exported, "checksum"}}. Rows that are gone are left out.
create or replace function private.rows_by_id(entity text, ids text[])
returns jsonb
language plpgsql
stable
set search_path = ''
set timezone = 'UTC'
as $$
declare
  shape record;
  found_rows jsonb;
begin
  select * into shape from private.shape_of(entity);
  execute format(
    $statement$
      select coalesce(
        jsonb_object_agg(wanted.id, jsonb_build_object('row', to_jsonb(canonical), 'checksum', %4$s)), '{}'
      )
      from unnest($1) as wanted (id)
      join %1$s as t on %2$s
      cross join lateral (select %3$s) as canonical
    $statement$,
    shape.relation, shape.is_wanted, shape.canonical_columns, shape.checksum
  ) into found_rows using ids;
  return found_rows;
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Importing
-- ---------------------------------------------------------------------------------------------------------------

-- The statement that writes records of one entity, all or, where a constraint says no, none: $1 the records, $2 the
-- entity, $3 the run. Answers {"created", "changed", "unchanged", "kept": [{id, key}], "misnamed": [{id, key}]}.
--
-- A row that is there is replaced when it still is what an import wrote; what was changed since, when the source's was
-- too and is later; and never by a lower version than the one it has, nor by an older one of the same. Old data have
-- instants in the future: none is later than now, or it would win for ever.
create or replace function private.import_statement(entity text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  shape record;
begin
  select * into shape from private.shape_of(entity);
  return format(
    $statement$
      with incoming as materialized (
        select
          given.value ->> 'id' as record_id,
          given.value ->> 'key' as record_key,
          (given.value ->> 'version')::bigint as record_version,
          given.place as record_place,
          $2 as record_entity,
          %2$s as record_checksum,
          %3$s as row_id,
          t.*
        from jsonb_array_elements($1) with ordinality as given (value, place)
        cross join lateral jsonb_populate_record(null::%1$s, given.value -> 'row') as t
      ),
      compared as materialized (
        select
          record.*,
          known.id is not null as is_known,
          case
            when record.record_id is distinct from record.row_id then 'misnamed'
            when present.checksum is null then 'created'
            when present.checksum = record.record_checksum then 'unchanged'
            when known.version > record.record_version then 'kept'
            -- Old documents do not count their writes: an export from before must not bring back what they said then.
            -- What only a rule has made has no document, and may well be older by what else is known now.
            when known.version = record.record_version
              and record.record_key is not null
              and least(record.%5$I, clock_timestamp()) < least(t.%5$I, clock_timestamp()) then 'kept'
            when present.checksum = known.checksum then 'changed'
            when (known.checksum, known.version) = (record.record_checksum, record.record_version) then 'kept'
            when least(record.%5$I, clock_timestamp()) > least(t.%5$I, clock_timestamp()) then 'changed'
            else 'kept'
          end as outcome
        from incoming as record
        -- Offset: each row is looked up by its key, whatever the statistics of tables say that are being filled; and
        -- the checksum is computed once.
        left join lateral (select * from %1$s as t where %6$s offset 0) as t on true
        left join lateral (
          select * from public.migration_records as known
          where known.entity = record.record_entity and known.id = record.record_id
          offset 0
        ) as known on true
        cross join lateral (select case when %4$s is not null then %2$s end as checksum offset 0) as present
      ),
      created as (
        insert into %1$s (%7$s) select %7$s from compared where outcome = 'created'
      ),
      changed as (
        update %1$s as t set %8$s from compared as record where record.outcome = 'changed' and %6$s
      ),
      noted as (
        insert into public.migration_records
          (entity, id, key, version, checksum, was_created, previous, run_id)
        select
          $2,
          record.record_id,
          record.record_key,
          record.record_version,
          record.record_checksum,
          record.outcome = 'created',
          -- The statement still sees the row as it was before.
          case when record.outcome = 'changed' then (
            select to_jsonb(before) from %1$s as t cross join lateral (select %9$s) as before where %6$s
          ) end,
          $3
        from compared as record
        where record.outcome in ('created', 'changed', 'unchanged') and not record.is_known
      ),
      noted_again as (
        update public.migration_records as known
        set
          key = record.record_key,
          version = greatest(known.version, record.record_version),
          checksum = record.record_checksum,
          was_created = known.was_created or record.outcome = 'created',
          -- What the row was before the first import that changed it; nothing, when it was made by one.
          previous = case
            when known.was_created or record.outcome = 'created' then null
            when record.outcome = 'changed' then coalesce(
              known.previous,
              (select to_jsonb(before) from %1$s as t cross join lateral (select %9$s) as before where %6$s)
            )
            else known.previous
          end,
          run_id = $3
        from compared as record
        where record.is_known
          and known.entity = record.record_entity
          and known.id = record.record_id
          and (
            record.outcome in ('created', 'changed')
            or (
              record.outcome = 'unchanged'
              and (known.key, known.checksum) is distinct from (record.record_key, record.record_checksum)
            )
            or (record.outcome = 'unchanged' and known.version < record.record_version)
          )
      )
      select jsonb_build_object(
        'created', count(*) filter (where outcome = 'created'),
        'changed', count(*) filter (where outcome = 'changed'),
        'unchanged', count(*) filter (where outcome = 'unchanged'),
        'kept', coalesce(
          jsonb_agg(jsonb_build_object('id', record_id, 'key', record_key) order by record_place)
            filter (where outcome = 'kept'),
          '[]'
        ),
        'misnamed', coalesce(
          jsonb_agg(jsonb_build_object('id', record_id, 'key', record_key) order by record_place)
            filter (where outcome = 'misnamed'),
          '[]'
        )
      )
      from compared
    $statement$,
    shape.relation, shape.checksum, shape.id, shape.presence, shape.clock, shape.is_record, shape.columns,
    shape.assignments, shape.row_columns
  );
end;
$$;

-- Rows that are there are locked, in one order, before they are compared: of two imports of one row the second sees
-- what the first has written of it, in the table and in the ledger.
create or replace function private.lock_statement(entity text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  shape record;
begin
  select * into shape from private.shape_of(entity);
  return format(
    $statement$
      select count(*)
      from (
        select
        from jsonb_array_elements($1) as given (value)
        join %1$s as t on %2$s
        order by %3$s
        for no key update of t
      ) as locked
    $statement$,
    shape.relation, shape.is_given, shape.id_order
  );
end;
$$;

-- The query for what records break, as far as it shows without writing them: $1 the records; [{place, reason}].
create or replace function private.fault_statement(entity text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  shape record;
  whens text;
begin
  select * into shape from private.shape_of(entity);
  select string_agg(
    format('when %s then %L', fault.condition, fault.reason), e'\n' order by fault.rank, fault.reason
  ) into whens
  from (
    select 1 as rank, format('t.%I is null', attname) as condition, 'not_null:' || attname as reason
    from pg_catalog.pg_attribute
    where attrelid = shape.relation::regclass and attnum > 0 and attnotnull and not attisdropped and attgenerated = ''
    union all
    select 2, format('(%s) is false', pg_get_expr(conbin, conrelid)), 'constraint:' || conname
    from pg_catalog.pg_constraint
    where conrelid = shape.relation::regclass and contype = 'c'
    union all
    select
      3,
      format(
        't.%1$I is not null and not exists (select from %2$s as parent where parent.%3$I = t.%1$I)',
        child_column.attname, parent.oid::regclass, parent_column.attname
      ),
      'missing:' || parent.relname
    from pg_catalog.pg_constraint as reference
    join pg_catalog.pg_class as parent on parent.oid = reference.confrelid
    join pg_catalog.pg_attribute as child_column
      on child_column.attrelid = reference.conrelid and child_column.attnum = reference.conkey[1]
    join pg_catalog.pg_attribute as parent_column
      on parent_column.attrelid = reference.confrelid and parent_column.attnum = reference.confkey[1]
    where reference.conrelid = shape.relation::regclass and reference.contype = 'f'
  ) as fault;
  return format(
    $statement$
      select coalesce(jsonb_agg(jsonb_build_object('place', examined.place, 'reason', examined.reason)), '[]')
      from (
        select given.place, case %2$s end as reason
        from jsonb_array_elements($1) with ordinality as given (value, place)
        cross join lateral jsonb_populate_record(null::%1$s, given.value -> 'row') as t
      ) as examined
      where examined.reason is not null
    $statement$,
    shape.relation, whens
  );
end;
$$;

-- Imports what can be imported: of a batch that is refused the culprits are found, by their faults or, where these do
-- not show, by halving it until they are alone. Answers as import_records.
create or replace function private.import_valid_records(entity text, records jsonb, run uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  lock_statement constant text := private.lock_statement(entity);
  import_statement constant text := private.import_statement(entity);
  -- The next to be imported is the first: of two that exclude each other the earlier one wins.
  waiting jsonb[] := array[records];
  part jsonb;
  size integer;
  is_again boolean := false;
  answer jsonb;
  faults jsonb;
  created integer := 0;
  changed integer := 0;
  unchanged integer := 0;
  kept jsonb := jsonb '[]';
  rejected jsonb := jsonb '[]';
  state text;
  violated_constraint text;
  violated_column text;
  refusal text;
begin
  while cardinality(waiting) > 0 loop
    part := waiting[1];
    waiting := waiting[2:];
    size := jsonb_array_length(part);
    continue when size = 0;
    begin
      execute lock_statement using part;
      execute import_statement into answer using part, entity, run;
      created := created + (answer ->> 'created')::integer;
      changed := changed + (answer ->> 'changed')::integer;
      unchanged := unchanged + (answer ->> 'unchanged')::integer;
      kept := kept || (answer -> 'kept');
      rejected := rejected || (
        select coalesce(jsonb_agg(misnamed.value || '{"reason": "invalid:id"}'), '[]')
        from jsonb_array_elements(answer -> 'misnamed') as misnamed
      );
      is_again := false;
    exception
      when integrity_constraint_violation or data_exception or program_limit_exceeded or sqlstate 'PT400' then
        get stacked diagnostics
          state = returned_sqlstate,
          violated_constraint = constraint_name,
          violated_column = column_name,
          refusal = pg_exception_detail;
        -- Somebody else has created one of the rows at the same moment: now it can be seen.
        is_again := not is_again and state = '23505'
          and violated_constraint in (entity || '_pkey', 'migration_records_pkey');
        if is_again then
          waiting := array[part] || waiting;
          continue;
        end if;
        if size = 1 then
          rejected := rejected || jsonb_build_object(
            'id', part -> 0 -> 'id',
            'key', part -> 0 -> 'key',
            'reason', private.import_reason(entity, state, violated_constraint, violated_column, refusal)
          );
          continue;
        end if;
        begin
          execute private.fault_statement(entity) into faults using part;
        exception
          -- One cannot even be read as a row.
          when data_exception then
            faults := '[]';
        end;
        if faults = '[]' then
          waiting := array[
            jsonb_path_query_array(part, '$[0 to $last]', jsonb_build_object('last', size / 2 - 1)),
            jsonb_path_query_array(part, '$[$first to last]', jsonb_build_object('first', size / 2))
          ] || waiting;
        else
          rejected := rejected || (
            select jsonb_agg(
              jsonb_build_object(
                'id', part -> fault.place - 1 -> 'id', 'key', part -> fault.place - 1 -> 'key', 'reason', fault.reason
              )
              order by fault.place
            )
            from jsonb_to_recordset(faults) as fault (place integer, reason text)
          );
          waiting := array[
            (
              select coalesce(jsonb_agg(given.value order by given.place), '[]')
              from jsonb_array_elements(part) with ordinality as given (value, place)
              where given.place not in (select fault.place from jsonb_to_recordset(faults) as fault (place integer))
            )
          ] || waiting;
        end if;
    end;
  end loop;
  return jsonb_build_object(
    'created', created, 'changed', changed, 'unchanged', unchanged, 'kept', kept, 'rejected', rejected
  );
end;
$$;

-- Why the database did not take a row, without a word of what is in it.
create or replace function private.import_reason(
  entity text,
  state text,
  violated_constraint text,
  violated_column text,
  refusal text
)
returns text
language sql
stable
set search_path = ''
as $$
  select case state
    when '23502' then 'not_null:' || violated_column
    when '23503' then 'missing:' || (
      select parent.relname
      from pg_catalog.pg_constraint as reference
      join pg_catalog.pg_class as parent on parent.oid = reference.confrelid
      join pg_catalog.pg_class as child on child.oid = reference.conrelid
      where reference.contype = 'f' and reference.conname = violated_constraint and child.relname = entity
    )
    when '23505' then 'unique:' || violated_constraint
    when '23514' then 'constraint:' || violated_constraint
    -- A rule's refusal names the fields: [{"path": "time_zone"}].
    when 'PT400' then 'invalid:' || (refusal::jsonb -> 0 ->> 'path')
    else 'invalid:' || state
  end;
$$;

-- Makes what the records refer to and is not there, so that a dry run meets every other constraint. Providers of
-- tickets are not made: an import does not bring them.
create or replace function private.stub_parents(entity text, records jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  nobody constant uuid := uuid '00000000-0000-4000-8000-000000000000';
  reference record;
begin
  insert into public.artists (id) values (nobody) on conflict (id) do nothing;
  insert into public.concerts (id, artist_id, title) values (nobody, nobody, 'nothing') on conflict (id) do nothing;
  for reference in
    select parent.relname as parent, child_column.attname as name
    from pg_catalog.pg_constraint as found
    join pg_catalog.pg_class as parent on parent.oid = found.confrelid
    join pg_catalog.pg_class as child on child.oid = found.conrelid
    join pg_catalog.pg_attribute as child_column
      on child_column.attrelid = found.conrelid and child_column.attnum = found.conkey[1]
    where found.contype = 'f' and child.relname = entity and parent.relname <> 'ticket_providers'
  loop
    execute case reference.parent
      when 'artists' then 'insert into public.artists (id) select id'
      when 'concerts' then 'insert into public.concerts (id, artist_id, title) select id, $3, ''nothing'''
      when 'email_campaigns' then
        'insert into public.email_campaigns (id, artist_id, subject) select id, $3, ''nothing'''
      when 'ticket_sales' then
        'insert into public.ticket_sales
           (id, concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status)
         select id, $3, $3, 1, 0, 0, 0, ''cancelled'''
    end || $statement$
      from (
        select distinct (given.value -> 'row' ->> $2)::uuid as id
        from jsonb_array_elements($1) as given (value)
        where given.value -> 'row' ->> $2 ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$'
      ) as referred
      on conflict (id) do nothing
    $statement$
    using records, reference.name, nobody;
  end loop;
end;
$$;

-- The query for what records would hold alone, so that a dry run, which sees one batch, can tell what those of others
-- exclude: $1 the records; [{"name", "records": [[id, digest of the key]]}], the unique indexes in the order in which
-- PostgreSQL asks them. Null for a table that has none beside its primary key. A key that an index takes from a
-- generated column, which a record does not have, counts as null.
create or replace function private.claims_statement(entity text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  shape record;
  claims text;
begin
  select * into shape from private.shape_of(entity);
  select string_agg(
    format(
      $piece$
        select %1$s as rank, %2$L as name, record_place, record_id, md5(row(%3$s)::text) as digest
        from incoming
        where %4$s and %5$s
      $piece$,
      unique_index.rank, unique_index.name, unique_index.key, unique_index.condition,
      case when unique_index.knows_nulls then 'true' else format('num_nulls(%s) = 0', unique_index.key) end
    ),
    ' union all '
  ) into claims
  from (
    select
      found.indexrelid as rank,
      index_relation.relname as name,
      found.indnullsnotdistinct as knows_nulls,
      coalesce('(' || pg_get_expr(found.indpred, found.indrelid) || ')', 'true') as condition,
      (
        select string_agg(pg_get_indexdef(found.indexrelid, number, true), ', ' order by number)
        from generate_series(1, found.indnkeyatts) as number
      ) as key
    from pg_catalog.pg_index as found
    join pg_catalog.pg_class as index_relation on index_relation.oid = found.indexrelid
    where found.indrelid = shape.relation::regclass and found.indisunique and not found.indisprimary
  ) as unique_index;
  return case when claims is not null then format(
    $statement$
      with incoming as materialized (
        select given.value ->> 'id' as record_id, given.place as record_place, t.*
        from jsonb_array_elements($1) with ordinality as given (value, place)
        cross join lateral jsonb_populate_record(null::%1$s, given.value -> 'row') as t
      )
      select coalesce(jsonb_agg(jsonb_build_object('name', name, 'records', records) order by rank), '[]')
      from (
        select rank, name, jsonb_agg(jsonb_build_array(record_id, digest) order by record_place) as records
        from (%2$s) as claim
        group by rank, name
      ) as claimed
    $statement$,
    shape.relation, claims
  ) end;
end;
$$;

-- The query for what records refer to and the database does not have: $1 the records; [{"table", "id", "records": [ids
-- of those that refer to it]}], of each record in the order in which PostgreSQL checks it. Null for a table that refers
-- to none.
create or replace function private.needs_statement(entity text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  shape record;
  needs text;
begin
  select * into shape from private.shape_of(entity);
  select string_agg(
    format(
      $piece$
        select %1$s as rank, %2$L as name, record_place, record_id, incoming.%3$I::text as parent_id
        from incoming
        -- Offset: as in import_statement.
        left join lateral (
          select true as is_there from %4$s as parent where parent.%5$I = incoming.%3$I offset 0
        ) as parent on true
        where incoming.%3$I is not null and parent.is_there is null
      $piece$,
      reference.oid, parent.relname, child_column.attname, parent.oid::regclass, parent_column.attname
    ),
    ' union all '
  ) into needs
  from pg_catalog.pg_constraint as reference
  join pg_catalog.pg_class as parent on parent.oid = reference.confrelid
  join pg_catalog.pg_attribute as child_column
    on child_column.attrelid = reference.conrelid and child_column.attnum = reference.conkey[1]
  join pg_catalog.pg_attribute as parent_column
    on parent_column.attrelid = reference.confrelid and parent_column.attnum = reference.confkey[1]
  where reference.conrelid = shape.relation::regclass and reference.contype = 'f';
  return case when needs is not null then format(
    $statement$
      with incoming as materialized (
        select given.value ->> 'id' as record_id, given.place as record_place, t.*
        from jsonb_array_elements($1) with ordinality as given (value, place)
        cross join lateral jsonb_populate_record(null::%1$s, given.value -> 'row') as t
      )
      select coalesce(
        jsonb_agg(jsonb_build_object('table', name, 'id', parent_id, 'records', records) order by rank, parent_id), '[]'
      )
      from (
        select rank, name, parent_id, jsonb_agg(record_id order by record_place) as records
        from (%2$s) as need
        group by rank, name, parent_id
      ) as needed
    $statement$,
    shape.relation, needs
  ) end;
end;
$$;

-- What a dry run of records has to tell of them beside its answer, once nothing of it is left: {"claims", "needs"}, as
-- the two statements above give them. Of rows that are kept nothing is written. What a record breaks by itself comes
-- before all that others could do to it, and one that cannot be read has nothing to say; those refused for another row's
-- or a parent's sake are told of, since another batch may give the reason that an import meets first.
create or replace function private.facts_for_others(entity text, records jsonb, answer jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
set timezone = 'UTC'
as $$
declare
  told jsonb;
  claims jsonb;
  needs jsonb;
  statement text;
begin
  select coalesce(jsonb_agg(given.value order by given.place), '[]') into told
  from jsonb_array_elements(records) with ordinality as given (value, place)
  where not exists (
      select from jsonb_array_elements(answer -> 'kept') as kept (value)
      where kept.value -> 'id' = given.value -> 'id'
    )
    and not exists (
      select from jsonb_array_elements(answer -> 'rejected') as rejected (value)
      where rejected.value -> 'id' = given.value -> 'id'
        and rejected.value ->> 'reason' ~ '^(not_null:|constraint:|invalid:(22...|id)$)'
    );
  statement := private.claims_statement(entity);
  if statement is not null then
    execute statement into claims using told;
  end if;
  statement := private.needs_statement(entity);
  if statement is not null then
    execute statement into needs using told;
  end if;
  return jsonb_build_object('claims', coalesce(claims, '[]'), 'needs', coalesce(needs, '[]'));
end;
$$;

-- Writes down what became of keys of the source: [{key, outcome, reason, into, repairs, value}]. In the order of the
-- keys: of two who tell of the same ones at once, one waits for the other, and never each for the other.
create or replace function private.note_keys(outcomes jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into public.migration_keys as known (key, outcome, reason, merged_into, repairs)
  select told.key, told.outcome, told.reason, told."into", coalesce(told.repairs, '{}')
  from jsonb_to_recordset(outcomes) as told (key text, outcome text, reason text, "into" text, repairs text[])
  order by told.key
  on conflict (key) do update
    set
      outcome = excluded.outcome,
      reason = excluded.reason,
      merged_into = excluded.merged_into,
      repairs = excluded.repairs
    where (known.outcome, known.reason, known.merged_into, known.repairs)
      is distinct from (excluded.outcome, excluded.reason, excluded.merged_into, excluded.repairs);
  insert into public.migration_rejects as known (key, value, reason)
  select told.key, told.value, told.reason
  from jsonb_to_recordset(outcomes) as told (key text, outcome text, reason text, value text)
  where told.outcome = 'rejected'
  on conflict (key) do update
    set value = excluded.value, reason = excluded.reason
    where (known.value, known.reason) is distinct from (excluded.value, excluded.reason);
  delete from public.migration_rejects as healed
  using jsonb_to_recordset(outcomes) as told (key text, outcome text)
  where told.outcome <> 'rejected' and healed.key = told.key;
end;
$$;

-- A table whose first rows PostgreSQL has counted before they were there counts as empty until the next round of
-- autovacuum, a minute later: every batch would read it whole to find its rows. The same for one never counted. Without
-- waiting: whoever has the table is at work on it, and the next batch asks again.
create or replace function private.analyze_if_empty(relation regclass)
returns void
language plpgsql
set search_path = ''
set client_min_messages = error
as $$
begin
  if (select reltuples <= 0 from pg_catalog.pg_class where oid = relation) then
    execute format('analyze (skip_locked) %s', relation);
  end if;
end;
$$;

-- Gives an artist whose profile an account has taken over at the source the account's id, as a claim in the tables would
-- have done: all that is theirs follows. What the ledger knew as unchanged stays that; versions count anew, since other
-- documents hold the records now. Nothing happens where no import knows the artist, the account is an artist of its own
-- here, or somebody has claimed the old profile here.
create or replace function private.follow_takeover(former uuid, account uuid)
returns void
language plpgsql
set search_path = ''
set timezone = 'UTC'
as $$
declare
  -- Around the ids that begin with the artist's and a space.
  below constant text := former || ' ';
  above constant text := former || '!';
  owned record;
  shape record;
  before jsonb;
  unchanged jsonb := jsonb '{}';
  ids text[];
begin
  perform from public.artists where id = former and claimed_at is null for update;
  if not found
    or exists (select from public.artists where id = account)
    or not exists (select from public.migration_records as known where known.entity = 'artists' and known.id = former::text)
  then
    return;
  end if;
  select * into shape from private.shape_of('artists');
  execute format(
    'select to_jsonb(whole) from public.artists as t cross join lateral (select %s) as whole where t.id = $1',
    shape.row_columns
  ) into before using former;

  for owned in select * from private.columns_of_artists() loop
    select * into shape from private.shape_of(owned.entity);
    execute format(
      $statement$
        select coalesce(array_agg(known.id), '{}')
        from %1$s as t
        join public.migration_records as known on known.entity = $1 and known.id = %2$s and known.checksum = %3$s
        where t.%4$I = $2
      $statement$,
      shape.relation, shape.id, shape.checksum, owned.name
    ) into ids using owned.entity, former;
    unchanged := unchanged || jsonb_build_object(owned.entity, ids);
  end loop;

  update public.artists set id = account where id = former;
  perform private.hand_over_notifications(former, account);

  for owned in select * from private.columns_of_artists() loop
    select * into shape from private.shape_of(owned.entity);
    -- What the account has of its own took their place.
    delete from public.migration_records as known
    where known.entity = owned.entity
      and known.id in (
        select account || substr(old.id, 37)
        from public.migration_records as old
        where old.entity = owned.entity and (old.id = former::text or old.id > below and old.id < above)
      );
    update public.migration_records as known
    set id = account || substr(known.id, 37)
    where known.entity = owned.entity and (known.id = former::text or known.id > below and known.id < above);
    -- What the outbox of 010 lists is to be carried over all the same.
    update private.mirror_changes as change
    set id = account || substr(change.id, 37)
    where change.entity = owned.entity and (change.id = former::text or change.id > below and change.id < above);
    execute format(
      $statement$
        update public.migration_records as known
        set
          version = 0,
          checksum = case
            when known.id in (select replace(same.id, $3::text, $2::text) from unnest($4) as same (id)) then %3$s
            else known.checksum
          end,
          -- A rollback gives the artist the former id again, and what is theirs follows.
          previous = case
            when $1 = 'artists' and not known.was_created then coalesce(known.previous, $5)
            when $1 <> 'artists' then known.previous || jsonb_build_object(%5$L, $2)
          end
        from %1$s as t
        where known.entity = $1 and known.id = %2$s and t.%4$I = $2
      $statement$,
      shape.relation, shape.id, shape.checksum, owned.name, owned.name
    )
    using
      owned.entity, account, former, array(select jsonb_array_elements_text(unchanged -> owned.entity)), before;
  end loop;
end;
$$;

-- The columns that say which artist, or which account of theirs, a row is of.
create or replace function private.columns_of_artists()
returns table (entity text, name text)
language sql
immutable
set search_path = ''
as $$
  values
    ('artists', 'id'),
    ('concerts', 'artist_id'),
    ('coin_transactions', 'artist_id'),
    ('artist_ticket_providers', 'artist_id'),
    ('ticket_sales', 'artist_id'),
    ('ticket_refunds', 'artist_id'),
    ('ticket_events', 'artist_id'),
    ('notification_settings', 'user_id'),
    ('notifications', 'user_id'),
    ('email_campaigns', 'artist_id'),
    ('mail_suppressions', 'artist_id');
$$;

-- They once knew nothing of takeovers.
drop function if exists
  public.import_records(text, jsonb, uuid, jsonb, jsonb, boolean),
  private.import_records(text, jsonb, uuid, jsonb, jsonb, boolean);

create or replace function private.import_records(
  entity text,
  records jsonb,
  run uuid,
  new_checkpoint jsonb,
  outcomes jsonb,
  is_dry_run boolean,
  takeovers jsonb
)
returns jsonb
language plpgsql
security definer
set search_path = ''
-- A row's checksum is made of its text.
set timezone = 'UTC'
as $$
declare
  answer jsonb;
begin
  if jsonb_typeof(records) = 'string' then
    records := (records #>> '{}')::jsonb;
  end if;
  if jsonb_typeof(outcomes) = 'string' then
    outcomes := (outcomes #>> '{}')::jsonb;
  end if;
  if jsonb_array_length(records) > 1000 then
    perform private.refuse('validation_failed', array['records']);
  end if;
  if is_dry_run then
    begin
      perform private.set_importing(true);
      perform private.follow_takeover(taken.former, taken.account)
      from jsonb_to_recordset(takeovers) as taken (former uuid, account uuid);
      perform private.stub_parents(entity, records);
      answer := private.import_valid_records(entity, records, null);
      raise exception using errcode = 'P0DRY';
    exception
      when sqlstate 'P0DRY' then
        return answer || private.facts_for_others(entity, records, answer);
    end;
  end if;

  perform private.set_importing(true);
  perform private.follow_takeover(taken.former, taken.account)
  from jsonb_to_recordset(takeovers) as taken (former uuid, account uuid);
  answer := private.import_valid_records(entity, records, run);
  perform private.set_importing(false);
  -- Not in people's own requests, which mirror a row or two.
  if run is not null and answer -> 'created' <> '0' then
    perform private.analyze_if_empty(shape.relation::regclass) from private.shape_of(entity) as shape;
    perform private.analyze_if_empty('public.migration_records');
  end if;
  if jsonb_array_length(answer -> 'rejected') = 0 then
    perform private.note_keys(outcomes);
    if run is not null then
      update public.migration_runs
      set checkpoint = coalesce(nullif(new_checkpoint, 'null'), checkpoint), updated_at = now()
      where id = run;
      if not found then
        perform private.refuse('not_found');
      end if;
    end if;
  end if;
  return answer;
end;
$$;

-- Writes records of one entity, 1,000 at most, [{id, key, version, row}], and with them, unless one is rejected, what
-- became of keys of the source and how far the run is. Answers {"created", "changed", "unchanged": integers, "kept":
-- [{id, key}], "rejected": [{id, key, reason}]}. A dry run answers the same and leaves nothing; what it refers to counts
-- as present, and beside the rest it answers "claims" and "needs", by which its caller can tell what other batches do to
-- this one. `takeovers`, [{"former", "account"}], tells of artists among the records whom the target may still have by
-- another id: that of a profile which an account has claimed at the source. Refuses: validation_failed (an unknown
-- entity, too many records), not_found (the run). Records and outcomes may come as their JSON text in a string, which
-- nobody on the way has to take apart.
create or replace function public.import_records(
  entity text,
  records jsonb,
  run_id uuid,
  checkpoint jsonb,
  outcomes jsonb,
  dry_run boolean,
  takeovers jsonb default '[]'
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.import_records(entity, records, run_id, checkpoint, outcomes, dry_run, takeovers);
$$;

create or replace function private.begin_import(new_source text, new_fingerprint text, new_options jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  run public.migration_runs;
  is_resumed boolean;
begin
  select * into run
  from public.migration_runs
  where source = new_source and fingerprint = new_fingerprint and state = 'running'
  order by started_at desc
  limit 1;
  is_resumed := found;
  if not is_resumed then
    insert into public.migration_runs (source, fingerprint, options)
    values (new_source, new_fingerprint, new_options)
    returning * into run;
  end if;
  return jsonb_build_object('run_id', run.id, 'checkpoint', run.checkpoint, 'resumed', is_resumed);
end;
$$;

-- Begins a run, or goes on with the unfinished one of the same source and fingerprint:
-- {"run_id", "checkpoint", "resumed"}.
create or replace function public.begin_import(source text, fingerprint text, options jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.begin_import(source, fingerprint, options);
$$;

-- An artist who was here before the import, and newer, keeps their row, and gets the movements of their old coins
-- without their being counted. This counts them: the balance is the sum of the movements there are. Where an import has
-- written the artist's row as it is and knows every movement, the balance came with it, and is left alone. How many
-- balances were wrong.
create or replace function private.correct_balances(corrected uuid[])
returns integer
language plpgsql
set search_path = ''
set timezone = 'UTC'
as $$
declare
  corrections integer;
begin
  execute format(
    $statement$
      update public.artists as t
      set coins_balance = movements.total
      from (
        select
          wanted.id,
          coalesce(sum(movement.amount), 0) as total,
          coalesce(bool_and(moved.id is not null) filter (where movement.id is not null), true) as are_known
        from unnest($1) as wanted (id)
        left join public.coin_transactions as movement on movement.artist_id = wanted.id
        left join public.migration_records as moved
          on moved.entity = 'coin_transactions' and moved.id = movement.id::text
        group by wanted.id
      ) as movements
      where movements.id = t.id
        and movements.total <> t.coins_balance
        -- While only some of the movements are there.
        and movements.total between 0 and 2147483647
        and not (
          movements.are_known
          and exists (
            select from public.migration_records as known
            where known.entity = 'artists' and known.id = t.id::text and known.checksum = %s
          )
        )
    $statement$,
    (select shape.checksum from private.shape_of('artists') as shape)
  ) using corrected;
  get diagnostics corrections = row_count;
  return corrections;
end;
$$;

create or replace function private.finish_import(run uuid, new_counts jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  corrected integer;
begin
  perform private.set_importing(true);
  corrected := private.correct_balances(
    (
      select array_agg(distinct movement.artist_id)
      from public.coin_transactions as movement
      join public.migration_records as known
        on known.entity = 'coin_transactions' and known.id = movement.id::text and known.was_created
    )
  );
  perform private.set_importing(false);
  update public.migration_runs
  set state = 'finished', counts = new_counts, updated_at = now(), finished_at = now()
  where id = run;
  if not found then
    perform private.refuse('not_found');
  end if;
  return jsonb_build_object('balances_corrected', corrected);
end;
$$;

-- Ends a run, once all is imported: {"balances_corrected": integer}. Refuses: not_found.
create or replace function public.finish_import(run_id uuid, counts jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.finish_import(run_id, counts);
$$;

create or replace function private.delete_records(gone_keys text[])
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  shape record;
  child_first text;
  deleted integer := 0;
  deleted_now integer;
begin
  perform private.set_importing(true);
  foreach child_first in array array[
    'mail_suppressions', 'campaign_deliveries', 'email_campaigns', 'push_subscriptions', 'notifications',
    'notification_settings', 'ticket_events', 'ticket_refunds', 'ticket_sales', 'artist_ticket_providers',
    'coin_transactions', 'concerts', 'artists'
  ] loop
    if exists (
      select from public.migration_records where key = any (gone_keys) and migration_records.entity = child_first
    ) then
      select * into shape from private.shape_of(child_first);
      execute format(
        $statement$
          delete from %1$s as t
          using public.migration_records as wanted
          where wanted.entity = $1 and wanted.key = any ($2) and %2$s
        $statement$,
        shape.relation, shape.is_wanted
      ) using child_first, gone_keys;
      get diagnostics deleted_now = row_count;
      deleted := deleted + deleted_now;
    end if;
  end loop;
  perform private.set_importing(false);
  delete from public.migration_records where key = any (gone_keys);
  delete from public.migration_keys where key = any (gone_keys);
  delete from public.migration_rejects where key = any (gone_keys);
  return jsonb_build_object('deleted', deleted);
end;
$$;

-- Deletes the rows that came from these keys, and what is known of the keys: {"deleted": integer}. Fails when rows
-- refer to one of them that did not.
create or replace function public.delete_records(keys text[])
returns jsonb
language sql
set search_path = ''
as $$
  select private.delete_records(keys);
$$;

create or replace function private.export_records(entity text, after text, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  shape record;
  page jsonb;
begin
  select * into shape from private.shape_of(entity);
  execute format(
    $statement$
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'id', page.id, 'key', known.key, 'version', coalesce(known.version, 0), 'row', page.content
          )
          order by page.id collate "C"
        ),
        '[]'
      )
      from (
        select %1$s as id, to_jsonb(canonical) as content
        from %2$s as t
        cross join lateral (select %3$s) as canonical
        where $1 is null or %4$s
        order by %5$s
        limit $3
      ) as page
      -- Offset: each row is looked up by its key, also while nothing has counted what was just imported.
      left join lateral (
        select * from public.migration_records as known where known.entity = $2 and known.id = page.id offset 0
      ) as known on true
    $statement$,
    shape.id, shape.relation, shape.canonical_columns, shape.is_after, shape.id_order
  ) into page using after, entity, least(greatest(page_size, 0), 1000);
  return page;
end;
$$;

-- A page of an entity, 1,000 rows at most, in the order of ids by code points: [{id, key, version, row}]; instants
-- as JavaScript writes them, generated columns left out.
create or replace function public.export_records(entity text, after text, page_size integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.export_records(entity, after, page_size);
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Grants
-- ---------------------------------------------------------------------------------------------------------------

revoke all on function
  private.shape_of(text),
  private.rows_by_id(text, text[]),
  private.import_statement(text),
  private.lock_statement(text),
  private.fault_statement(text),
  private.import_valid_records(text, jsonb, uuid),
  private.import_reason(text, text, text, text, text),
  private.stub_parents(text, jsonb),
  private.claims_statement(text),
  private.needs_statement(text),
  private.facts_for_others(text, jsonb, jsonb),
  private.follow_takeover(uuid, uuid),
  private.columns_of_artists(),
  private.note_keys(jsonb),
  private.analyze_if_empty(regclass),
  private.import_records(text, jsonb, uuid, jsonb, jsonb, boolean, jsonb),
  private.begin_import(text, text, jsonb),
  private.correct_balances(uuid[]),
  private.finish_import(uuid, jsonb),
  private.delete_records(text[]),
  private.export_records(text, text, integer),
  public.import_records(text, jsonb, uuid, jsonb, jsonb, boolean, jsonb),
  public.begin_import(text, text, jsonb),
  public.finish_import(uuid, jsonb),
  public.delete_records(text[]),
  public.export_records(text, text, integer)
from public, anon, authenticated, service_role;

grant execute on function
  private.import_records(text, jsonb, uuid, jsonb, jsonb, boolean, jsonb),
  private.begin_import(text, text, jsonb),
  private.finish_import(uuid, jsonb),
  private.delete_records(text[]),
  private.export_records(text, text, integer),
  public.import_records(text, jsonb, uuid, jsonb, jsonb, boolean, jsonb),
  public.begin_import(text, text, jsonb),
  public.finish_import(uuid, jsonb),
  public.delete_records(text[]),
  public.export_records(text, text, integer)
to service_role;
