-- What a hosted Supabase database has before a project's first migration and the embedded server does not make:
-- the roles requests run under and their way into the auth and storage schemas. Runs at every start.
-- Tables of the public schema get no grant here: migrations grant what they mean to.

do $$
declare
  wanted record;
begin
  for wanted in
    select *
    from (values
      ('authenticator', 'nologin noinherit'),
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls')
    ) as roles (name, options)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
      begin
        execute format('create role %I %s', wanted.name, wanted.options);
      exception
        -- Roles belong to the whole server: another database may be prepared at the same moment.
        when duplicate_object or unique_violation then null;
      end;
    end if;
    if wanted.name <> 'authenticator' and not pg_has_role('authenticator', wanted.name, 'member') then
      begin
        execute format('grant %I to authenticator', wanted.name);
      exception
        when unique_violation or internal_error then null;
      end;
    end if;
  end loop;
end
$$;

create schema if not exists extensions;

grant usage on schema public, auth, storage, extensions to anon, authenticated, service_role;

-- Row level security decides here, as on the platform.
grant all on all tables in schema storage to anon, authenticated, service_role;

-- The claims as hosted Supabase reads them: from either setting, so that tests which set only request.jwt.claims
-- see the same person as the Data API.
create or replace function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create or replace function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

create or replace function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )
$$;

create or replace function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;
