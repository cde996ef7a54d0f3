-- What a hosted Supabase database has before the first migration of a user, as far as migrations, the
-- linter and the type generator can tell. Run as superuser on an empty database; roles belong to the
-- whole server, so everything about them may be there already.
--
-- `hosted_postgres` stands for the hosted role `postgres`, which is no superuser: migrations run as it, so
-- one that needs more than a hosted project grants fails here too. Vault, pg_cron and pg_net are absent.

begin;

-- A lock on a catalog of the whole server, unlike an advisory one: test files prepare databases at the same time.
lock table pg_catalog.pg_authid in share row exclusive mode;

do $$
declare
  role_name text;
  attributes text;
begin
  for role_name, attributes in
    values
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'nologin noinherit'),
      ('supabase_admin', 'nologin bypassrls createrole createdb'),
      ('supabase_auth_admin', 'nologin noinherit createrole'),
      ('supabase_storage_admin', 'nologin noinherit createrole'),
      -- The password only matters on a server that asks for one; the role holds throwaway test databases.
      ('hosted_postgres', 'login createrole createdb bypassrls password ''hosted_postgres''')
  loop
    if to_regrole(role_name) is null then
      execute format('create role %I %s', role_name, attributes);
    end if;
  end loop;

  execute format('alter database %I owner to hosted_postgres', current_database());
end
$$;

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role, authenticator to hosted_postgres with admin option;
alter role hosted_postgres set search_path = "$user", public, extensions;

create schema extensions authorization hosted_postgres;
grant usage on schema extensions to anon, authenticated, service_role;
create extension pgcrypto with schema extensions;
create extension "uuid-ossp" with schema extensions;
-- Hosted projects may create it themselves; a bare PostgreSQL lets only a superuser do so.
create extension plpgsql_check with schema extensions;

-- Whatever `postgres` creates in public is open to every API role unless a migration revokes it.
grant usage on schema public to anon, authenticated, service_role;
alter default privileges for role hosted_postgres in schema public
  grant all on tables to anon, authenticated, service_role;
alter default privileges for role hosted_postgres in schema public
  grant all on functions to anon, authenticated, service_role;
alter default privileges for role hosted_postgres in schema public
  grant all on sequences to anon, authenticated, service_role;

-- Auth: the tables belong to the Auth service; `postgres` may use them, not change them.
create schema auth authorization supabase_auth_admin;
grant usage on schema auth to anon, authenticated, service_role, hosted_postgres;

create table auth.users (
  instance_id uuid,
  id uuid not null primary key,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  phone text unique,
  phone_confirmed_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  banned_until timestamptz,
  deleted_at timestamptz,
  is_sso_user boolean not null default false,
  is_anonymous boolean not null default false,
  created_at timestamptz,
  updated_at timestamptz
);
create unique index users_email_partial_key on auth.users (email) where is_sso_user = false;
alter table auth.users owner to supabase_auth_admin;
alter table auth.users enable row level security;
grant all on auth.users to hosted_postgres;

create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )::text
$$;
create function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )::text
$$;
alter function auth.jwt() owner to supabase_auth_admin;
alter function auth.uid() owner to supabase_auth_admin;
alter function auth.role() owner to supabase_auth_admin;
alter function auth.email() owner to supabase_auth_admin;

-- Storage: the same, except that `postgres` may give storage.objects policies.
create schema storage authorization supabase_storage_admin;
grant usage on schema storage to anon, authenticated, service_role, hosted_postgres;

create table storage.buckets (
  id text not null primary key,
  name text not null unique,
  owner uuid,
  owner_id text,
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create table storage.objects (
  id uuid not null default gen_random_uuid() primary key,
  bucket_id text references storage.buckets,
  name text,
  owner uuid,
  owner_id text,
  metadata jsonb,
  user_metadata jsonb,
  version text,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  unique (bucket_id, name)
);
alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role, hosted_postgres;

create function storage.foldername(name text) returns text[] language plpgsql immutable as $$
declare
  parts text[] := string_to_array(name, '/');
begin
  return parts[1 : array_length(parts, 1) - 1];
end
$$;
create function storage.filename(name text) returns text language plpgsql immutable as $$
declare
  parts text[] := string_to_array(name, '/');
begin
  return parts[array_length(parts, 1)];
end
$$;
alter function storage.foldername(text) owner to supabase_storage_admin;
alter function storage.filename(text) owner to supabase_storage_admin;

-- On the platform an extension of the server lets `postgres` manage policies (and nothing else) on tables it
-- does not own. Here membership in the owner does, and this trigger takes the rest of the owner's rights back.
grant supabase_storage_admin to hosted_postgres;

create function extensions.refuse_changes_to_services() returns event_trigger language plpgsql as $$
declare
  command record;
begin
  if current_user <> 'hosted_postgres' then
    return;
  end if;
  for command in select * from pg_event_trigger_ddl_commands() loop
    if (
        command.schema_name in ('auth', 'storage')
        and command.command_tag not in ('CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER')
      )
      -- A policy has no schema of its own.
      or (
        command.command_tag = 'COMMENT' and command.object_type = 'policy'
        and command.object_identity ~ ' on (auth|storage)\.'
      )
    then
      raise exception 'must be owner of %', command.object_identity
        using
          errcode = 'insufficient_privilege',
          hint = format('%s is refused on a hosted project', command.command_tag);
    end if;
  end loop;
end
$$;
create event trigger refuse_changes_to_services on ddl_command_end
  execute function extensions.refuse_changes_to_services();

commit;
