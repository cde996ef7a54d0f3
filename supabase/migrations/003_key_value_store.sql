-- 003: the key-value table of STORAGE_MODE=kv, for projects that do not have it yet.
--
-- An existing kv_store_84730125 keeps its columns and rows. It is opened to service_role alone: it has no owner
-- column, so that whoever reads it reads everybody's data.

create table if not exists public.kv_store_84730125 (
  key text primary key,
  value jsonb not null
);

alter table public.kv_store_84730125 enable row level security;

revoke all on public.kv_store_84730125 from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.kv_store_84730125 to service_role;

drop policy if exists "Only the backend uses the key-value store" on public.kv_store_84730125;
create policy "Only the backend uses the key-value store" on public.kv_store_84730125
  for all to service_role
  using (true)
  with check (true);

-- Serves LIKE 'prefix%' where the database's collation is not C. The old product's projects may have one already.
do $$
begin
  if not exists (
    select
    from pg_index as idx
    join pg_opclass as class on class.oid = idx.indclass[0]
    where idx.indrelid = 'public.kv_store_84730125'::regclass
      and idx.indnkeyatts = 1
      and idx.indpred is null
      and idx.indkey[0] = (
        select attnum from pg_attribute where attrelid = idx.indrelid and attname = 'key'
      )
      and class.opcname = 'text_pattern_ops'
  ) then
    create index kv_store_84730125_key_prefix_idx on public.kv_store_84730125 (key text_pattern_ops);
  end if;
end;
$$;
