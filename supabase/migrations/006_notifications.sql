-- 006: reminders that follow their concert, Web Push, and the delivery of notifications.
--
-- Adds to public.notifications what delivery needs, the table push_subscriptions, and the functions of the
-- notifications function. A trigger keeps the pending reminders of a concert in step with it. Where Realtime is
-- present, what is sent to a user is broadcast to their private channel `notifications:<user id>`. The dispatcher is
-- scheduled for every minute.
--
-- Leaves alone: all rows, and what 001 and 002 let users do with their notifications.

-- ---------------------------------------------------------------------------------------------------------------
-- What delivery needs to know. No role of the Data API but service_role sees these columns.
-- ---------------------------------------------------------------------------------------------------------------

alter table public.notifications
  -- Of an automatic reminder: so many days before its concert.
  add column if not exists days_before integer,
  -- Null: scheduled_for decides. Set after a failed attempt.
  add column if not exists retry_at timestamptz(3),
  -- Of what is being sent: the claim it was taken with, and until when whoever took it may keep it.
  add column if not exists claim_id uuid,
  add column if not exists lease_until timestamptz(3);

do $$
begin
  if not exists (select from pg_constraint where conname = 'notifications_claimed_with_lease') then
    alter table public.notifications
      add constraint notifications_days_before_offered check (days_before in (1, 3, 7, 14, 30)),
      add constraint notifications_claimed_with_lease check (
        status <> 'sending' or (claim_id is not null and lease_until is not null)
      );
  end if;
end;
$$;

alter table public.notifications
  drop constraint if exists notifications_scheduled_for_bounds,
  add constraint notifications_scheduled_for_bounds check (private.is_common_instant(scheduled_for));

-- Asking for a concert's reminders twice creates none twice.
create unique index if not exists notifications_automatic_reminder_key
  on public.notifications (concert_id, user_id, days_before)
  where days_before is not null;

create index if not exists notifications_due_at_idx
  on public.notifications ((coalesce(retry_at, scheduled_for)), id) where status = 'pending';
-- Databases kept from before have it; the one above replaces it.
drop index if exists public.notifications_due_idx;
create index if not exists notifications_claimed_idx
  on public.notifications (lease_until, claim_id) where status = 'sending';

-- ---------------------------------------------------------------------------------------------------------------
-- Web Push
-- ---------------------------------------------------------------------------------------------------------------

create table if not exists public.push_subscriptions (
  -- Where the browser is reached; knowing it and the keys is being able to write to it.
  endpoint text primary key,
  user_id uuid not null,
  p256dh text not null,
  auth text not null,
  created_at timestamptz(3) not null default now(),
  constraint push_subscriptions_endpoint_form check (endpoint ~ '^https://' and char_length(endpoint) <= 2000),
  constraint push_subscriptions_keys_length check (char_length(p256dh) <= 200 and char_length(auth) <= 200)
);

create index if not exists push_subscriptions_own_idx
  on public.push_subscriptions (user_id, created_at desc, endpoint desc);

alter table public.push_subscriptions enable row level security;
revoke all on public.push_subscriptions from public, anon, authenticated, service_role;
grant select (endpoint, user_id, created_at), delete on public.push_subscriptions to authenticated;
grant select, insert, update, delete on public.push_subscriptions to service_role;

drop policy if exists "Users see their own push subscriptions" on public.push_subscriptions;
create policy "Users see their own push subscriptions" on public.push_subscriptions
  for select to authenticated
  using (user_id = (select auth.uid()));

drop policy if exists "Users remove their own push subscriptions" on public.push_subscriptions;
create policy "Users remove their own push subscriptions" on public.push_subscriptions
  for delete to authenticated
  using (user_id = (select auth.uid()));

create or replace function private.save_push_subscription(new_endpoint text, new_p256dh text, new_auth text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
begin
  if caller is null then
    perform private.refuse('unauthorized');
  end if;
  -- The last of several at once must see the others, or all of them keep the oldest.
  perform pg_advisory_xact_lock(hashtextextended('save_push_subscription:' || caller, 0));
  insert into public.push_subscriptions (endpoint, user_id, p256dh, auth, created_at)
  values (new_endpoint, caller, new_p256dh, new_auth, clock_timestamp())
  on conflict (endpoint) do update
    set user_id = excluded.user_id, p256dh = excluded.p256dh, auth = excluded.auth, created_at = excluded.created_at;
  delete from public.push_subscriptions
  where endpoint in (
    select endpoint from public.push_subscriptions
    where user_id = caller
    order by created_at desc, (endpoint = new_endpoint) desc, endpoint desc
    offset 10
  );
end;
$$;

-- Keeps where the caller's browser is reached. An endpoint belongs to one user, whoever had it last; of more than ten
-- the oldest go.
create or replace function public.save_push_subscription(endpoint text, p256dh text, auth text)
returns void
language sql
set search_path = ''
as $$
  select private.save_push_subscription(endpoint, p256dh, auth);
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Reminders
-- ---------------------------------------------------------------------------------------------------------------

-- The notification as its user sees it. Times as PostgreSQL writes them.
create or replace function private.notification_json(notification public.notifications)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', notification.id,
    'legacy_id', notification.legacy_id,
    'user_id', notification.user_id,
    'concert_id', notification.concert_id,
    'notification_type', notification.notification_type,
    'title', notification.title,
    'message', notification.message,
    'link', notification.link,
    'channel', notification.channel,
    'scheduled_for', notification.scheduled_for,
    'status', notification.status,
    'sent_at', notification.sent_at,
    'attempts', notification.attempts,
    'error_message', notification.error_message,
    'is_read', notification.is_read,
    'read_at', notification.read_at,
    'is_archived', notification.is_archived,
    'metadata', notification.metadata,
    'created_at', notification.created_at,
    'updated_at', notification.updated_at
  );
$$;

-- `days` before the concert starts, by the clocks of its place; 0 is its start. Of a concert that has no time yet one
-- is reminded at ten. Null when it has no date.
create or replace function private.reminder_time(concert public.concerts, days integer)
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select (concert.event_date - days + coalesce(concert.event_time, time '10:00')) at time zone concert.time_zone;
$$;

create or replace function private.reminder_title(days integer)
returns text
language sql
immutable
set search_path = ''
as $$
  select format(
    'Концерт через %s %s',
    days,
    case
      when days % 100 between 11 and 14 then 'дней'
      when days % 10 = 1 then 'день'
      when days % 10 between 2 and 4 then 'дня'
      else 'дней'
    end
  );
$$;

create or replace function private.reminder_message(concert public.concerts)
returns text
language sql
stable
set search_path = ''
as $$
  select format(
    'Напоминаем: «%s» состоится %s%s%s%s.',
    concert.title,
    to_char(concert.event_date, 'DD.MM.YYYY'),
    ' в ' || to_char(concert.event_time, 'HH24:MI'),
    ', ' || concert.city,
    ', ' || concert.venue_name
  );
$$;

create or replace function private.create_reminder(
  reference text,
  new_title text,
  new_message text,
  due timestamptz,
  new_channel text
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  concert public.concerts;
  reminder public.notifications;
begin
  if caller is null then
    perform private.refuse('unauthorized');
  end if;
  if due is null or due <= now() or not private.is_common_instant(due) then
    perform private.refuse('validation_failed', array['scheduled_for']);
  end if;
  if reference is not null then
    select * into concert from public.concerts where id = private.find_concert_id(reference);
    if not found
      or not (concert.artist_id = caller or private.is_moderator() or private.is_public(concert))
    then
      perform private.refuse('not_found');
    end if;
  end if;
  insert into public.notifications (user_id, concert_id, notification_type, title, message, link, channel, scheduled_for)
  values (
    caller, concert.id, 'reminder', new_title, new_message, '/concerts/' || concert.id, new_channel, due
  )
  returning * into reminder;
  return private.notification_json(reminder);
end;
$$;

-- A reminder of the caller's to themselves. Refuses: validation_failed (not in the future), not_found (a concert they
-- may not see).
create or replace function public.create_reminder(
  title text,
  message text,
  scheduled_for timestamptz,
  channel text,
  concert_id text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_reminder(create_reminder.concert_id, title, message, scheduled_for, channel);
$$;

create or replace function private.create_concert_reminders(reference text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Locked: a concert that moves meanwhile moves what is created here.
  concert public.concerts := private.lock_own_concert(reference);
  days_wanted integer[];
  created integer;
begin
  if concert.is_cancelled then
    perform private.refuse('invalid_transition');
  end if;
  if concert.event_date is null then
    perform private.refuse('validation_failed', array['event_date'], 'undated');
  end if;
  select reminder_days_before into days_wanted
  from public.notification_settings
  where user_id = concert.artist_id;
  -- One that was cancelled, because the concert had been moved too near, comes back.
  insert into public.notifications as known (
    user_id, concert_id, notification_type, title, message, link, channel, scheduled_for, metadata, days_before
  )
  select
    concert.artist_id,
    concert.id,
    'reminder',
    private.reminder_title(days),
    private.reminder_message(concert),
    '/concerts/' || concert.id,
    'both',
    private.reminder_time(concert, days),
    jsonb_build_object('days_before', days),
    days
  from unnest(coalesce(days_wanted, '{7,3,1}')) as days
  where private.reminder_time(concert, days) > now()
  on conflict (concert_id, user_id, days_before) where days_before is not null do update
    set
      message = excluded.message,
      scheduled_for = excluded.scheduled_for,
      retry_at = null,
      status = 'pending',
      attempts = 0,
      error_message = null,
      is_read = false
    where known.status = 'cancelled';
  get diagnostics created = row_count;
  return jsonb_build_object(
    'created', created,
    'reminders', coalesce(
      (
        select jsonb_agg(private.notification_json(reminder) order by reminder.scheduled_for, reminder.id)
        from public.notifications as reminder
        where reminder.concert_id = concert.id
          and reminder.user_id = concert.artist_id
          and reminder.days_before is not null
          and reminder.status <> 'cancelled'
      ),
      '[]'
    )
  );
end;
$$;

-- Reminds the owner of their concert on the days they have chosen, as far as these are still to come:
-- {"created": integer, "reminders": [Notification]}. Running it again creates nothing again. Refuses: not_found,
-- invalid_transition (cancelled), validation_failed (the concert has no date).
create or replace function public.create_concert_reminders(concert_id text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_concert_reminders(create_concert_reminders.concert_id);
$$;

-- Pending reminders follow their concert, and those that are being sent, which may come back. An automatic one says how
-- many days are left, so that it is cancelled when its day has gone by; one for a time of the user's own moves by as
-- much as the concert does.
create or replace function private.concerts_move_reminders()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  was_at constant timestamptz := private.reminder_time(old, 0);
  is_at constant timestamptz := private.reminder_time(new, 0);
begin
  update public.notifications
  set
    message = private.reminder_message(new),
    scheduled_for = private.reminder_time(new, days_before),
    retry_at = case when is_at = was_at then retry_at end
  where concert_id = new.id
    and status in ('pending', 'sending')
    and days_before is not null
    and new.event_date is not null
    and (is_at = was_at or private.reminder_time(new, days_before) > now());
  if is_at is distinct from was_at then
    update public.notifications
    set status = 'cancelled', error_message = 'Концерт перенесён', claim_id = null, lease_until = null
    where concert_id = new.id
      and status in ('pending', 'sending')
      and days_before is not null
      and (new.event_date is null or private.reminder_time(new, days_before) <= now());
    update public.notifications
    set
      -- Not beyond what can be told: nobody's reminder keeps an artist from moving their concert.
      scheduled_for = greatest(
        least(scheduled_for + (is_at - was_at), timestamptz '9999-12-31 23:59:59.999Z'),
        timestamptz '1900-01-01 00:00:00Z'
      ),
      retry_at = null
    where concert_id = new.id
      and status in ('pending', 'sending')
      and days_before is null
      and notification_type = 'reminder'
      and is_at is not null
      and was_at is not null;
  end if;
  return null;
end;
$$;

create or replace trigger concerts_move_reminders
  after update of title, city, venue_name, event_date, event_time, time_zone on public.concerts
  for each row
  when (
    (new.title, new.city, new.venue_name, new.event_date, new.event_time, new.time_zone)
      is distinct from (old.title, old.city, old.venue_name, old.event_date, old.event_time, old.time_zone)
    and not private.is_importing()
  )
  execute function private.concerts_move_reminders();

-- ---------------------------------------------------------------------------------------------------------------
-- The user's list and settings, with the user's own rights
-- ---------------------------------------------------------------------------------------------------------------

-- {"total", "unread", "by_status": {...}, "by_type": {...}} of the caller's notifications, archived ones included.
-- Counted anew each time: a stored number would drift.
create or replace function public.count_notifications()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'total', count(*)::integer,
    'unread', count(*) filter (where not is_read)::integer,
    'by_status', jsonb_build_object(
      'pending', count(*) filter (where status = 'pending')::integer,
      'sending', count(*) filter (where status = 'sending')::integer,
      'sent', count(*) filter (where status = 'sent')::integer,
      'failed', count(*) filter (where status = 'failed')::integer,
      'cancelled', count(*) filter (where status = 'cancelled')::integer
    ),
    'by_type', jsonb_build_object(
      'reminder', count(*) filter (where notification_type = 'reminder')::integer,
      'announcement', count(*) filter (where notification_type = 'announcement')::integer,
      'ticket_update', count(*) filter (where notification_type = 'ticket_update')::integer,
      'promotion', count(*) filter (where notification_type = 'promotion')::integer,
      'system', count(*) filter (where notification_type = 'system')::integer
    )
  )
  from public.notifications
  where user_id = (select auth.uid());
$$;

-- Marks the caller's notifications as read; how many were not.
create or replace function public.read_all_notifications()
returns integer
language plpgsql
set search_path = ''
as $$
declare
  marked integer;
begin
  update public.notifications set is_read = true where user_id = (select auth.uid()) and not is_read;
  get diagnostics marked = row_count;
  return marked;
end;
$$;

-- Changes what `changes` names of the caller's settings; the rest stays as it is, or by default. Returns the row.
-- Refuses: validation_failed naming the fields.
create or replace function public.save_notification_settings(changes jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  foreign_fields text[];
  days integer[];
  saved jsonb;
begin
  if caller is null then
    perform private.refuse('unauthorized');
  end if;
  select array_agg(field order by field) into foreign_fields
  from jsonb_object_keys(changes) as field
  where field not in (
    'email_enabled', 'push_enabled', 'reminder_days_before', 'announcements_enabled', 'promotions_enabled',
    'ticket_updates_enabled'
  );
  if foreign_fields is not null then
    perform private.refuse('validation_failed', foreign_fields);
  end if;
  if changes ? 'reminder_days_before' then
    select array_agg(distinct day::integer order by day::integer desc) into days
    from jsonb_array_elements_text(changes -> 'reminder_days_before') as day;
    days := coalesce(days, '{}');
  end if;
  insert into public.notification_settings as known (
    user_id, email_enabled, push_enabled, reminder_days_before, announcements_enabled, promotions_enabled,
    ticket_updates_enabled
  )
  values (
    caller,
    coalesce((changes ->> 'email_enabled')::boolean, true),
    coalesce((changes ->> 'push_enabled')::boolean, true),
    coalesce(days, '{7,3,1}'),
    coalesce((changes ->> 'announcements_enabled')::boolean, true),
    coalesce((changes ->> 'promotions_enabled')::boolean, true),
    coalesce((changes ->> 'ticket_updates_enabled')::boolean, true)
  )
  on conflict (user_id) do update
  set
    email_enabled = coalesce((changes ->> 'email_enabled')::boolean, known.email_enabled),
    push_enabled = coalesce((changes ->> 'push_enabled')::boolean, known.push_enabled),
    reminder_days_before = coalesce(days, known.reminder_days_before),
    announcements_enabled = coalesce((changes ->> 'announcements_enabled')::boolean, known.announcements_enabled),
    promotions_enabled = coalesce((changes ->> 'promotions_enabled')::boolean, known.promotions_enabled),
    ticket_updates_enabled = coalesce((changes ->> 'ticket_updates_enabled')::boolean, known.ticket_updates_enabled)
  returning jsonb_build_object(
    'email_enabled', known.email_enabled,
    'push_enabled', known.push_enabled,
    'reminder_days_before', known.reminder_days_before,
    'announcements_enabled', known.announcements_enabled,
    'promotions_enabled', known.promotions_enabled,
    'ticket_updates_enabled', known.ticket_updates_enabled
  ) into saved;
  return saved;
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Delivery: claim, send, record. For service_role.
-- ---------------------------------------------------------------------------------------------------------------

create or replace function private.claim_notifications(batch_size integer, lease_seconds integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  claim uuid;
  is_abandoned boolean;
  lease_end constant timestamptz := now() + make_interval(secs => lease_seconds);
begin
  -- One at a time looks for abandoned claims: two would share one between them, and neither would send all of it.
  if pg_try_advisory_xact_lock(hashtextextended('claim_notifications: abandoned', 0)) then
    select claim_id into claim
    from public.notifications
    where status = 'sending' and lease_until < now()
    order by lease_until, claim_id
    limit 1;
    update public.notifications
    set lease_until = lease_end, attempts = attempts + 1
    where status = 'sending' and lease_until < now() and claim_id = claim;
  end if;
  is_abandoned := claim is not null;
  if not is_abandoned then
    claim := gen_random_uuid();
    with due as materialized (
      select id from public.notifications
      where status = 'pending' and coalesce(retry_at, scheduled_for) <= now()
      order by coalesce(retry_at, scheduled_for), id
      limit batch_size
      for update skip locked
    )
    update public.notifications as notification
    set status = 'sending', claim_id = claim, lease_until = lease_end, attempts = notification.attempts + 1
    from due
    where notification.id = due.id;
    if not found then
      return null;
    end if;
  end if;
  return jsonb_build_object(
    'id', claim,
    'may_be_taken', is_abandoned,
    'notifications', (
      select jsonb_agg(
        jsonb_build_object(
          'id', due.id,
          'user_id', due.user_id,
          'notification_type', due.notification_type,
          'title', due.title,
          'message', due.message,
          'link', due.link,
          'channel', due.channel,
          'attempts', due.attempts,
          'settings', case when settings.user_id is not null then jsonb_build_object(
            'email_enabled', settings.email_enabled,
            'push_enabled', settings.push_enabled,
            'reminder_days_before', settings.reminder_days_before,
            'announcements_enabled', settings.announcements_enabled,
            'promotions_enabled', settings.promotions_enabled,
            'ticket_updates_enabled', settings.ticket_updates_enabled
          ) end,
          'email', account.email,
          'subscriptions', coalesce(
            (
              select jsonb_agg(
                jsonb_build_object(
                  'endpoint', browser.endpoint,
                  'keys', jsonb_build_object('p256dh', browser.p256dh, 'auth', browser.auth)
                )
                order by browser.created_at, browser.endpoint
              )
              from public.push_subscriptions as browser
              where browser.user_id = due.user_id
            ),
            '[]'
          ),
          'pointless', case
            when due.notification_type <> 'reminder' then null
            when concert.is_cancelled then 'Концерт отменён'
            when due.days_before is not null and private.reminder_time(concert, 0) <= now() then 'Концерт уже начался'
            when due.scheduled_for < now() - interval '1 day' then 'Напоминать поздно'
          end
        )
        order by due.id
      )
      from public.notifications as due
      left join public.notification_settings as settings on settings.user_id = due.user_id
      left join public.concerts as concert on concert.id = due.concert_id
      -- Only an address its owner has confirmed: anybody can sign up with anybody's.
      left join auth.users as account
        on account.id = due.user_id and account.email_confirmed_at is not null and account.email <> ''
      where due.status = 'sending' and due.claim_id = claim
    )
  );
end;
$$;

-- Takes notifications that are due, with what is needed to send them, until the lease ends: {"id": uuid,
-- "may_be_taken": boolean, "notifications": [...]}, null when there are none. Claims whose lease has ended come first,
-- whole and with their id: the mail provider may have taken them already.
create or replace function public.claim_notifications(batch_size integer default 100, lease_seconds integer default 150)
returns jsonb
language sql
set search_path = ''
as $$
  select private.claim_notifications(batch_size, lease_seconds);
$$;

create or replace function private.record_deliveries(claims uuid[], outcomes jsonb, gone_endpoints text[])
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  recorded integer;
begin
  update public.notifications as notification
  set
    status = case
      when outcome.status in ('retry', 'released') then 'pending'
      when outcome.status in ('unknown', 'apart') then 'sending'
      else outcome.status
    end,
    sent_at = case when outcome.status = 'sent' then now() end,
    error_message = outcome.reason,
    -- Its concert may have moved meanwhile: then its new time decides.
    retry_at = case
      when outcome.status in ('retry', 'released') and notification.scheduled_for <= now()
        -- Cut to what the column holds: rounded up, a pause of no seconds would not be over yet.
        then date_trunc('milliseconds', now()) + make_interval(secs => coalesce(outcome.in_seconds, 0))
    end,
    -- What was handed back was not tried; what may have arrived is tried again at no cost, under the same claim.
    attempts = case
      when outcome.status in ('released', 'unknown') then greatest(notification.attempts - 1, 0)
      else notification.attempts
    end,
    claim_id = case outcome.status when 'unknown' then notification.claim_id when 'apart' then outcome.claim_id end,
    lease_until = case outcome.status
      when 'unknown' then now() + make_interval(secs => coalesce(outcome.in_seconds, 0))
      when 'apart' then notification.lease_until
    end
  from jsonb_to_recordset(outcomes) as outcome (
    id uuid, status text, reason text, in_seconds double precision, claim_id uuid
  )
  where notification.id = outcome.id
    and notification.status = 'sending'
    and notification.claim_id = any (claims);
  get diagnostics recorded = row_count;
  delete from public.push_subscriptions where endpoint = any (gone_endpoints);
  return recorded;
end;
$$;

-- Records what became of claims: `outcomes` is [{"id", "status": sent | cancelled | failed | retry | released |
-- unknown | apart, "reason", "in_seconds", "claim_id"}]; what is unknown stays claimed, for so long, and what goes on
-- apart, as the claim of that id, as long as it was. What is in none of these claims any more stays as it is. Returns
-- how many were recorded.
create or replace function public.record_deliveries(
  claim_ids uuid[],
  outcomes jsonb,
  gone_endpoints text[] default '{}'
)
returns integer
language sql
set search_path = ''
as $$
  select private.record_deliveries(claim_ids, outcomes, gone_endpoints);
$$;

-- They took one claim.
drop function if exists public.record_deliveries(uuid, jsonb, text[]), private.record_deliveries(uuid, jsonb, text[]);

-- ---------------------------------------------------------------------------------------------------------------
-- Grants
-- ---------------------------------------------------------------------------------------------------------------

revoke all on function
  private.save_push_subscription(text, text, text),
  private.notification_json(public.notifications),
  private.reminder_time(public.concerts, integer),
  private.reminder_title(integer),
  private.reminder_message(public.concerts),
  private.create_reminder(text, text, text, timestamptz, text),
  private.create_concert_reminders(text),
  private.concerts_move_reminders(),
  private.claim_notifications(integer, integer),
  private.record_deliveries(uuid[], jsonb, text[]),
  public.save_push_subscription(text, text, text),
  public.create_reminder(text, text, timestamptz, text, text),
  public.create_concert_reminders(text),
  public.count_notifications(),
  public.read_all_notifications(),
  public.save_notification_settings(jsonb),
  public.claim_notifications(integer, integer),
  public.record_deliveries(uuid[], jsonb, text[])
from public, anon, authenticated, service_role;

grant execute on function
  private.save_push_subscription(text, text, text),
  private.create_reminder(text, text, text, timestamptz, text),
  private.create_concert_reminders(text),
  public.save_push_subscription(text, text, text),
  public.create_reminder(text, text, timestamptz, text, text),
  public.create_concert_reminders(text),
  public.count_notifications(),
  public.read_all_notifications(),
  public.save_notification_settings(jsonb)
to authenticated;

grant execute on function
  private.claim_notifications(integer, integer),
  private.record_deliveries(uuid[], jsonb, text[]),
  public.claim_notifications(integer, integer),
  public.record_deliveries(uuid[], jsonb, text[])
to service_role;

-- ---------------------------------------------------------------------------------------------------------------
-- Realtime: an open page hears of what is sent to its user, on a private channel of their own.
-- ---------------------------------------------------------------------------------------------------------------

-- Where Realtime is present: the trigger that broadcasts, the policy that lets users hear their own channel, and the
-- table in Realtime's publication, where row level security holds too. To be called again after enabling Realtime.
create or replace function private.apply_realtime()
returns void
language plpgsql
set search_path = ''
as $$
begin
  if to_regclass('realtime.messages') is null or to_regprocedure('realtime.send(jsonb,text,text,boolean)') is null then
    raise notice 'No Realtime here: notifications are not broadcast.';
    return;
  end if;

  execute $statement$
    create or replace function private.notifications_broadcast()
    returns trigger
    language plpgsql
    security definer
    set search_path = ''
    as $body$
    begin
      perform realtime.send(
        private.notification_json(new),
        'notification',
        'notifications:' || new.user_id,
        true
      );
      return null;
    end;
    $body$
  $statement$;
  revoke all on function private.notifications_broadcast() from public, anon, authenticated, service_role;
  -- Not what is imported or taken over from the old store, which is no news.
  create or replace trigger notifications_broadcast_new
    after insert on public.notifications
    for each row when (new.status = 'sent' and new.legacy_id is null and not private.is_importing())
    execute function private.notifications_broadcast();
  create or replace trigger notifications_broadcast_sent
    after update of status on public.notifications
    for each row when (new.status = 'sent' and old.status <> 'sent' and not private.is_importing())
    execute function private.notifications_broadcast();

  execute 'drop policy if exists "promo_music_own_notifications" on realtime.messages';
  execute $statement$
    create policy "promo_music_own_notifications" on realtime.messages
      for select to authenticated
      using (
        extension = 'broadcast'
        and (select realtime.topic()) = 'notifications:' || (select auth.uid())
      )
  $statement$;

  if exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables)
    and not exists (
      select from pg_publication_tables
      where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = 'notifications'
    )
  then
    alter publication supabase_realtime add table public.notifications;
  end if;
end;
$$;

revoke all on function private.apply_realtime() from public, anon, authenticated, service_role;

do $$
begin
  perform private.apply_realtime();
end;
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- The dispatcher, every minute
-- ---------------------------------------------------------------------------------------------------------------

insert into private.schedules (name, schedule, path)
values ('notifications-dispatch', '* * * * *', '/notifications/dispatch')
on conflict (name) do nothing;

do $$
begin
  perform private.apply_schedules();
end;
$$;
