begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(67);

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

insert into public.artists (id, full_name, claimed_at, legacy_id) values
  ('a0000000-0000-4000-8000-00000000000a', 'Алиса', now(), null),
  ('a0000000-0000-4000-8000-00000000000b', 'Борис', now(), 'a0000000-0000-4000-8000-0000000000b0'),
  ('a0000000-0000-4000-8000-00000000000c', 'Вера', now(), 'a0000000-0000-4000-8000-0000000000c0'),
  ('a0000000-0000-4000-8000-0000000000c0', 'Глеб', now(), null);
insert into public.concerts (id, artist_id, title, city, legacy_id) values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Алисы', 'Казань', 'tour_1'),
  ('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b', 'Бориса', 'Омск', null);
insert into public.ticket_sales
  (concert_id, artist_id, quantity, unit_price, total_amount, net_amount, status, buyer_email, buyer_name, purchased_at)
values
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1, 'confirmed',
    ' Anna@Example.com ', 'Аня', '2026-01-01Z'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1, 'confirmed',
    'anna@example.com', 'Анна', '2026-02-01Z'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1, 'confirmed',
    'boris@example.com', null, '2026-02-01Z'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1, 'confirmed',
    'vera@example.com', null, '2026-03-01Z'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1, 'confirmed',
    E'evil@example.com\nBcc: x@example.com', null, '2026-03-01Z'),
  ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 1, 1, 1, 1, 'pending',
    'pending@example.com', null, '2026-03-01Z'),
  ('c0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000b', 1, 1, 1, 1, 'confirmed',
    'stranger@example.com', null, '2026-03-01Z');
insert into public.email_campaigns (id, artist_id, subject, recipient_filter, status, scheduled_for) values
  ('ca000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'Первая', '{}', 'draft', null),
  ('ca000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-00000000000a', 'Вторая',
    '{"cities":["Нигде"]}', 'draft', null),
  ('ca000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-00000000000b', 'Бориса', '{}', 'draft', null);

-- What holds for the tables themselves
select throws_ok(
  format(
    $$insert into public.email_campaigns (artist_id, subject, recipient_filter)
      values ('a0000000-0000-4000-8000-00000000000a', 'x', %L)$$, filter
  ),
  '23514', null, 'a filter the dispatcher could not read is refused: ' || filter
)
from (values ('{"cities":"Москва"}'), ('{"concert_ids":[1]}'), ('{"purchased_after":5}'), ('[]')) as bad (filter);
select is(private.instant_of('2026-02-30T00:00:00Z'), null, 'an impossible instant is none');
select is(private.instant_of('2026-02-28T00:00:00Z'), '2026-02-28Z'::timestamptz, 'a good one is itself');
select ok(private.is_mail_address('anna.b+c@mail.example.com'), 'an ordinary address is one');
select is_empty(
  $$select address from (values ('anna'), ('a@b c'), (E'a@b\n'), ('a@b,c@d'), ('<a@b>'), ('анна@пример.рф'), ('@b'),
      (repeat('a', 65) || '@b.ru')) as bad (address) where private.is_mail_address(address)$$,
  'what could end a header or add a recipient is no address'
);

-- Owner
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select is(
  public.create_campaign('{"subject":"Новая","content":"Текст","concert_id":"tour_1"}') ->> 'concert_id',
  'c0000000-0000-4000-8000-000000000001', 'an artist creates a campaign about a concert, by its old id as well'
);
select throws_ok(
  $$select public.create_campaign('{"subject":"x","concert_id":"c0000000-0000-4000-8000-000000000002"}')$$,
  'PT400', 'validation_failed', 'and about nobody else''s'
);
select is(
  public.get_campaign_audience('ca000000-0000-4000-8000-000000000001', 2),
  '{"count": 3, "sample": ["anna@example.com", "boris@example.com"]}'::jsonb,
  'the audience: distinct addresses of confirmed sales, those mail can be sent to'
);
select is(
  public.get_campaign_audience('ca000000-0000-4000-8000-000000000002') ->> 'count', '0', 'nobody is no one'
);
select is(
  public.get_campaign_material('ca000000-0000-4000-8000-000000000001') ->> 'artist_name', 'Алиса',
  'the material names the artist'
);
select is(
  public.update_campaign(
    'ca000000-0000-4000-8000-000000000001', '{"recipient_filter":{"purchased_before":"2026-02-15T00:00:00Z"}}'
  ) -> 'recipient_filter' ->> 'purchased_before',
  '2026-02-15T00:00:00Z', 'an artist edits the filter'
);
select is(
  public.get_campaign_audience('ca000000-0000-4000-8000-000000000001') ->> 'count', '2', 'which narrows the audience'
);
select is(
  public.update_campaign('ca000000-0000-4000-8000-000000000001', '{"recipient_filter":{}}') ->> 'status', 'draft',
  'and widens it again'
);
select throws_ok(
  $$select public.update_campaign('ca000000-0000-4000-8000-000000000001', '{"status":"sent"}')$$,
  'PT400', 'validation_failed', 'the status is no field'
);
select throws_ok(
  $$select public.schedule_campaign('ca000000-0000-4000-8000-000000000001', now() - interval '1 minute')$$,
  'PT400', 'validation_failed', 'nothing is scheduled for the past'
);
select throws_ok(
  $$select public.pause_campaign('ca000000-0000-4000-8000-000000000001')$$,
  'PT409', 'invalid_transition', 'a draft cannot be paused'
);
select throws_ok(
  $$select public.send_campaign('ca000000-0000-4000-8000-000000000002')$$,
  'PT400', 'validation_failed', 'a campaign for nobody is not sent'
);
select is(
  public.send_campaign('ca000000-0000-4000-8000-000000000001', 'key', 'a') #>> '{campaign,status}', 'sending',
  'a draft is sent'
);
select is(
  public.send_campaign('ca000000-0000-4000-8000-000000000001', 'key', 'a') ->> 'replayed', 'true',
  'the same request again has the first answer'
);
select throws_ok(
  $$select public.send_campaign('ca000000-0000-4000-8000-000000000002', 'key', 'b')$$,
  'PT422', 'idempotency_mismatch', 'its key is good for no other'
);
select results_eq(
  $$select position, address, name, status from public.campaign_deliveries order by position$$,
  $$values (1, 'anna@example.com', 'Анна', 'queued'), (2, 'boris@example.com', null, 'queued'),
    (3, 'vera@example.com', null, 'queued')$$,
  'the recipients are resolved, each with the name of the latest purchase'
);
select throws_ok(
  $$select public.update_campaign('ca000000-0000-4000-8000-000000000001', '{"subject":"x"}')$$,
  'PT409', 'invalid_transition', 'what is being sent is not edited'
);
select throws_ok(
  $$select public.delete_campaign('ca000000-0000-4000-8000-000000000001')$$,
  'PT409', 'invalid_transition', 'nor deleted'
);
select throws_ok(
  $$update public.campaign_deliveries set status = 'sent'$$, '42501', null, 'an artist writes no deliveries'
);
select throws_ok(
  $$select batch_id from public.campaign_deliveries$$, '42501', null, 'nor reads how they are batched'
);
select throws_ok($$select from public.mail_suppressions$$, '42501', null, 'who has unsubscribed is for the backend');
select throws_ok($$select public.claim_campaign_batch()$$, '42501', null, 'an artist plays no dispatcher');
select throws_ok(
  $$select public.suppress_address('a0000000-0000-4000-8000-00000000000a', 'x@example.com', 'unsubscribed')$$,
  '42501', null, 'nor unsubscribes others'
);
select throws_ok(
  $$select public.record_mail_event('x', 'x', 'opened', now())$$, '42501', null, 'nor counts openings'
);

-- Another artist
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000b');
select is_empty($$select from public.campaign_deliveries$$, 'another artist sees no deliveries');
select is(
  public.get_campaign_material('ca000000-0000-4000-8000-000000000001'), null, 'nor what the campaign says'
);
select is(
  public.get_campaign_audience('ca000000-0000-4000-8000-000000000001'), null, 'nor whom it is for'
);
select throws_ok(
  format('select public.%s', call), 'PT404', 'not_found', 'for another artist it is not there: ' || call
)
from (
  values
    ($$cancel_campaign('ca000000-0000-4000-8000-000000000001')$$),
    ($$send_campaign('ca000000-0000-4000-8000-000000000001')$$),
    ($$delete_campaign('ca000000-0000-4000-8000-000000000001')$$),
    ($$update_campaign('ca000000-0000-4000-8000-000000000001', '{"subject":"x"}')$$),
    ($$list_campaign_deliveries('ca000000-0000-4000-8000-000000000001')$$)
) as attempt (call);

-- Visitor
select pg_temp.become('anon');
select throws_ok($$select from public.campaign_deliveries$$, '42501', null, 'a visitor sees no deliveries');
select throws_ok($$select from public.mail_suppressions$$, '42501', null, 'nor suppressions');
select throws_ok($$select public.create_campaign('{"subject":"x"}')$$, '42501', null, 'nor creates campaigns');

-- Moderator
select pg_temp.become(
  'authenticated', 'a0000000-0000-4000-8000-00000000000c', '{"app_metadata":{"role":"moderator"}}'
);
select is_empty($$select from public.campaign_deliveries$$, 'a moderator sees nobody''s deliveries');
select throws_ok(
  $$select public.cancel_campaign('ca000000-0000-4000-8000-000000000001')$$,
  'PT404', 'not_found', 'nor cancels anybody''s campaign'
);

-- Service: the dispatcher
select pg_temp.become('service_role');
create temporary table batch on commit drop as
select public.claim_campaign_batch(2, -1) as claimed;
select is(
  (select jsonb_path_query_array(claimed, '$.deliveries[*].address') from batch),
  '["anna@example.com", "boris@example.com"]'::jsonb, 'the dispatcher claims a batch in the order of sending'
);
select is(
  (select public.claim_campaign_batch(1, 600) ->> 'batch_id'), (select claimed ->> 'batch_id' from batch),
  'what a worker has left behind comes again under the same id'
);
select is(
  public.record_campaign_batch(
    (select (claimed ->> 'batch_id')::uuid from batch),
    (
      select jsonb_agg(jsonb_build_object(
        'id', delivery ->> 'id', 'accepted', true, 'provider_message_id', 'p-' || (delivery ->> 'address')
      ))
      from batch, jsonb_array_elements(claimed -> 'deliveries') as delivery
    )
  ) ->> 'remaining',
  '1', 'what became of it is written down'
);
select lives_ok(
  $$select public.record_campaign_batch(
    (select (claimed ->> 'batch_id')::uuid from batch),
    (select jsonb_agg(jsonb_build_object('id', delivery ->> 'id', 'accepted', true))
      from batch, jsonb_array_elements(claimed -> 'deliveries') as delivery)
  )$$,
  'telling it again is no error'
);
select is(
  (select emails_sent from public.email_campaigns where id = 'ca000000-0000-4000-8000-000000000001'), 2,
  'and counts once'
);
select lives_ok(
  $$select public.suppress_address('a0000000-0000-4000-8000-00000000000a', 'Vera@example.com', 'unsubscribed')$$,
  'somebody unsubscribes'
);
select is(
  public.claim_campaign_batch(), '{"batch_id": null, "remaining": 0}'::jsonb, 'whoever has unsubscribed is left out'
);
select results_eq(
  $$select status, emails_sent, sent_at is not null from public.email_campaigns
    where id = 'ca000000-0000-4000-8000-000000000001'$$,
  $$values ('sent', 2, true)$$,
  'and the campaign ends'
);
select ok(
  public.record_mail_event(null, 'p-anna@example.com', 'opened', now()), 'an opening is known by the provider''s id'
);
select ok(public.record_mail_event(null, 'p-anna@example.com', 'delivered', now()), 'a delivery comes after it');
select ok(
  public.record_mail_event(null, 'p-boris@example.com', 'bounced', now(), true), 'another message bounces for good'
);
select ok(not public.record_mail_event('x', 'unknown', 'opened', now()), 'a message of nobody''s is ignored');
select results_eq(
  $$select emails_delivered, emails_opened, emails_bounced, open_rate, bounce_rate from public.email_campaigns
    where id = 'ca000000-0000-4000-8000-000000000001'$$,
  $$values (1, 1, 1, 1.0000, 0.5000)$$,
  'each is counted once, and the rates follow'
);
select results_eq(
  $$select address, reason from public.mail_suppressions order by address$$,
  $$values ('boris@example.com', 'hard_bounce'), ('vera@example.com', 'unsubscribed')$$,
  'a hard bounce suppresses the address'
);
-- Борис and Вера have claimed profiles of accounts of another project; Глеб has come into the id of Вера's since.
select ok(
  public.suppress_address('a0000000-0000-4000-8000-0000000000b0', 'Old@example.com', 'unsubscribed')
    and public.record_mail_event('x', 'unknown', 'complained', now(), false,
      'a0000000-0000-4000-8000-0000000000b0', 'complained@example.com'),
  'an id from before a claim is the artist''s who has claimed'
);
select ok(
  public.suppress_address('a0000000-0000-4000-8000-0000000000c0', 'Old@example.com', 'unsubscribed'),
  'but for one that is another artist''s today'
);
select ok(
  not public.suppress_address('a0000000-0000-4000-8000-00000000000f', 'Old@example.com', 'unsubscribed'),
  'an id that is and was nobody''s is told to be'
);
select results_eq(
  $$select artist_id::text, address from public.mail_suppressions
    where address in ('old@example.com', 'complained@example.com') order by 1, 2$$,
  $$values
    ('a0000000-0000-4000-8000-00000000000b', 'complained@example.com'),
    ('a0000000-0000-4000-8000-00000000000b', 'old@example.com'),
    ('a0000000-0000-4000-8000-0000000000c0', 'old@example.com')$$,
  'and nobody else''s list has the address'
);
select is(
  public.claim_campaign_batch(), '{"batch_id": null, "remaining": 0}'::jsonb, 'another artist''s draft is left alone'
);

-- Owner again
select pg_temp.become('authenticated', 'a0000000-0000-4000-8000-00000000000a');
select is(
  (select open_rate from public.calculate_campaign_metrics('ca000000-0000-4000-8000-000000000001')), 1.0000,
  'guide: calculate_campaign_metrics tells the rate'
);
select lives_ok(
  $$select public.delete_campaign('ca000000-0000-4000-8000-000000000001')$$, 'a campaign that was sent is deleted'
);
select is_empty($$select from public.campaign_deliveries$$, 'with its deliveries');

select * from finish();
rollback;
