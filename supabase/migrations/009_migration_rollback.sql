-- 009: taking an import back.
--
-- Rows that an import created are deleted, rows that it changed are what they were before, page by page, children first.
-- What was changed since, and what others refer to by now, is left alone unless it is forced. Needs 008. For
-- service_role alone. Leaves alone: all rows. Runs as one transaction and can be run again.

-- The query for rows of other tables that refer to rows of an entity's, which `page` has as `t`: the id and the
-- table's name.
-- Rows of the import's own do not count where all of it is going; rows that would go with theirs, or let go of it, do
-- not count when forced.
create or replace function private.users_query(entity text, is_forced boolean, counts_imported boolean)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  parent constant text := (select relation from private.shape_of(entity));
  queries text;
begin
  select string_agg(
    format(
      $piece$
        select page.id, %1$L as name
        from page
        join %2$s as t on t.%3$I = (page.t).%4$I
        where page.was_created and %5$s
      $piece$,
      child.relname,
      child.oid::regclass,
      child_column.attname,
      parent_column.attname,
      case when counts_imported then 'true' else format(
        $piece$not exists (
          select from public.migration_records as own
          where own.entity = %L and own.id = %s and own.was_created
        )$piece$,
        child.relname,
        (select shape.id from private.shape_of(child.relname) as shape)
      ) end
    ),
    ' union all ' order by child.relname
  ) into queries
  from pg_catalog.pg_constraint as found
  join pg_catalog.pg_class as child on child.oid = found.conrelid
  join pg_catalog.pg_attribute as child_column
    on child_column.attrelid = found.conrelid and child_column.attnum = found.conkey[1]
  join pg_catalog.pg_attribute as parent_column
    on parent_column.attrelid = found.confrelid and parent_column.attnum = found.confkey[1]
  where found.contype = 'f'
    and found.confrelid = parent::regclass
    and (not is_forced or found.confdeltype in ('a', 'r'));
  return coalesce(queries, 'select null::text as id, null::text as name where false');
end;
$$;

-- The query for rows of other tables that go, or let go, with rows of an entity's: $1 the ids of those. By table and
-- column: how many, and the first twenty of their ids.
create or replace function private.let_go_query(entity text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  queries text;
begin
  select string_agg(
    format(
      $piece$
        select
          %1$L as "table",
          %2$L as "column",
          %3$L::boolean as deleted,
          count(*) as count,
          to_jsonb((array_agg(%4$s order by %4$s))[:20]) as ids
        from %5$s as t
        where t.%2$I = any ($1::%6$s[])
        having count(*) > 0
      $piece$,
      child.relname,
      child_column.attname,
      found.confdeltype = 'c',
      (select shape.id from private.shape_of(child.relname) as shape),
      child.oid::regclass,
      format_type(child_column.atttypid, child_column.atttypmod)
    ),
    ' union all ' order by child.relname, child_column.attname
  ) into queries
  from pg_catalog.pg_constraint as found
  join pg_catalog.pg_class as child on child.oid = found.conrelid
  join pg_catalog.pg_attribute as child_column
    on child_column.attrelid = found.conrelid and child_column.attnum = found.conkey[1]
  where found.contype = 'f'
    and found.confrelid = (select shape.relation from private.shape_of(entity) as shape)::regclass
    and found.confdeltype in ('c', 'n');
  return format(
    'select coalesce(jsonb_agg(to_jsonb(told)), ''[]'') from (%s) as told',
    coalesce(queries, 'select null where false')
  );
end;
$$;

create or replace function private.rollback_records(
  entity text,
  after text,
  page_size integer,
  is_forced boolean,
  is_check boolean
)
returns jsonb
language plpgsql
security definer
set search_path = ''
set timezone = 'UTC'
as $$
declare
  shape record;
  page_limit constant integer := least(greatest(page_size, 1), 1000);
  page jsonb;
  paid uuid[];
  restored record;
  undone integer;
  stuck text[] := array[]::text[];
  let_go jsonb := jsonb '[]';
begin
  select * into shape from private.shape_of(entity);
  -- `plan`: what is to be done with the row. A row that was there before and was the same has nothing to be undone;
  -- one that is gone is as it was, unless it was there before.
  execute format(
    $statement$
      with page as materialized (
        select
          wanted.id,
          wanted.key,
          wanted.was_created,
          wanted.previous is not null as has_previous,
          %1$s is not null as is_present,
          case when %1$s is not null then %2$s else '' end <> wanted.checksum as is_changed,
          t
        from (
          select * from public.migration_records
          where migration_records.entity = $1 and ($2 is null or migration_records.id > $2)
          order by migration_records.id
          limit $3
        ) as wanted
        left join %3$s as t on %4$s
      ),
      users as (
        select used.id, min(used.name) as name from (%5$s) as used group by used.id
      ),
      planned as (
        select
          page.id,
          page.key,
          users.name as used_by,
          case
            when not page.was_created and not page.has_previous then 'forget'
            when page.was_created and not page.is_present then 'forget'
            when page.is_changed and not $4 then 'changed'
            when page.was_created and users.id is not null then 'in_use'
            when page.was_created then 'delete'
            else 'restore'
          end as plan
        from page
        left join users on users.id = page.id
      )
      select coalesce(jsonb_agg(to_jsonb(planned) order by planned.id), '[]') from planned
    $statement$,
    shape.presence, shape.checksum, shape.relation, shape.is_wanted,
    private.users_query(entity, is_forced, not is_check)
  ) into page using entity, after, page_limit, is_forced;

  -- Imported coins that were spent since: without them the artist would have less than none.
  if entity = 'coin_transactions' then
    select coalesce(
      jsonb_agg(
        case
          when planned.value ->> 'plan' = 'delete' and spent.artist_id is not null
            then planned.value || '{"plan": "in_use", "used_by": "coin_transactions"}'
          else planned.value
        end
        order by planned.place
      ),
      '[]'
    )
    into page
    from jsonb_array_elements(page) with ordinality as planned (value, place)
    left join public.coin_transactions as movement on movement.id = (planned.value ->> 'id')::uuid
    left join (
      select own.artist_id
      from public.coin_transactions as own
      where own.artist_id in (
          select paid_once.artist_id
          from public.coin_transactions as paid_once
          join jsonb_to_recordset(page) as wanted (id text) on paid_once.id = wanted.id::uuid
        )
        and not exists (
          select from public.migration_records as known
          where known.entity = 'coin_transactions' and known.id = own.id::text and known.was_created
        )
      group by own.artist_id
      having sum(own.amount) < 0
    ) as spent on spent.artist_id = movement.artist_id;
  end if;

  if is_check then
    undone := jsonb_array_length(jsonb_path_query_array(page, '$[*] ? (@.plan == "delete" || @.plan == "restore")'));
  else
    perform private.set_importing(true);
    -- A run that goes on would leave out what is taken back here.
    update public.migration_runs set checkpoint = null where checkpoint is not null;
    if entity = 'coin_transactions' then
      select array_agg(distinct movement.artist_id) into paid
      from jsonb_to_recordset(page) as wanted (id text, plan text)
      join public.coin_transactions as movement on movement.id = wanted.id::uuid
      where wanted.plan = 'delete';
    end if;
    if is_forced then
      execute private.let_go_query(entity) into let_go using (
        select coalesce(array_agg(wanted.id), '{}')
        from jsonb_to_recordset(page) as wanted (id text, plan text)
        where wanted.plan = 'delete'
      );
    end if;
    execute format(
      $statement$
        delete from %1$s as t
        using jsonb_to_recordset($1) as wanted (id text, plan text)
        where wanted.plan = 'delete' and %2$s
      $statement$,
      shape.relation, shape.is_wanted
    ) using page;
    get diagnostics undone = row_count;
    perform private.correct_balances(paid);
    for restored in
      select record.*
      from jsonb_to_recordset(page) as wanted (id text, plan text)
      join public.migration_records as record on record.entity = rollback_records.entity and record.id = wanted.id
      where wanted.plan = 'restore'
      order by record.id
    loop
      begin
        -- The import has followed a claim made at its source.
        if entity = 'artists' and restored.previous ->> 'id' <> restored.id then
          update public.artists set id = (restored.previous ->> 'id')::uuid where id = restored.id::uuid;
          perform private.hand_over_notifications(restored.id::uuid, (restored.previous ->> 'id')::uuid);
        end if;
        execute format(
          $statement$
            insert into %1$s (%2$s)
            select %2$s from jsonb_populate_record(null::%1$s, $1)
            on conflict (%3$s) do update
              set (%2$s) = (select %2$s from jsonb_populate_record(null::%1$s, $1))
          $statement$,
          shape.relation, shape.columns, shape.keys
        ) using restored.previous;
        undone := undone + 1;
      exception
        -- Another row has by now what this one had; it may be taken back later, and this one with the next try.
        when integrity_constraint_violation then
          stuck := stuck || restored.id;
      end;
    end loop;
    -- Of artists who stay the movements that stay are the balance; who was here before has the one from then, unless
    -- there are movements since.
    if entity = 'artists' then
      update public.artists as artist
      set coins_balance = movements.total
      from (
        select wanted.id::uuid as id, coalesce(sum(movement.amount), 0) as total
        from jsonb_to_recordset(page) as wanted (id text, plan text)
        left join public.coin_transactions as movement on movement.artist_id = wanted.id::uuid
        where wanted.plan in ('in_use', 'changed') or (is_forced and wanted.plan = 'restore')
        group by wanted.id, wanted.plan
        having wanted.plan <> 'restore' or count(movement.id) > 0
      ) as movements
      where movements.id = artist.id
        and movements.total <> artist.coins_balance
        and movements.total between 0 and 2147483647;
    end if;
    perform private.set_importing(false);
    delete from public.migration_records as known
    using jsonb_to_recordset(page) as wanted (id text, plan text)
    where known.entity = rollback_records.entity
      and known.id = wanted.id
      and wanted.plan in ('forget', 'delete', 'restore')
      and wanted.id <> all (stuck);
  end if;

  return jsonb_build_object(
    'undone', undone,
    'changed', (
      select coalesce(jsonb_agg(jsonb_build_object('id', wanted.id, 'key', wanted.key) order by wanted.id), '[]')
      from jsonb_to_recordset(page) as wanted (id text, key text, plan text)
      where wanted.plan = 'changed'
    ),
    'in_use', (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'id', wanted.id,
            'key', wanted.key,
            'table', case wanted.plan when 'in_use' then wanted.used_by else entity end
          )
          order by wanted.id
        ),
        '[]'
      )
      from jsonb_to_recordset(page) as wanted (id text, key text, plan text, used_by text)
      where wanted.plan = 'in_use' or wanted.id = any (stuck)
    ),
    'next', case when jsonb_array_length(page) = page_limit then page -> -1 ->> 'id' end
  ) || case when is_forced then jsonb_build_object('let_go', let_go) else '{}' end;
end;
$$;

-- Takes back a page, 1,000 rows at most, of what imports did to an entity, in the order of ids after `after`: deletes
-- what they created, restores what they changed. Leaves alone what was changed since, unless forced, and what other
-- rows refer to; entities go children first. `check_only` changes nothing. Answers {"undone": integer, "changed":
-- [{id, key}], "in_use": [{id, key, table}], "next": where the next page begins, null after the last}, and forced
-- "let_go": [{table, column, deleted, count, ids}], the rows of others that went with the page's, or only lost what
-- their column referred to; of the ids the first twenty.
create or replace function public.rollback_records(
  entity text,
  after text,
  page_size integer,
  force boolean,
  check_only boolean
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.rollback_records(entity, after, page_size, force, check_only);
$$;

create or replace function private.finish_rollback()
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  remaining constant bigint := (select count(*) from public.migration_records);
begin
  if remaining = 0 then
    truncate table public.migration_runs, public.migration_keys, public.migration_rejects;
  else
    -- What has no row any more was taken back.
    delete from public.migration_keys as gone
    where gone.outcome in ('migrated', 'merged')
      and not exists (
        select from public.migration_records as known where known.key in (gone.key, gone.merged_into)
      );
  end if;
  return jsonb_build_object('remaining', remaining);
end;
$$;

create or replace function public.finish_rollback()
returns jsonb
language sql
set search_path = ''
as $$
  select private.finish_rollback();
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Grants
-- ---------------------------------------------------------------------------------------------------------------

revoke all on function
  private.users_query(text, boolean, boolean),
  private.let_go_query(text),
  private.rollback_records(text, text, integer, boolean, boolean),
  private.finish_rollback(),
  public.rollback_records(text, text, integer, boolean, boolean),
  public.finish_rollback()
from public, anon, authenticated, service_role;

grant execute on function
  private.rollback_records(text, text, integer, boolean, boolean),
  private.finish_rollback(),
  public.rollback_records(text, text, integer, boolean, boolean),
  public.finish_rollback()
to service_role;
