begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(21);

-- What must hold for every table, view and function, those of later migrations included.
select set_has(
  $$select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'$$,
  $$values ('artists'), ('concerts'), ('notifications'), ('notification_settings'), ('email_campaigns'),
    ('ticket_providers'), ('artist_ticket_providers'), ('ticket_sales'), ('coin_transactions'), ('kv_store_84730125')$$,
  'the tables of the migration guide are there, the coin ledger and the key-value store'
);
select has_view('public', 'concert_analytics', 'guide: the view concert_analytics is there');
select has_view('public', 'artist_statistics', 'guide: the view artist_statistics is there');
select has_function('public', 'increment_concert_views', array['uuid'], 'guide: increment_concert_views is there');
select has_function('public', 'increment_concert_clicks', array['uuid'], 'guide: increment_concert_clicks is there');
select has_function('public', 'calculate_campaign_metrics', array['uuid'], 'guide: calculate_campaign_metrics is there');
select has_index('public', 'concerts', 'idx_concerts_artist_id', 'guide: idx_concerts_artist_id is there');
select has_index('public', 'concerts', 'idx_concerts_event_date', 'guide: idx_concerts_event_date is there');
select has_index('public', 'concerts', 'idx_concerts_city', 'guide: idx_concerts_city is there');
select index_is_type('public', 'concerts', 'idx_concerts_search', 'gin', 'guide: idx_concerts_search is a GIN index');
select is_empty(
  $$select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity$$,
  'every table the Data API serves has row level security'
);
select is_empty(
  $$select tablename, policyname from pg_policies where schemaname in ('public', 'private') and 'public' = any (roles)$$,
  'every policy names its roles'
);
select is_empty(
  $$select tablename, policyname from pg_policies
    where schemaname in ('public', 'private') and cmd <> 'SELECT' and roles <> '{service_role}'
      and (qual = 'true' or with_check = 'true')$$,
  'no policy lets everybody write'
);
select is_empty(
  $$select c.oid::regclass, role.name, privilege.name
    from pg_class as c
    cross join (values ('anon'), ('authenticated')) as role (name)
    cross join (values ('INSERT'), ('UPDATE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) as privilege (name)
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'v')
      and has_table_privilege(role.name, c.oid, privilege.name)$$,
  'visitors and artists write named columns at most'
);
select is_empty(
  $$select c.oid::regclass from pg_class as c
    where c.relnamespace = 'private'::regnamespace and c.relkind in ('r', 'v')
      and (has_any_column_privilege('anon', c.oid, 'SELECT') or has_any_column_privilege('authenticated', c.oid, 'SELECT'))$$,
  'internal tables are for nobody'
);
select is_empty(
  $$select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'v'
      and not coalesce('security_invoker=on' = any (reloptions) or 'security_invoker=true' = any (reloptions), false)$$,
  'every view runs with the rights of whoever reads it'
);
select is_empty(
  $$select p.oid::regprocedure from pg_proc as p
    where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
      and not exists (select from unnest(p.proconfig) as setting where setting like 'search_path=%')
      and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')$$,
  'every function has its own search_path'
);
select is_empty(
  $$select p.oid::regprocedure from pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.prosecdef
      and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')$$,
  'no function of the Data API runs with its owner''s rights'
);
select set_eq(
  $$select p.proname::text from pg_proc as p
    where p.pronamespace = 'public'::regnamespace and has_function_privilege('anon', p.oid, 'execute')
      and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')$$,
  $$values ('get_concert'), ('search_concerts'), ('count_concert_event'), ('increment_concert_views'),
    ('increment_concert_clicks')$$,
  'visitors call what is listed here and nothing else'
);
select is_empty(
  $$select con.conrelid::regclass, con.conname from pg_constraint as con
    where con.contype = 'f' and con.connamespace = 'public'::regnamespace
      and not exists (
        select from pg_index as i
        where i.indrelid = con.conrelid and i.indkey[0] = con.conkey[1] and i.indpred is null
      )$$,
  'every foreign key has an index'
);
select is_empty(
  $$select con.conrelid::regclass, con.conname from pg_constraint as con
    where con.contype = 'f' and con.confrelid = 'public.artists'::regclass and con.confupdtype <> 'c'$$,
  'everything of an artist follows when their profile is claimed'
);

select * from finish();
rollback;
