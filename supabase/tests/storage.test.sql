begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(10);

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

insert into storage.buckets (id, name, public) values
  ('make-84730125-concert-banners', 'make-84730125-concert-banners', true),
  ('make-84730125-audio-files', 'make-84730125-audio-files', false),
  ('tap-foreign', 'tap-foreign', false)
on conflict (id) do nothing;
insert into storage.objects (bucket_id, name) values
  ('make-84730125-concert-banners', 'a0000000-0000-4000-8000-00000000000b/tap.jpg'),
  ('make-84730125-audio-files', 'a0000000-0000-4000-8000-00000000000b/tap.mp3'),
  ('tap-foreign', 'a0000000-0000-4000-8000-00000000000a/tap.txt');

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select lives_ok(
  $$insert into storage.objects (bucket_id, name)
    values ('make-84730125-concert-banners', 'a0000000-0000-4000-8000-00000000000a/tap.jpg')$$,
  'an artist uploads into their own folder of a public bucket'
);
select lives_ok(
  $$insert into storage.objects (bucket_id, name)
    values ('make-84730125-audio-files', 'a0000000-0000-4000-8000-00000000000a/album/tap.mp3')$$,
  'an artist uploads into their own folder of a private bucket'
);
select throws_ok(
  $$insert into storage.objects (bucket_id, name)
    values ('make-84730125-concert-banners', 'a0000000-0000-4000-8000-00000000000b/hack.jpg')$$,
  '42501', null, 'an artist uploads into nobody else''s folder'
);
select throws_ok(
  $$insert into storage.objects (bucket_id, name) values ('make-84730125-concert-banners', 'tap-no-folder.jpg')$$,
  '42501', null, 'an artist uploads nothing outside of a folder'
);
select throws_ok(
  $$insert into storage.objects (bucket_id, name)
    values ('tap-foreign', 'a0000000-0000-4000-8000-00000000000a/hack.txt')$$,
  '42501', null, 'the policies reach no further than the six buckets'
);
select set_eq(
  $$select name from storage.objects where name like '%tap.%'$$,
  $$values
    ('a0000000-0000-4000-8000-00000000000a/tap.jpg'),
    ('a0000000-0000-4000-8000-00000000000a/album/tap.mp3'),
    ('a0000000-0000-4000-8000-00000000000b/tap.jpg')$$,
  'an artist reads public buckets and their own private files'
);
select throws_ok(
  $$update storage.objects set name = 'a0000000-0000-4000-8000-00000000000b/moved.jpg'
    where name = 'a0000000-0000-4000-8000-00000000000a/tap.jpg'$$,
  '42501', null, 'an artist moves no file into another''s folder'
);
update storage.objects set metadata = '{"tap":true}'
where name in ('a0000000-0000-4000-8000-00000000000a/tap.jpg', 'a0000000-0000-4000-8000-00000000000b/tap.jpg');
select results_eq(
  $$select name from storage.objects where metadata = '{"tap":true}'$$,
  $$values ('a0000000-0000-4000-8000-00000000000a/tap.jpg')$$,
  'an artist overwrites their own files only'
);
delete from storage.objects
where name in ('a0000000-0000-4000-8000-00000000000a/tap.jpg', 'a0000000-0000-4000-8000-00000000000b/tap.jpg');

-- Visitor
select pg_temp.become('anon');
select results_eq(
  $$select name from storage.objects where name like '%tap.%'$$,
  $$values ('a0000000-0000-4000-8000-00000000000b/tap.jpg')$$,
  'an artist has deleted their own file only, and a visitor reads public buckets only'
);
select throws_ok(
  $$insert into storage.objects (bucket_id, name)
    values ('make-84730125-concert-banners', 'a0000000-0000-4000-8000-00000000000a/hack.jpg')$$,
  '42501', null, 'a visitor uploads nothing'
);

select * from finish();
rollback;
