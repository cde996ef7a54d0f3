begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(12);

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

select is(
  (select row(schedule, path, is_active)::text from private.schedules where name = 'storage-setup'),
  '("17 * * * *",/storage-setup,t)', 'storage set-up runs every hour'
);
select throws_ok(
  $$insert into private.schedules values ('tap', 'every hour', '/concerts')$$,
  '23514', null, 'a schedule has five fields'
);
select throws_ok(
  $$insert into private.schedules values ('tap', '* * * * *', 'https://example.com/')$$,
  '23514', null, 'a schedule calls functions of this project only'
);

select pg_temp.become('anon');
select throws_ok($$select from private.schedules$$, '42501', null, 'a visitor does not read the schedules');
select throws_ok($$select private.apply_schedules()$$, '42501', null, 'a visitor applies nothing');
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select throws_ok($$select private.apply_schedules()$$, '42501', null, 'an artist applies nothing');
select pg_temp.become('service_role');
select throws_ok($$select private.apply_schedules()$$, '42501', null, 'the Data API applies nothing, whoever asks');
reset role;

-- With the extensions there. Where the server has none, the tables and functions used of them stand in.
create function pg_temp.has(extension text) returns boolean language sql as $$
  select exists (select from pg_extension where extname = extension)
$$;
do $$
begin
  if not pg_temp.has('pg_cron') and to_regnamespace('cron') is null then
    create schema cron;
    create table cron.job (jobname text primary key, schedule text not null, command text not null);
    create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $body$
      insert into cron.job values ($1, $2, $3)
      on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command
      returning 1::bigint
    $body$;
    create function cron.unschedule(job_name text) returns boolean language sql as $body$
      delete from cron.job where jobname = $1 returning true
    $body$;
  end if;
  if not pg_temp.has('pg_net') and to_regnamespace('net') is null then
    create schema net;
    create table net.http_request_queue (url text, headers jsonb);
    create function net.http_post(
      url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}',
      timeout_milliseconds integer default 5000
    ) returns bigint language sql as $body$
      insert into net.http_request_queue values ($1, $4) returning 1::bigint
    $body$;
  end if;
  if not pg_temp.has('supabase_vault') and to_regnamespace('vault') is null then
    create schema vault;
    create table vault.decrypted_secrets (name text, decrypted_secret text);
    create function vault.create_secret(new_secret text, new_name text) returns void language sql as $body$
      insert into vault.decrypted_secrets values ($2, $1)
    $body$;
  end if;
end;
$$;
-- Whatever the list holds here besides, the outcome for these rows is the same.
insert into private.schedules (name, schedule, path, is_active) values
  ('tap-on', '*/5 * * * *', '/notifications/dispatch', true),
  ('tap-off', '0 0 * * *', '/campaigns/dispatch', false);
create function pg_temp.jobs() returns setof text language plpgsql as $$
begin
  return query execute 'select jobname || '' at '' || schedule from cron.job where jobname ~ ''tap|storage-setup'' order by 1';
end;
$$;
select cron.schedule('promo-music: tap-obsolete', '* * * * *', 'select 1');
select cron.schedule('tap: somebody else''s', '* * * * *', 'select 1');
select lives_ok($$select private.apply_schedules()$$, 'the list is applied');
select lives_ok($$select private.apply_schedules()$$, 'and applied again');
select results_eq(
  $$select pg_temp.jobs()$$,
  $$values
    ('promo-music: storage-setup at 17 * * * *'),
    ('promo-music: tap-on at */5 * * * *'),
    ('tap: somebody else''s at * * * * *')$$,
  'there is one job for each active row; what left the list is gone, what is not ours stays'
);
create function pg_temp.run_job(job text) returns void language plpgsql as $$
declare
  command text;
begin
  execute 'select command from cron.job where jobname = $1' into command using job;
  execute command;
end;
$$;
select pg_temp.run_job('promo-music: tap-on');
select is_empty($$select from net.http_request_queue$$, 'without the secrets a job asks nobody');
select vault.create_secret('https://tap.supabase.co', 'project_url');
select vault.create_secret('sb_secret_tap', 'secret_key');
select pg_temp.run_job('promo-music: tap-on');
select results_eq(
  $$select url::text, headers ->> 'apikey' from net.http_request_queue$$,
  $$values ('https://tap.supabase.co/functions/v1/notifications/dispatch', 'sb_secret_tap')$$,
  'a job calls its function with the secret key, both read when it runs'
);

select * from finish();
rollback;
