begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(25);

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

create function pg_temp.statuses(campaign uuid) returns text[] language sql security definer as
  $$select array_agg(status order by position) from public.campaign_deliveries where campaign_id = campaign$$;

insert into public.artists (id, full_name, claimed_at) values
  ('a0000000-0000-4000-8000-00000000000a', 'Алиса', now());
insert into public.concerts (id, artist_id, title) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Алисы');
insert into public.ticket_sales
  (concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status, buyer_email)
select
  'c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1, 'confirmed', address
from (values ('anna@example.com'), ('boris@example.com'), ('vera@example.com')) as buyer (address);
insert into public.email_campaigns (id, artist_id, subject) values
  ('ca000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Первая'),
  ('ca000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', 'Вторая');
insert into public.email_campaigns (id, artist_id, subject, status, scheduled_for) values
  (
    'ca000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-00000000000a', 'Негодная', 'scheduled',
    now() - interval '1 minute'
  );
create temporary table batches (number integer, claimed jsonb) on commit drop;
grant all on batches to public;

-- What holds for the table itself
select throws_ok(
  format($$update public.email_campaigns set %s = %L$$, field, instant), '23514', null,
  format('what no list could tell is no time: %s %s', field, instant)
)
from (values ('send_before'), ('scheduled_for')) as fields (field)
cross join (values ('infinity'), ('-infinity'), ('10000-01-01Z')) as bad (instant);
select is(private.instant_of('2026-01-01T00:00:00+99:99'), null, 'an impossible zone names no instant');
select is(private.instant_of('294277-01-01Z'), null, 'nor does a year beyond all');

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select throws_ok(
  $$select public.create_campaign('{"subject":"x","send_before":"infinity"}')$$, 'PT400', 'validation_failed',
  'an artist creates no campaign without end'
);
select throws_ok(
  $$select public.schedule_campaign('ca000000-0000-4000-8000-000000000001', 'infinity')$$, 'PT400',
  'validation_failed', 'nor schedules one for never'
);
select lives_ok($$select public.send_campaign('ca000000-0000-4000-8000-000000000001')$$, 'a campaign is sent');

-- Service: one campaign that cannot be started
select set_config('role', 'none', true);
alter function private.campaign_audience(public.email_campaigns) rename to real_audience;
create function private.campaign_audience(campaign public.email_campaigns)
returns table (address text, name text)
language plpgsql
as $$
begin
  if campaign.subject = 'Негодная' then
    perform 'x'::integer;
  end if;
  return query select * from private.real_audience(campaign);
end;
$$;
select pg_temp.become('service_role');
insert into batches select 1, public.claim_campaign_batch(2, 600);
select is(
  (select jsonb_path_query_array(claimed, '$.deliveries[*].address') from batches where number = 1),
  '["anna@example.com", "boris@example.com"]', 'the others are sent'
);
select results_eq(
  $$select status, error_message from public.email_campaigns where subject = 'Негодная'$$,
  $$values ('paused', 'Рассылку не удалось подготовить: проверьте её условия')$$, 'and it is paused, with the reason'
);

-- Service: batches that came to nothing
select lives_ok(
  $$select public.postpone_campaign_batch((claimed ->> 'batch_id')::uuid, 'refused', 0, false)
    from batches where number = 1$$,
  'a batch is given back of which nothing was taken'
);
select is(
  pg_temp.statuses('ca000000-0000-4000-8000-000000000001'), array['queued', 'queued', 'queued'],
  'its messages are queued again'
);
select lives_ok(
  $$select public.suppress_address('a0000000-0000-4000-8000-00000000000a', 'anna@example.com', 'unsubscribed')$$,
  'somebody unsubscribes'
);
insert into batches select 2, public.claim_campaign_batch(3, 600);
select results_eq(
  $$select claimed ->> 'batch_id' <> (select claimed ->> 'batch_id' from batches where number = 1),
      (claimed ->> 'may_be_taken')::boolean, jsonb_path_query_array(claimed, '$.deliveries[*].address')
    from batches where number = 2$$,
  $$values (true, false, '["boris@example.com", "vera@example.com"]'::jsonb)$$,
  'in another batch, without them'
);
select lives_ok(
  $$select public.postpone_campaign_batch((claimed ->> 'batch_id')::uuid, 'silence', 0, true)
    from batches where number = 2$$,
  'a batch is given back that may be taken'
);
select lives_ok(
  $$select public.suppress_address('a0000000-0000-4000-8000-00000000000a', 'boris@example.com', 'unsubscribed')$$,
  'somebody else unsubscribes'
);
insert into batches select 3, public.claim_campaign_batch(3, 600);
select results_eq(
  $$select claimed ->> 'batch_id' = (select claimed ->> 'batch_id' from batches where number = 2),
      (claimed ->> 'may_be_taken')::boolean, jsonb_path_query_array(claimed, '$.deliveries[*].address')
    from batches where number = 3$$,
  $$values (true, true, '["vera@example.com"]'::jsonb)$$,
  'it comes again as the same, without them as well'
);
select lives_ok(
  $$select public.record_campaign_batch(
      (claimed ->> 'batch_id')::uuid,
      jsonb_build_array(jsonb_build_object(
        'id', claimed #>> '{deliveries,0,id}', 'accepted', false, 'permanent', false, 'reason', '450 later'
      ))
    )
    from batches where number = 3$$,
  'a message is put off'
);
select results_eq(
  $$select status, attempts, retry_at - now()::timestamptz(3) from public.campaign_deliveries
    where address = 'vera@example.com'$$,
  $$values ('queued', 1, interval '1 minute')$$,
  'and waits; the batches that came to nothing were no attempts'
);
select is(
  public.claim_campaign_batch(), '{"batch_id": null, "remaining": 1}'::jsonb, 'until then it is not sent'
);

-- Owner: cancelling what a worker has left behind
update public.campaign_deliveries set retry_at = null;
insert into batches select 4, public.claim_campaign_batch(1, -1);
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select lives_ok($$select public.cancel_campaign('ca000000-0000-4000-8000-000000000001')$$, 'it is cancelled');
select is(
  pg_temp.statuses('ca000000-0000-4000-8000-000000000001'), array['skipped', 'skipped', 'failed'],
  'and nobody stays in between'
);

select * from finish();
rollback;
