-- 004: what runs by the clock.
--
-- private.schedules is the one list of it: hosted projects turn it into pg_cron jobs that call the functions with
-- pg_net, the local stack's scheduler reads the same rows. Without pg_cron, pg_net or Vault nothing is scheduled and
-- a notice says what is missing.
--
-- On a hosted project: enable pg_cron and pg_net, store two secrets in Vault, then apply:
--   select vault.create_secret('https://<project ref>.supabase.co', 'project_url');
--   select vault.create_secret('<a secret key of the project>', 'secret_key');
--   select private.apply_schedules();
--
-- Leaves alone: cron jobs not named `promo-music: ...`, and the times an administrator has changed in the list.

create table if not exists private.schedules (
  name text primary key,
  -- Five fields, as cron reads them, UTC.
  schedule text not null,
  -- Below /functions/v1; it is POSTed to.
  path text not null,
  is_active boolean not null default true,
  constraint schedules_name_form check (name ~ '^[a-z0-9-]{1,60}$'),
  constraint schedules_schedule_form check (schedule ~ '^\S+( \S+){4}$'),
  constraint schedules_path_form check (path ~ '^/[A-Za-z0-9/_-]+$')
);

-- Databases kept from before have it, and nothing reads it.
alter table private.schedules drop column if exists function_name;

revoke all on private.schedules from public, anon, authenticated, service_role;

insert into private.schedules (name, schedule, path)
values ('storage-setup', '17 * * * *', '/storage-setup')
on conflict (name) do nothing;

-- Makes the cron jobs match private.schedules; to be called after every change of the list. The jobs read the two
-- secrets when they run and do nothing while one is missing, so that a changed secret needs no new call.
create or replace function private.apply_schedules()
returns void
language plpgsql
set search_path = ''
as $$
declare
  job_prefix constant text := 'promo-music: ';
  -- Looked up and not named, because these schemas exist on hosted projects alone.
  cron regnamespace := to_regnamespace('cron');
  net regnamespace := to_regnamespace('net');
  secrets regclass := to_regclass('vault.decrypted_secrets');
  missing text[];
  entry private.schedules;
  obsolete text;
  known_secrets integer;
begin
  select array_agg(needed.extension order by needed.extension) into missing
  from (values ('pg_cron', cron::oid), ('pg_net', net::oid), ('supabase_vault', secrets::oid))
    as needed (extension, found_as)
  where needed.found_as is null;
  if missing is not null then
    raise notice 'Nothing is scheduled here, missing: %. Enable it, then: select private.apply_schedules();',
      array_to_string(missing, ', ');
    return;
  end if;

  execute format($query$select count(*) from %s where name in ('project_url', 'secret_key')$query$, secrets)
    into known_secrets;
  if known_secrets < 2 then
    raise notice 'The jobs do nothing until Vault holds the secrets project_url and secret_key.';
  end if;

  for obsolete in
    execute format(
      $query$
        select jobname from %s.job
        where starts_with(jobname, $1)
          and jobname not in (select $1 || name from private.schedules where is_active)
      $query$,
      cron
    ) using job_prefix
  loop
    execute format('select %s.unschedule($1)', cron) using obsolete;
  end loop;

  for entry in select * from private.schedules where is_active order by name loop
    execute format('select %s.schedule($1, $2, $3)', cron) using
      job_prefix || entry.name,
      entry.schedule,
      format(
        $command$
          select %1$s.http_post(
            url := project_url.decrypted_secret || '/functions/v1' || %3$L,
            body := '{}'::jsonb,
            headers := jsonb_build_object('content-type', 'application/json', 'apikey', secret_key.decrypted_secret),
            timeout_milliseconds := 60000
          )
          from %2$s as project_url, %2$s as secret_key
          where project_url.name = 'project_url' and secret_key.name = 'secret_key'
        $command$,
        net, secrets, entry.path
      );
  end loop;
end;
$$;

revoke all on function private.apply_schedules() from public, anon, authenticated, service_role;

do $$
begin
  perform private.apply_schedules();
end;
$$;
