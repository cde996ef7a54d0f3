begin;
create extension if not exists pgtap with schema extensions;
set local search_path to public, extensions;
select plan(44);

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

-- One row of every entity, complete and canonical.
create temp table given (place serial, entity text, id text, content jsonb);
grant all on given to public;
insert into given (entity, id, content) values
  ('artists', 'a0000000-0000-4000-8000-00000000000a', '{
    "id": "a0000000-0000-4000-8000-00000000000a", "legacy_id": "artist_1", "username": "alisa", "full_name": "Алиса 🎸",
    "bio": "Первая\nвторая", "avatar_url": "https://example.com/a.png", "city": "Казань", "phone": "+79000000000",
    "email": "alisa@example.com", "is_verified": true, "subscribers_count": 1, "total_plays": 2, "total_tracks": 3,
    "coins_balance": 70, "claimed_at": null, "legacy": {"name": "Алиса", "nothing": null, "price": 1.50},
    "created_at": "2024-01-01T00:00:00.001Z", "updated_at": "2024-01-02T23:59:59.999Z"}'),
  ('concerts', 'c0000000-0000-4000-8000-000000000001', '{
    "id": "c0000000-0000-4000-8000-000000000001", "legacy_id": null, "artist_id": "a0000000-0000-4000-8000-00000000000a",
    "title": "Концерт", "description": null, "city": "Казань", "venue_name": "Клуб", "venue_address": "Улица, 1",
    "event_date": "2999-05-01", "event_time": "19:30:00", "time_zone": "Europe/Moscow", "event_type": "Концерт",
    "banner_image_url": null, "ticket_price_min": 99.9, "ticket_price_max": 1000000, "ticket_link": null,
    "ticket_capacity": 100, "tickets_sold": 2, "moderation_status": "approved", "moderation_comment": null,
    "submitted_at": "2024-01-01T00:00:00.000Z", "moderated_at": "2024-01-01T00:00:00.000Z", "is_promoted": true,
    "promotion_starts_at": "2024-01-01T00:00:00.000Z", "promotion_ends_at": "2024-02-01T00:00:00.000Z",
    "promotion_cost": 30, "is_hidden": false, "is_cancelled": false, "views_count": 5, "clicks_count": 4,
    "shares_count": 3, "legacy": null, "created_at": "2024-01-01T00:00:00.000Z", "updated_at": "2024-01-02T00:00:00.000Z"}'),
  ('coin_transactions', 'd0000000-0000-4000-8000-000000000001', '{
    "id": "d0000000-0000-4000-8000-000000000001", "legacy_id": "t1", "artist_id": "a0000000-0000-4000-8000-00000000000a",
    "concert_id": null, "amount": 70, "type": "reward", "description": "Подарок", "legacy": [1, "два"],
    "created_at": "2024-01-01T00:00:00.000Z"}'),
  ('artist_ticket_providers', 'a0000000-0000-4000-8000-00000000000a kassir', '{
    "artist_id": "a0000000-0000-4000-8000-00000000000a", "provider_id": "kassir", "api_key_encrypted": "cipher",
    "api_key_last4": "1234", "webhook_secret_encrypted": null, "is_active": true,
    "connected_at": "2024-01-01T00:00:00.000Z", "legacy_id": null, "legacy": {"provider": "kassir"},
    "created_at": "2024-01-01T00:00:00.000Z", "updated_at": "2024-01-01T00:00:00.000Z"}'),
  ('ticket_sales', 'b0000000-0000-4000-8000-000000000001', '{
    "id": "b0000000-0000-4000-8000-000000000001", "legacy_id": "s1", "concert_id": "c0000000-0000-4000-8000-000000000001",
    "artist_id": "a0000000-0000-4000-8000-00000000000a", "provider_id": "kassir", "external_transaction_id": "x-1",
    "quantity": 2, "unit_price": 50.05, "total_amount": 100.1, "commission_amount": 5.01, "net_amount": 95.09,
    "buyer_email": "anna@example.com", "buyer_name": "Анна", "buyer_phone": null, "status": "confirmed",
    "refunded_at": "2024-01-03T00:00:00.000Z", "refund_amount": 10.1, "refund_reason": null, "metadata": {"seat": "A1"},
    "legacy": null, "purchased_at": "2024-01-01T00:00:00.000Z", "created_at": "2024-01-01T00:00:00.000Z",
    "updated_at": "2024-01-03T00:00:00.000Z", "commission_percent": 5, "last_event_at": null, "last_event_status": null}'),
  ('ticket_refunds', 'f0000000-0000-4000-8000-000000000001', '{
    "id": "f0000000-0000-4000-8000-000000000001", "sale_id": "b0000000-0000-4000-8000-000000000001",
    "artist_id": "a0000000-0000-4000-8000-00000000000a", "amount": 10.1, "reason": null,
    "created_at": "2024-01-03T00:00:00.000Z"}'),
  ('ticket_events', 'a0000000-0000-4000-8000-00000000000a kassir event 1  of 2', '{
    "artist_id": "a0000000-0000-4000-8000-00000000000a", "provider_id": "kassir", "event_id": "event 1  of 2",
    "sale_id": "b0000000-0000-4000-8000-000000000001", "occurred_at": "2024-01-01T00:00:00.000Z",
    "received_at": "2024-01-01T00:00:00.000Z"}'),
  ('notification_settings', 'a0000000-0000-4000-8000-00000000000a', '{
    "user_id": "a0000000-0000-4000-8000-00000000000a", "email_enabled": false, "push_enabled": true,
    "reminder_days_before": [7, 1], "announcements_enabled": true, "promotions_enabled": false,
    "ticket_updates_enabled": true, "legacy_id": null, "legacy": null, "created_at": "2024-01-01T00:00:00.000Z",
    "updated_at": "2024-01-01T00:00:00.000Z"}'),
  ('notifications', 'e0000000-0000-4000-8000-000000000001', '{
    "id": "e0000000-0000-4000-8000-000000000001", "legacy_id": "n1", "user_id": "a0000000-0000-4000-8000-00000000000a",
    "concert_id": "c0000000-0000-4000-8000-000000000001", "notification_type": "reminder", "title": "Скоро",
    "message": "", "link": null, "channel": "both", "scheduled_for": "2999-04-30T16:30:00.000Z", "status": "pending",
    "sent_at": null, "attempts": 0, "error_message": null, "is_read": false, "read_at": null, "is_archived": false,
    "metadata": {"days_before": 1}, "legacy": null, "created_at": "2024-01-01T00:00:00.000Z",
    "updated_at": "2024-01-01T00:00:00.000Z", "days_before": 1, "retry_at": null, "claim_id": null, "lease_until": null}'),
  ('push_subscriptions', 'https://push.example.com/a b', '{
    "endpoint": "https://push.example.com/a b", "user_id": "a0000000-0000-4000-8000-00000000000a", "p256dh": "p",
    "auth": "a", "created_at": "2024-01-01T00:00:00.000Z"}'),
  ('email_campaigns', '90000000-0000-4000-8000-000000000001', '{
    "id": "90000000-0000-4000-8000-000000000001", "legacy_id": null, "artist_id": "a0000000-0000-4000-8000-00000000000a",
    "concert_id": null, "subject": "Письмо", "content": "Текст", "html_content": null,
    "recipient_filter": {"cities": ["Казань"]}, "recipient_count": 1, "status": "sent", "scheduled_for": null,
    "send_before": null, "sent_at": "2024-01-01T00:00:00.000Z", "delivery_started_at": null,
    "delivery_completed_at": null, "emails_sent": 1, "emails_delivered": 1, "emails_opened": 1, "emails_clicked": 0,
    "emails_bounced": 0, "emails_complained": 0, "error_message": null, "legacy": null,
    "created_at": "2024-01-01T00:00:00.000Z", "updated_at": "2024-01-01T00:00:00.000Z", "processed": 1,
    "provider_errors": 0, "retry_at": null, "last_claimed_at": null}'),
  ('campaign_deliveries', '80000000-0000-4000-8000-000000000001', '{
    "id": "80000000-0000-4000-8000-000000000001", "campaign_id": "90000000-0000-4000-8000-000000000001", "position": 1,
    "address": "anna@example.com", "name": "Анна", "status": "sent", "batch_id": null, "leased_until": null,
    "retry_at": null, "attempts": 1, "provider_message_id": "m1", "error_message": null, "sent_at": "2024-01-01T00:00:00.000Z",
    "delivered_at": null, "opened_at": null, "clicked_at": null, "bounced_at": null, "complained_at": null,
    "created_at": "2024-01-01T00:00:00.000Z"}'),
  ('mail_suppressions', 'a0000000-0000-4000-8000-00000000000a boris@example.com', '{
    "artist_id": "a0000000-0000-4000-8000-00000000000a", "address": "boris@example.com", "reason": "complaint",
    "created_at": "2024-01-01T00:00:00.000Z"}');

-- There and back, every entity
select pg_temp.become('service_role');
select is(
  public.import_records(
    entity, jsonb_build_array(jsonb_build_object('id', id, 'key', 'key of ' || entity, 'version', place, 'row', content)),
    null, null, '[]', false
  ),
  '{"created": 1, "changed": 0, "unchanged": 0, "kept": [], "rejected": []}', entity || ' are imported'
)
from given order by place;
select is(
  public.export_records(entity, null, 10),
  jsonb_build_array(jsonb_build_object('id', id, 'key', 'key of ' || entity, 'version', place, 'row', content)),
  entity || ' are exported as they came, under any time zone'
)
from given cross join (select set_config('timezone', 'Asia/Kamchatka', true)) as elsewhere order by place;
select is(
  (select string_agg(known.entity, ', ') from public.migration_records as known
   join given on given.entity = known.entity and given.id = known.id
   where public.import_records(
     known.entity,
     jsonb_build_array(jsonb_build_object('id', known.id, 'key', known.key, 'version', known.version, 'row', given.content)),
     null, null, '[]', false
   ) ->> 'unchanged' <> '1'),
  null, 'and are found the same again, under any time zone'
);
select throws_ok(
  $$select public.export_records('idempotency_keys', null, 1)$$, 'PT400', 'validation_failed', 'nothing else is exported'
);

-- Page by page, in the order of code points
reset role;
insert into public.artists (id) values ('00000000-0000-4000-8000-000000000001'), ('ffffffff-0000-4000-8000-000000000001');
insert into public.mail_suppressions (artist_id, address, reason)
select artist_id, address, 'complaint'
from (values ('00000000-0000-4000-8000-000000000001'::uuid), ('ffffffff-0000-4000-8000-000000000001')) as artist (artist_id)
cross join (values ('a'), ('B'), ('a b'), ('Ё'), ('é'), ('a-b'), ('~')) as suppressed (address);
insert into public.push_subscriptions (endpoint, user_id, p256dh, auth)
select 'https://' || address, 'a0000000-0000-4000-8000-00000000000a', 'p', 'a'
from (values ('a'), ('B'), ('a b'), ('Ё'), ('é'), ('a-b'), ('~')) as known (address);
create function pg_temp.exported(entity text, page_size integer)
returns text[]
language plpgsql
as $$
declare
  ids text[] := '{}';
  page jsonb;
begin
  loop
    page := public.export_records(entity, ids[cardinality(ids)], page_size);
    ids := ids || array(select value ->> 'id' from jsonb_array_elements(page));
    exit when jsonb_array_length(page) < page_size or cardinality(ids) > 1000;
  end loop;
  return ids;
end;
$$;
select pg_temp.become('service_role');
select is(
  pg_temp.exported('mail_suppressions', 2),
  array(select artist_id || ' ' || address from public.mail_suppressions order by (artist_id || ' ' || address) collate "C"),
  'a key of several columns'
);
select is(
  pg_temp.exported('push_subscriptions', 3),
  array(select endpoint from public.push_subscriptions order by endpoint collate "C"),
  'a key that is a text'
);
select is(
  pg_temp.exported('artists', 1), array(select id::text from public.artists order by id), 'an id'
);
select is(
  public.export_records('artists', null, 1) #- '{0,row}',
  '[{"id": "00000000-0000-4000-8000-000000000001", "key": null, "version": 0}]', 'what no import has brought has no key'
);

-- Status and totals
select is(
  public.import_records('artists', '[]', (public.begin_import('s', 'f', '{"a": 1}') ->> 'run_id')::uuid, '{"b": 2}', '[
    {"key": "1", "outcome": "migrated", "repairs": ["zone", "price"]}, {"key": "2", "outcome": "migrated", "repairs": ["zone"]},
    {"key": "3", "outcome": "left_out", "reason": "support_desk"}, {"key": "4", "outcome": "left_out", "reason": "test_sale"},
    {"key": "5", "outcome": "rejected", "reason": "x", "value": "1"}, {"key": "6", "outcome": "merged", "into": "1", "repairs": []}
  ]', false) ->> 'created',
  '0', 'a run'
);
select is(
  public.migration_status() - 'runs' - 'records',
  '{"keys": {"migrated": {"": 2}, "merged": {"": 1}, "left_out": {"support_desk": 1, "test_sale": 1}, "rejected": {"x": 1}},
    "repairs": {"zone": 2, "price": 1}, "rejects": 1, "mirror": {"until": null, "backlog": 0}}',
  'the status counts keys and repairs'
);
select is(
  (public.migration_status() #> '{runs,0}') - 'id' - 'started_at' - 'updated_at',
  '{"source": "s", "fingerprint": "f", "options": {"a": 1}, "state": "running", "checkpoint": {"b": 2}, "counts": null,
    "finished_at": null}',
  'tells of the runs'
);
select is(
  public.migration_status() #> '{records,artists}', '{"known": 1, "created": 1}', 'and of rows'
);
select is(
  public.migration_totals() -> 'money',
  '{"total_amount": "100.10", "commission_amount": "5.01", "net_amount": "95.09", "refund_amount": "10.10",
    "refunds_ledger": "10.10"}',
  'sums of money to the kopeck'
);
select is(
  public.migration_totals() -> 'coins', '{"balances": 70, "ledger": 70, "different": []}', 'coins add up'
);
select is(
  public.migration_totals() -> 'counts',
  '{"artists": 3, "concerts": 1, "coin_transactions": 1, "artist_ticket_providers": 1, "ticket_sales": 1, "ticket_refunds": 1,
    "ticket_events": 1, "notification_settings": 1, "notifications": 1, "push_subscriptions": 8, "email_campaigns": 1,
    "campaign_deliveries": 1, "mail_suppressions": 15}',
  'every table is counted'
);
select is(
  (select count(*) from jsonb_array_elements(public.migration_totals() -> 'orphans') as found),
  (select count(*) from pg_constraint where contype = 'f'
   and connamespace in ('public'::regnamespace, 'private'::regnamespace)),
  'every foreign key is looked at'
);
select is(
  (select sum((found ->> 'orphans')::integer) from jsonb_array_elements(public.migration_totals() -> 'orphans') as found),
  0::bigint, 'and has nothing that refers to nothing'
);
reset role;
update public.artists set coins_balance = 71 where username = 'alisa';
alter table public.ticket_refunds drop constraint ticket_refunds_sale_id_fkey;
insert into public.ticket_refunds (sale_id, artist_id, amount)
values ('b0000000-0000-4000-8000-00000000000f', 'a0000000-0000-4000-8000-00000000000a', 0.01);
alter table public.ticket_refunds
  add constraint ticket_refunds_sale_id_fkey foreign key (sale_id) references public.ticket_sales (id) not valid;
select pg_temp.become('service_role');
select is(
  public.migration_totals() #> '{coins,different}',
  '[{"artist_id": "a0000000-0000-4000-8000-00000000000a", "balance": 71, "ledger": 70}]', 'coins that do not add up are told'
);
select is(
  public.migration_totals() #>> '{money,refunds_ledger}', '10.11', 'a kopeck too much as well'
);
select results_eq(
  $$select found ->> 'table', found ->> 'column', found ->> 'references', found ->> 'orphans'
    from jsonb_array_elements(public.migration_totals() -> 'orphans') as found where found ->> 'orphans' <> '0'$$,
  $$values ('ticket_refunds', 'sale_id', 'ticket_sales', '1')$$, 'and what refers to nothing'
);

select * from finish();
rollback;
