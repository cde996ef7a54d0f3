-- 007: e-mail campaigns that are really sent.
--
-- Adds to 001's email_campaigns what the dispatcher keeps of its own, and the shape of recipient_filter; creates
-- campaign_deliveries (one row a campaign and address: who is to get it, who got it, what failed and why) and
-- mail_suppressions (addresses an artist may no longer mail), and the functions that write, start, send, pause and
-- count campaigns. Schedules the dispatcher for every minute.
--
-- How nothing is lost and nobody mailed twice: a worker claims a batch of rows under a lease and a batch id; what a
-- worker that died had claimed is claimed again, when its lease is over, as the same batch with the same id, which
-- the provider is given as idempotency key. A batch of which the provider took nothing is none any more: its messages
-- are queued again. Whoever has left the list since is left out of either.
--
-- Leaves alone: all rows. Runs as one transaction and can be run again.

-- ---------------------------------------------------------------------------------------------------------------
-- Tables
-- ---------------------------------------------------------------------------------------------------------------

-- An address mail can be sent to: `local@domain` of ASCII, without anything that could end a header or add a
-- recipient.
create or replace function private.is_mail_address(value text)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  select char_length(value) <= 254
    and value ~ '^[A-Za-z0-9!#$%&''*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$';
$$;

-- {concert_ids?: [text], cities?: [text], purchased_after?: text, purchased_before?: text}. The dispatcher reads
-- everybody's filters: one that cannot be read would stop it for all.
create or replace function private.is_recipient_filter(value jsonb)
returns boolean
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  select jsonb_typeof(value) = 'object' and not exists (
    select
    from jsonb_each(case jsonb_typeof(value) when 'object' then value else '{}' end) as field (name, content)
    where case
      when field.name in ('concert_ids', 'cities') then
        jsonb_typeof(field.content) <> 'array'
        or jsonb_path_exists(field.content, '$[*] ? (@.type() != "string")')
      when field.name in ('purchased_after', 'purchased_before') then jsonb_typeof(field.content) <> 'string'
      else true
    end
  );
$$;

-- The instant a text names; null when it names none: the dispatcher must not stop at anybody's filter.
create or replace function private.instant_of(value text)
returns timestamptz
language plpgsql
stable
strict
set search_path = ''
as $$
begin
  return value::timestamptz;
exception
  when data_exception then
    return null;
end;
$$;

alter table public.email_campaigns
  alter column recipient_count drop not null,
  -- Deliveries that are through: sent, failed or skipped.
  add column if not exists processed integer not null default 0,
  -- Failures of the provider in a row, and not before when it is tried again.
  add column if not exists provider_errors integer not null default 0,
  add column if not exists retry_at timestamptz(3),
  -- So that several campaigns being sent take turns.
  add column if not exists last_claimed_at timestamptz(3),
  drop constraint if exists email_campaigns_recipient_filter_shape,
  drop constraint if exists email_campaigns_instant_bounds;
alter table public.email_campaigns
  add constraint email_campaigns_recipient_filter_shape check (private.is_recipient_filter(recipient_filter)),
  add constraint email_campaigns_instant_bounds check (
    private.is_common_instant(send_before) and private.is_common_instant(scheduled_for)
  );

create index if not exists email_campaigns_sending_idx
  on public.email_campaigns (last_claimed_at nulls first, id) where status = 'sending';
create index if not exists email_campaigns_unended_idx
  on public.email_campaigns (id) where status = 'cancelled' and processed < recipient_count;

create table if not exists public.campaign_deliveries (
  id uuid primary key default gen_random_uuid(),
  campaign_id uuid not null references public.email_campaigns (id) on delete cascade,
  -- The order of sending, from 1 on.
  position integer not null,
  -- Lower case.
  address text not null,
  name text,
  status text not null default 'queued',
  -- Who is being mailed together, and how long their worker may take.
  batch_id uuid,
  leased_until timestamptz(3),
  -- How often the provider has answered, and not before when it is asked again.
  attempts integer not null default 0,
  retry_at timestamptz(3),
  provider_message_id text,
  error_message text,
  sent_at timestamptz(3),
  delivered_at timestamptz(3),
  opened_at timestamptz(3),
  clicked_at timestamptz(3),
  bounced_at timestamptz(3),
  complained_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  constraint campaign_deliveries_address_key unique (campaign_id, address),
  constraint campaign_deliveries_position_key unique (campaign_id, position),
  constraint campaign_deliveries_status_known check (status in ('queued', 'sending', 'sent', 'failed', 'skipped')),
  constraint campaign_deliveries_sending_has_batch check (
    status <> 'sending' or (batch_id is not null and leased_until is not null)
  )
)
with (fillfactor = 80);

create index if not exists campaign_deliveries_waiting_idx
  on public.campaign_deliveries (campaign_id, position) where status in ('queued', 'sending');
create index if not exists campaign_deliveries_batch_id_idx
  on public.campaign_deliveries (batch_id) where batch_id is not null;
create index if not exists campaign_deliveries_provider_message_id_idx
  on public.campaign_deliveries (provider_message_id) where provider_message_id is not null;

create table if not exists public.mail_suppressions (
  artist_id uuid not null references public.artists (id) on update cascade,
  -- Lower case.
  address text not null,
  reason text not null,
  created_at timestamptz(3) not null default now(),
  primary key (artist_id, address),
  constraint mail_suppressions_reason_known check (reason in ('unsubscribed', 'hard_bounce', 'complaint'))
);

alter table public.campaign_deliveries enable row level security;
alter table public.mail_suppressions enable row level security;
revoke all on public.campaign_deliveries, public.mail_suppressions from public, anon, authenticated, service_role;

grant select (
  id, campaign_id, position, address, name, status, attempts, error_message, sent_at, delivered_at, opened_at,
  clicked_at, bounced_at, complained_at, created_at
) on public.campaign_deliveries to authenticated;
grant select, insert, update, delete on public.campaign_deliveries, public.mail_suppressions to service_role;

drop policy if exists "Artists see who got their own campaigns" on public.campaign_deliveries;
create policy "Artists see who got their own campaigns" on public.campaign_deliveries
  for select to authenticated
  using (
    campaign_id in (
      select campaign.id from public.email_campaigns as campaign where campaign.artist_id = (select auth.uid())
    )
  );

drop policy if exists "Only the backend knows who is not to be mailed" on public.mail_suppressions;
create policy "Only the backend knows who is not to be mailed" on public.mail_suppressions
  for all to service_role
  using (true)
  with check (true);

-- An artist's first record creates their profile, whichever record it is.
create or replace function private.email_campaigns_before_insert()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if new.artist_id = auth.uid() then
    insert into public.artists (id) values (new.artist_id) on conflict (id) do nothing;
  end if;
  return new;
end;
$$;

create or replace trigger email_campaigns_before_insert
  before insert on public.email_campaigns
  for each row execute function private.email_campaigns_before_insert();

-- ---------------------------------------------------------------------------------------------------------------
-- What the functions below build on
-- ---------------------------------------------------------------------------------------------------------------

-- The id of the campaign with this id or, failing that, with this id in the old store; null when there is none.
create or replace function private.find_campaign_id(reference text)
returns uuid
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  found_id uuid;
begin
  if reference ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' then
    select id into found_id from public.email_campaigns where id = reference::uuid;
  end if;
  if found_id is null then
    select id into found_id from public.email_campaigns where legacy_id = reference order by id limit 1;
  end if;
  return found_id;
end;
$$;

-- A campaign of the caller's, locked until the transaction ends. Refuses: not_found, also when it is somebody else's.
create or replace function private.lock_own_campaign(reference text)
returns public.email_campaigns
language plpgsql
set search_path = ''
as $$
declare
  campaign public.email_campaigns;
begin
  select * into campaign
  from public.email_campaigns
  where id = private.find_campaign_id(reference) and artist_id = auth.uid()
  for no key update;
  if not found then
    perform private.refuse('not_found');
  end if;
  return campaign;
end;
$$;

-- The campaign as its owner sees it. Times as PostgreSQL writes them.
create or replace function private.campaign_json(campaign public.email_campaigns)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', campaign.id,
    'legacy_id', campaign.legacy_id,
    'artist_id', campaign.artist_id,
    'concert_id', campaign.concert_id,
    'subject', campaign.subject,
    'content', campaign.content,
    'html_content', campaign.html_content,
    'recipient_filter', campaign.recipient_filter,
    'recipient_count', campaign.recipient_count,
    'status', campaign.status,
    'scheduled_for', campaign.scheduled_for,
    'send_before', campaign.send_before,
    'sent_at', campaign.sent_at,
    'delivery_started_at', campaign.delivery_started_at,
    'delivery_completed_at', campaign.delivery_completed_at,
    'emails_sent', campaign.emails_sent,
    'emails_delivered', campaign.emails_delivered,
    'emails_opened', campaign.emails_opened,
    'emails_clicked', campaign.emails_clicked,
    'emails_bounced', campaign.emails_bounced,
    'emails_complained', campaign.emails_complained,
    'open_rate', campaign.open_rate,
    'click_rate', campaign.click_rate,
    'bounce_rate', campaign.bounce_rate,
    'error_message', campaign.error_message,
    'created_at', campaign.created_at,
    'updated_at', campaign.updated_at
  );
$$;

-- What its messages are made of: the campaign, who sends it and what concert it is about.
create or replace function private.campaign_material(campaign public.email_campaigns)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'campaign', private.campaign_json(campaign),
    'artist_name', coalesce(artist.full_name, artist.username),
    'concert', (
      select jsonb_build_object(
        'title', concert.title,
        'city', concert.city,
        'venue_name', concert.venue_name,
        'event_date', concert.event_date,
        'event_time', concert.event_time,
        'ticket_link', concert.ticket_link
      )
      from public.concerts as concert
      where concert.id = campaign.concert_id
    )
  )
  from public.artists as artist
  where artist.id = campaign.artist_id;
$$;

-- Whom the campaign is for now: the distinct buyers' addresses of the artist's confirmed sales that its filter
-- lets through, less the suppressed ones; with the name of the latest purchase that has one.
create or replace function private.campaign_audience(campaign public.email_campaigns)
returns table (address text, name text)
language sql
stable
set search_path = ''
as $$
  select
    buyer.address,
    (array_agg(sale.buyer_name order by sale.purchased_at desc, sale.id) filter (where btrim(sale.buyer_name) <> ''))[1]
  from public.ticket_sales as sale
  join public.concerts as concert on concert.id = sale.concert_id
  cross join lateral (select lower(btrim(sale.buyer_email)) as address) as buyer
  where sale.artist_id = campaign.artist_id
    and sale.status = 'confirmed'
    and private.is_mail_address(buyer.address)
    and (
      not campaign.recipient_filter ? 'concert_ids'
      or exists (
        select from jsonb_array_elements_text(campaign.recipient_filter -> 'concert_ids') as wanted (id)
        where lower(wanted.id) = concert.id::text or wanted.id in (concert.legacy_id, private.inner_id(concert.legacy))
      )
    )
    and (not campaign.recipient_filter ? 'cities' or campaign.recipient_filter -> 'cities' ? concert.city)
    and (
      not campaign.recipient_filter ? 'purchased_after'
      or sale.purchased_at >= private.instant_of(campaign.recipient_filter ->> 'purchased_after')
    )
    and (
      not campaign.recipient_filter ? 'purchased_before'
      or sale.purchased_at < private.instant_of(campaign.recipient_filter ->> 'purchased_before')
    )
    and not exists (
      select from public.mail_suppressions as suppression
      where suppression.artist_id = campaign.artist_id and suppression.address = buyer.address
    )
  group by buyer.address;
$$;

-- Begins to send a campaign that is locked: its recipients are who they are at this moment, in one statement. How
-- many there are; none leave the campaign as it was.
create or replace function private.start_campaign(campaign public.email_campaigns)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  recipients integer;
begin
  insert into public.campaign_deliveries (campaign_id, position, address, name)
  select campaign.id, row_number() over (order by audience.address collate "C"), audience.address, audience.name
  from private.campaign_audience(campaign) as audience;
  get diagnostics recipients = row_count;
  if recipients > 0 then
    update public.email_campaigns
    set
      status = 'sending',
      recipient_count = recipients,
      processed = 0,
      delivery_started_at = now(),
      error_message = null,
      provider_errors = 0,
      retry_at = null
    where id = campaign.id;
  end if;
  return recipients;
end;
$$;

-- Nobody of a campaign is mailed any more: who was still waiting is skipped, for that reason. What a worker is sending
-- is left to it; of what one has left behind nobody will ever know.
create or replace function private.end_deliveries(ended uuid, reason text)
returns void
language sql
set search_path = ''
as $$
  with through as (
    update public.campaign_deliveries
    set
      status = case status when 'queued' then 'skipped' else 'failed' end,
      error_message = case status
        when 'queued' then reason
        else 'Отправка прервалась, и её срок истёк: неизвестно, дошло ли письмо'
      end,
      leased_until = null
    where campaign_id = ended
      and status in ('queued', 'sending')
      and (status = 'queued' or leased_until <= now())
    returning id
  )
  update public.email_campaigns
  set processed = processed + (select count(*) from through)
  where id = ended;
$$;

-- Ends a campaign that is being sent and has nobody left to mail.
create or replace function private.finish_campaign(finished uuid)
returns void
language sql
set search_path = ''
as $$
  update public.email_campaigns
  set
    status = case when emails_sent > 0 then 'sent' else 'failed' end,
    sent_at = case when emails_sent > 0 then now() end,
    delivery_completed_at = now(),
    error_message = case
      when emails_sent = 0 then coalesce(
        (
          select delivery.error_message
          from public.campaign_deliveries as delivery
          where delivery.campaign_id = finished and delivery.error_message is not null
          order by delivery.position
          limit 1
        ),
        'Никому не отправлено'
      )
    end
  where id = finished
    and status = 'sending'
    and not exists (
      select from public.campaign_deliveries
      where campaign_id = finished and status in ('queued', 'sending')
    );
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- For artists
-- ---------------------------------------------------------------------------------------------------------------

-- The id of the caller's concert with this id, null for null. Refuses: validation_failed naming concert_id, with the
-- hint `foreign`.
create or replace function private.own_concert_id(reference text)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  found_id uuid;
begin
  if reference is null then
    return null;
  end if;
  select id into found_id
  from public.concerts
  where id = private.find_concert_id(reference) and artist_id = auth.uid();
  if not found then
    perform private.refuse('validation_failed', array['concert_id'], 'foreign');
  end if;
  return found_id;
end;
$$;

-- Creates a draft of the caller's, with the caller's rights, and their profile if they have none. Refuses:
-- validation_failed (the concert is not theirs; send_before is no instant of the API's).
create or replace function public.create_campaign(fields jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  campaign public.email_campaigns;
begin
  if auth.uid() is null then
    perform private.refuse('unauthorized');
  end if;
  if not private.is_common_instant((fields ->> 'send_before')::timestamptz) then
    perform private.refuse('validation_failed', array['send_before']);
  end if;
  insert into public.email_campaigns (
    artist_id, concert_id, subject, content, html_content, recipient_filter, send_before
  )
  values (
    auth.uid(),
    private.own_concert_id(fields ->> 'concert_id'),
    fields ->> 'subject',
    coalesce(fields ->> 'content', ''),
    fields ->> 'html_content',
    coalesce(fields -> 'recipient_filter', '{}'),
    (fields ->> 'send_before')::timestamptz
  )
  returning id into campaign.id;
  return private.read_own_campaign(campaign.id);
end;
$$;

-- The caller's campaign.
create or replace function private.read_own_campaign(own_id uuid)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select private.campaign_json(campaign)
  from public.email_campaigns as campaign
  where campaign.id = own_id and campaign.artist_id = auth.uid();
$$;

create or replace function private.update_campaign(reference text, changes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  campaign public.email_campaigns := private.lock_own_campaign(reference);
  foreign_fields text[];
begin
  select array_agg(field order by field) into foreign_fields
  from jsonb_object_keys(changes) as field
  where field not in ('concert_id', 'subject', 'content', 'html_content', 'recipient_filter', 'send_before');
  if foreign_fields is not null then
    perform private.refuse('validation_failed', foreign_fields);
  end if;
  if campaign.status not in ('draft', 'scheduled', 'paused') then
    perform private.refuse('invalid_transition');
  end if;
  if changes ? 'concert_id' then
    changes := changes || jsonb_build_object('concert_id', private.own_concert_id(changes ->> 'concert_id'));
  end if;
  if changes ? 'recipient_filter' and campaign.delivery_started_at is not null then
    perform private.refuse('validation_failed', array['recipient_filter'], 'resolved');
  end if;
  campaign := jsonb_populate_record(campaign, changes);
  if not private.is_common_instant(campaign.send_before) then
    perform private.refuse('validation_failed', array['send_before']);
  end if;
  if campaign.status = 'scheduled' and campaign.send_before <= campaign.scheduled_for then
    perform private.refuse('validation_failed', array['send_before'], 'past');
  end if;
  update public.email_campaigns
  set
    concert_id = campaign.concert_id,
    subject = campaign.subject,
    content = campaign.content,
    html_content = campaign.html_content,
    recipient_filter = campaign.recipient_filter,
    send_before = campaign.send_before
  where id = campaign.id
  returning * into campaign;
  return private.campaign_json(campaign);
end;
$$;

-- Applies what `changes` names, null clears, to a draft, scheduled or paused campaign. Refuses: not_found,
-- invalid_transition, validation_failed (the concert is not theirs; recipient_filter, with the hint `resolved`, when
-- the recipients are; send_before, with the hint `past`, when it is over before the campaign is due).
create or replace function public.update_campaign(campaign_id text, changes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.update_campaign(update_campaign.campaign_id, changes);
$$;

create or replace function private.delete_campaign(reference text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  campaign public.email_campaigns := private.lock_own_campaign(reference);
begin
  if campaign.status = 'sending' then
    perform private.refuse('invalid_transition');
  end if;
  delete from public.email_campaigns where id = campaign.id;
end;
$$;

-- Deletes a campaign with its deliveries. Refuses: not_found, invalid_transition (it is being sent).
create or replace function public.delete_campaign(campaign_id text)
returns void
language sql
set search_path = ''
as $$
  select private.delete_campaign(delete_campaign.campaign_id);
$$;

create or replace function private.get_campaign_material(reference text)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select private.campaign_material(campaign)
  from public.email_campaigns as campaign
  where campaign.id = private.find_campaign_id(reference) and campaign.artist_id = auth.uid();
$$;

-- {"campaign": Campaign, "artist_name", "concert": {title, city, venue_name, event_date, event_time, ticket_link} or
-- null}; null when the caller has no such campaign.
create or replace function public.get_campaign_material(campaign_id text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_campaign_material(get_campaign_material.campaign_id);
$$;

create or replace function private.get_campaign_audience(reference text, sample_size integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'count', count(audience.address),
    'sample', coalesce(
      jsonb_agg(audience.address order by audience.address collate "C")
        filter (where audience.place <= sample_size),
      '[]'
    )
  )
  from public.email_campaigns as campaign
  left join lateral (
    select found.address, row_number() over (order by found.address collate "C") as place
    from private.campaign_audience(campaign) as found
  ) as audience on true
  where campaign.id = private.find_campaign_id(reference) and campaign.artist_id = auth.uid()
  group by campaign.id;
$$;

-- Whom the campaign would reach if it were sent now: {"count": integer, "sample": [address]}; null when the caller has
-- no such campaign.
create or replace function public.get_campaign_audience(campaign_id text, sample_size integer default 5)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_campaign_audience(get_campaign_audience.campaign_id, sample_size);
$$;

-- The deliveries of a campaign of the caller's in the order of sending, with the caller's rights. Refuses: not_found.
create or replace function public.list_campaign_deliveries(
  campaign_id text,
  delivery_status text default null,
  after_position integer default null,
  page_size integer default 20
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  listed uuid;
begin
  select campaign.id into listed
  from public.email_campaigns as campaign
  where campaign.id = private.find_campaign_id(list_campaign_deliveries.campaign_id)
    and campaign.artist_id = auth.uid();
  if not found then
    perform private.refuse('not_found');
  end if;
  return coalesce(
    (
      select jsonb_agg(to_jsonb(page) order by page.position)
      from (
        select
          delivery.id, delivery.position, delivery.address, delivery.name, delivery.status, delivery.attempts,
          delivery.error_message, delivery.sent_at, delivery.delivered_at, delivery.opened_at, delivery.clicked_at,
          delivery.bounced_at, delivery.complained_at
        from public.campaign_deliveries as delivery
        where delivery.campaign_id = listed
          and (delivery_status is null or delivery.status = delivery_status)
          and (after_position is null or delivery.position > after_position)
        order by delivery.position
        limit page_size
      ) as page
    ),
    '[]'
  );
end;
$$;

create or replace function private.change_campaign(reference text, action text, wanted_time timestamptz default null)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  campaign public.email_campaigns := private.lock_own_campaign(reference);
  requeued integer := 0;
  -- Compare and set: the row is locked, and what it is now decides.
  is_possible constant boolean := case action
    when 'schedule' then campaign.status in ('draft', 'scheduled')
    when 'send' then campaign.status in ('draft', 'scheduled')
    when 'pause' then campaign.status in ('scheduled', 'sending')
    when 'resume' then campaign.status in ('paused', 'failed')
    when 'cancel' then campaign.status in ('draft', 'scheduled', 'sending', 'paused', 'failed')
    else false
  end;
  is_to_be_sent constant boolean := action = 'send' or (
    action = 'resume'
    and not (campaign.delivery_started_at is null and coalesce(campaign.scheduled_for > now(), false))
  );
begin
  if not is_possible then
    perform private.refuse('invalid_transition');
  end if;
  if is_to_be_sent and campaign.send_before <= now() then
    perform private.refuse('validation_failed', array['send_before'], 'past');
  end if;
  if action = 'schedule' then
    if wanted_time is null or wanted_time <= now() or not private.is_common_instant(wanted_time) then
      perform private.refuse('validation_failed', array['scheduled_for']);
    end if;
    if campaign.send_before <= wanted_time then
      perform private.refuse('validation_failed', array['send_before'], 'past');
    end if;
    update public.email_campaigns
    set status = 'scheduled', scheduled_for = wanted_time
    where id = campaign.id;
  elsif action = 'pause' then
    update public.email_campaigns set status = 'paused', error_message = null where id = campaign.id;
  elsif action = 'cancel' then
    update public.email_campaigns set status = 'cancelled' where id = campaign.id;
    perform private.end_deliveries(campaign.id, 'Рассылка отменена');
  elsif not is_to_be_sent then
    update public.email_campaigns set status = 'scheduled', error_message = null where id = campaign.id;
  elsif campaign.delivery_started_at is null then
    if private.start_campaign(campaign) = 0 then
      perform private.refuse('validation_failed', array['recipient_filter'], 'empty');
    end if;
  else
    if campaign.status = 'failed' then
      update public.campaign_deliveries
      set status = 'queued', error_message = null, batch_id = null, leased_until = null, attempts = 0, retry_at = null
      where campaign_id = campaign.id and status = 'failed';
      get diagnostics requeued = row_count;
    end if;
    update public.email_campaigns
    set
      status = 'sending',
      processed = processed - requeued,
      error_message = null,
      provider_errors = 0,
      retry_at = null,
      delivery_completed_at = null
    where id = campaign.id;
    -- Paused when the last of its mail was under way: there is nothing left to do.
    perform private.finish_campaign(campaign.id);
  end if;
  return private.read_own_campaign(campaign.id);
end;
$$;

-- Draft or scheduled → scheduled. Refuses: not_found, invalid_transition, validation_failed (scheduled_for is past;
-- send_before, with the hint `past`, would be over by then).
create or replace function public.schedule_campaign(campaign_id text, scheduled_for timestamptz)
returns jsonb
language sql
set search_path = ''
as $$
  select private.change_campaign(schedule_campaign.campaign_id, 'schedule', scheduled_for);
$$;

-- Scheduled or sending → paused. Refuses: not_found, invalid_transition.
create or replace function public.pause_campaign(campaign_id text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.change_campaign(pause_campaign.campaign_id, 'pause');
$$;

-- Paused or failed → sending, or scheduled again when its time is still to come. What failed for good is tried again.
-- Refuses: not_found, invalid_transition, validation_failed.
create or replace function public.resume_campaign(campaign_id text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.change_campaign(resume_campaign.campaign_id, 'resume');
$$;

-- Draft, scheduled, sending, paused or failed → cancelled for good; who has not been mailed is not. Refuses: not_found,
-- invalid_transition.
create or replace function public.cancel_campaign(campaign_id text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.change_campaign(cancel_campaign.campaign_id, 'cancel');
$$;

create or replace function private.send_campaign(reference text, request_key text, request_fingerprint text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  own_campaign uuid;
  answer jsonb;
begin
  select id into own_campaign
  from public.email_campaigns
  where id = private.find_campaign_id(reference) and artist_id = auth.uid();
  if not found then
    perform private.refuse('not_found');
  end if;
  answer := private.begin_idempotent(request_key, request_fingerprint);
  if answer is not null then
    return jsonb_build_object('replayed', true, 'campaign', answer);
  end if;
  answer := private.change_campaign(own_campaign::text, 'send');
  perform private.remember_answer(request_key, answer);
  return jsonb_build_object('replayed', false, 'campaign', answer);
end;
$$;

-- Draft or scheduled → sending, its recipients resolved: {"replayed": boolean, "campaign": Campaign}. Refuses:
-- not_found, idempotency_mismatch, idempotency_in_flight, invalid_transition, validation_failed (send_before is over;
-- recipient_filter, with the hint `empty`, lets nobody through).
create or replace function public.send_campaign(
  campaign_id text,
  idempotency_key text default null,
  request_fingerprint text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.send_campaign(send_campaign.campaign_id, idempotency_key, request_fingerprint);
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- For the dispatcher
-- ---------------------------------------------------------------------------------------------------------------

-- How many messages of campaigns being sent are still to go.
create or replace function private.count_waiting_deliveries()
returns bigint
language sql
stable
set search_path = ''
as $$
  select coalesce(sum(recipient_count - processed), 0)::bigint
  from public.email_campaigns
  where status = 'sending';
$$;

create or replace function private.claim_campaign_batch(batch_size integer, lease_seconds integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  campaign public.email_campaigns;
  batch uuid;
  is_left_behind boolean;
  through integer;
  claimed integer;
begin
  -- Whatever is locked is being worked on by another: skipped, so that workers never wait for each other.
  for campaign in
    select * from public.email_campaigns
    where status = 'scheduled' and scheduled_for <= now()
    order by scheduled_for
    limit 10
    for no key update skip locked
  loop
    begin
      if private.start_campaign(campaign) = 0 then
        update public.email_campaigns
        set status = 'failed', error_message = 'Нет получателей, подходящих под условия'
        where id = campaign.id;
      end if;
    exception
      -- One that cannot be started must not keep the others from being sent.
      when data_exception or integrity_constraint_violation then
        update public.email_campaigns
        set status = 'paused', error_message = 'Рассылку не удалось подготовить: проверьте её условия'
        where id = campaign.id;
    end;
  end loop;

  for campaign in
    select * from public.email_campaigns
    where status = 'sending' and send_before <= now()
    for no key update skip locked
  loop
    perform private.end_deliveries(campaign.id, 'Срок отправки истёк');
    perform private.finish_campaign(campaign.id);
  end loop;

  for campaign in
    select * from public.email_campaigns as cancelled
    where cancelled.status = 'cancelled'
      and cancelled.processed < cancelled.recipient_count
      and exists (
        select from public.campaign_deliveries as delivery
        where delivery.campaign_id = cancelled.id and delivery.status = 'sending' and delivery.leased_until <= now()
      )
    for no key update skip locked
  loop
    perform private.end_deliveries(campaign.id, 'Рассылка отменена');
  end loop;

  loop
    select * into campaign
    from public.email_campaigns as waiting
    where waiting.status = 'sending'
      and (waiting.retry_at is null or waiting.retry_at <= now())
      and exists (
        select from public.campaign_deliveries as delivery
        where delivery.campaign_id = waiting.id
          and delivery.status in ('queued', 'sending')
          and case delivery.status
            when 'queued' then delivery.retry_at is null or delivery.retry_at <= now()
            else delivery.leased_until <= now()
          end
      )
    order by waiting.last_claimed_at nulls first, waiting.id
    limit 1
    for no key update skip locked;
    if not found then
      return jsonb_build_object('batch_id', null, 'remaining', private.count_waiting_deliveries());
    end if;

    -- What a worker left behind goes first, as the batch it was: whole, in its order, under its id.
    select batch_id into batch
    from public.campaign_deliveries
    where campaign_id = campaign.id and status = 'sending' and leased_until <= now()
    order by position
    limit 1;
    is_left_behind := found;
    if not is_left_behind then
      batch := gen_random_uuid();
    end if;
    -- Whoever has left the list since the campaign began is left out, of a batch that comes again as well.
    with next as (
      select
        waiting.id,
        exists (
          select from public.mail_suppressions as suppression
          where suppression.artist_id = campaign.artist_id and suppression.address = waiting.address
        ) as is_suppressed
      from (
        select left_behind.id, left_behind.address
        from public.campaign_deliveries as left_behind
        where is_left_behind and left_behind.batch_id = batch and left_behind.status = 'sending'
        union all
        (
          select queued.id, queued.address
          from public.campaign_deliveries as queued
          where not is_left_behind
            and queued.campaign_id = campaign.id
            and queued.status = 'queued'
            and (queued.retry_at is null or queued.retry_at <= now())
          order by queued.position
          limit batch_size
        )
      ) as waiting
    ),
    taken as (
      update public.campaign_deliveries as delivery
      set
        status = case when next.is_suppressed then 'skipped' else 'sending' end,
        error_message = case when next.is_suppressed then 'Получатель отписан' end,
        batch_id = case when not next.is_suppressed then batch end,
        leased_until = case when not next.is_suppressed then now() + make_interval(secs => lease_seconds) end
      from next
      where delivery.id = next.id
      returning delivery.status
    )
    select count(*) filter (where status = 'skipped'), count(*) filter (where status = 'sending')
    into through, claimed
    from taken;
    update public.email_campaigns
    set processed = processed + through, last_claimed_at = clock_timestamp()
    where id = campaign.id;
    if claimed = 0 then
      perform private.finish_campaign(campaign.id);
      continue;
    end if;

    return private.campaign_material(campaign) || jsonb_build_object(
      'batch_id', batch,
      'may_be_taken', is_left_behind,
      'deliveries', (
        select jsonb_agg(
          jsonb_build_object('id', delivery.id, 'address', delivery.address, 'name', delivery.name)
          order by delivery.position
        )
        from public.campaign_deliveries as delivery
        where delivery.batch_id = batch and delivery.status = 'sending'
      )
    );
  end loop;
end;
$$;

-- Starts what is due, ends what is too late, and claims up to `batch_size` messages for `lease_seconds`: what
-- get_campaign_material answers, with "batch_id", "may_be_taken" and "deliveries": [{"id", "address", "name"}];
-- {"batch_id": null, "remaining": integer} when there is nothing to send now. A batch whose lease is over is claimed
-- again under the id it had, less whoever is suppressed since; the provider may have taken it already.
create or replace function public.claim_campaign_batch(batch_size integer default 100, lease_seconds integer default 150)
returns jsonb
language sql
set search_path = ''
as $$
  select private.claim_campaign_batch(batch_size, lease_seconds);
$$;

create or replace function private.record_campaign_batch(batch uuid, outcomes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  recorded_id uuid;
  campaign public.email_campaigns;
  sent integer;
  through integer;
begin
  select campaign_id into recorded_id from public.campaign_deliveries where batch_id = batch limit 1;
  -- Always the campaign before its deliveries, so that two writers wait for each other instead of deadlocking.
  select * into campaign from public.email_campaigns where id = recorded_id for no key update;
  with outcome as (
    select *
    from jsonb_to_recordset(outcomes)
      as given (id uuid, accepted boolean, provider_message_id text, reason text, permanent boolean)
  ),
  recorded as (
    update public.campaign_deliveries as delivery
    set
      status = case
        when outcome.accepted then 'sent'
        when outcome.permanent or delivery.attempts >= 4 then 'failed'
        when campaign.status = 'cancelled' then 'skipped'
        else 'queued'
      end,
      -- Tried again it is another batch: of this one the provider knows the answer already.
      batch_id = case when outcome.accepted or outcome.permanent then delivery.batch_id end,
      leased_until = null,
      attempts = delivery.attempts + 1,
      -- A server that puts strangers off for a while, as many do, takes their mail some minutes later.
      retry_at = case
        when not (outcome.accepted or outcome.permanent)
          then now() + (array['1 minute', '5 minutes', '15 minutes', '1 hour'])[delivery.attempts + 1]::interval
      end,
      provider_message_id = outcome.provider_message_id,
      error_message = outcome.reason,
      sent_at = case when outcome.accepted then now() end
    from outcome
    where delivery.id = outcome.id and delivery.batch_id = batch and delivery.status = 'sending'
    returning delivery.status
  )
  select count(*) filter (where status = 'sent'), count(*) filter (where status <> 'queued')
  into sent, through
  from recorded;
  update public.email_campaigns
  set emails_sent = emails_sent + sent, processed = processed + through, provider_errors = 0, retry_at = null
  where id = recorded_id;
  perform private.finish_campaign(recorded_id);
  return jsonb_build_object('remaining', private.count_waiting_deliveries());
end;
$$;

-- Writes down what became of a batch's messages: outcomes [{"id", "accepted", "provider_message_id", "reason",
-- "permanent"}]. What failed for the moment is queued again for 1, 5, 15 and 60 minutes later, and given up after five
-- attempts. Each is written down once, however often it is told. Answers {"remaining": integer}.
create or replace function public.record_campaign_batch(batch_id uuid, outcomes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.record_campaign_batch(record_campaign_batch.batch_id, outcomes);
$$;

create or replace function private.postpone_campaign_batch(
  batch uuid,
  reason text,
  retry_seconds integer,
  may_be_taken boolean
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  postponed_id uuid;
  campaign_status text;
begin
  select campaign_id into postponed_id
  from public.campaign_deliveries
  where batch_id = batch and status = 'sending'
  limit 1;
  update public.email_campaigns
  set
    provider_errors = provider_errors + 1,
    -- Cut to what the column holds: rounded up, a pause of no seconds would not be over yet.
    retry_at = date_trunc('milliseconds', now()) + make_interval(secs => coalesce(retry_seconds, 0)),
    status = case
      when status = 'sending' and (retry_seconds is null or provider_errors >= 2) then 'paused'
      else status
    end,
    error_message = case
      when status = 'sending' and (retry_seconds is null or provider_errors >= 2) then reason
      else error_message
    end
  where id = postponed_id
  returning status into campaign_status;
  update public.campaign_deliveries
  set
    status = case when may_be_taken then 'sending' else 'queued' end,
    -- What the provider took nothing of goes to it as a batch of its own, made anew of whoever is left on the list.
    batch_id = case when may_be_taken then batch end,
    leased_until = case when may_be_taken then date_trunc('milliseconds', now()) end
  where batch_id = batch and status = 'sending';
  if campaign_status = 'cancelled' then
    perform private.end_deliveries(postponed_id, 'Рассылка отменена');
  end if;
  return jsonb_build_object('remaining', private.count_waiting_deliveries());
end;
$$;

-- Gives back a batch that came to nothing, to be tried again after `retry_seconds`: as the same batch where the
-- provider may have taken it, else its messages in another. The third time in a row, and at once when `retry_seconds`
-- is null, the campaign is paused with the reason. Answers {"remaining": integer}.
create or replace function public.postpone_campaign_batch(
  batch_id uuid,
  reason text,
  retry_seconds integer,
  may_be_taken boolean
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.postpone_campaign_batch(postpone_campaign_batch.batch_id, reason, retry_seconds, may_be_taken);
$$;

-- They once returned nothing.
drop function if exists public.suppress_address(uuid, text, text), private.suppress_address(uuid, text, text);

create or replace function private.suppress_address(mailing_artist uuid, suppressed text, why text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  holder uuid;
begin
  -- Mail that was sent before a claim has the id in it that the artist had then.
  select artist.id into holder
  from public.artists as artist
  where artist.id = mailing_artist or artist.legacy_id = mailing_artist::text
  order by artist.id = mailing_artist desc
  limit 1;
  if holder is null then
    return false;
  end if;
  insert into public.mail_suppressions (artist_id, address, reason)
  values (holder, lower(suppressed), why)
  on conflict (artist_id, address) do nothing;
  return true;
end;
$$;

-- From now on the artist's campaigns leave the address out. Saying it twice changes nothing. `artist_id` may be what
-- the artist had before an account took over their profile. False: no artist is known to have or have had it, which is
-- also said of ids that were made of an owner's in the old store: the API knows how they are made.
create or replace function public.suppress_address(artist_id uuid, address text, reason text)
returns boolean
language sql
set search_path = ''
as $$
  select private.suppress_address(suppress_address.artist_id, address, reason);
$$;

create or replace function private.record_mail_event(
  reference text,
  message_id text,
  event text,
  happened_at timestamptz,
  is_permanent boolean,
  mailing_artist uuid,
  recipient text
)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  campaign public.email_campaigns;
  delivery public.campaign_deliveries;
  -- Who opened or clicked has it, even when the provider never said so, or says so later.
  is_delivered constant boolean := event in ('delivered', 'opened', 'clicked');
  is_final constant boolean := event = 'complained' or (event = 'bounced' and is_permanent);
  suppression_reason constant text := case event when 'complained' then 'complaint' else 'hard_bounce' end;
begin
  if reference ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' then
    select * into delivery from public.campaign_deliveries where id = reference::uuid;
  end if;
  if delivery.id is null then
    select * into delivery from public.campaign_deliveries where provider_message_id = message_id limit 1;
  end if;
  select * into campaign from public.email_campaigns where id = delivery.campaign_id for no key update;
  select * into delivery from public.campaign_deliveries where id = delivery.id;
  if delivery.id is null then
    -- The campaign may be deleted by now; whoever complains of it is left alone all the same.
    return is_final and recipient is not null
      and private.suppress_address(mailing_artist, recipient, suppression_reason);
  end if;
  update public.email_campaigns
  set
    emails_delivered = emails_delivered + (is_delivered and delivery.delivered_at is null)::integer,
    emails_opened = emails_opened + (event = 'opened' and delivery.opened_at is null)::integer,
    emails_clicked = emails_clicked + (event = 'clicked' and delivery.clicked_at is null)::integer,
    emails_bounced = emails_bounced + (event = 'bounced' and delivery.bounced_at is null)::integer,
    emails_complained = emails_complained + (event = 'complained' and delivery.complained_at is null)::integer
  where id = campaign.id;
  update public.campaign_deliveries
  set
    delivered_at = coalesce(delivered_at, case when is_delivered then happened_at end),
    opened_at = coalesce(opened_at, case when event = 'opened' then happened_at end),
    clicked_at = coalesce(clicked_at, case when event = 'clicked' then happened_at end),
    bounced_at = coalesce(bounced_at, case when event = 'bounced' then happened_at end),
    complained_at = coalesce(complained_at, case when event = 'complained' then happened_at end)
  where id = delivery.id;
  if is_final then
    perform private.suppress_address(campaign.artist_id, delivery.address, suppression_reason);
  end if;
  return true;
end;
$$;

-- Counts what became of a message: event is one of delivered, opened, clicked, bounced, complained; each counts once
-- a message, whatever the order and however often it is told. A complaint, and a bounce that is permanent, suppress
-- the address for the artist. `reference` is the delivery's id, else `message_id` finds it. Of a message there is none
-- of (any more), such an event suppresses what `artist_id` and `address` say it was sent from and to. False: there is
-- nobody and nothing that the event is about.
create or replace function public.record_mail_event(
  reference text,
  message_id text,
  event text,
  happened_at timestamptz,
  is_permanent boolean default false,
  artist_id uuid default null,
  address text default null
)
returns boolean
language sql
set search_path = ''
as $$
  select private.record_mail_event(reference, message_id, event, happened_at, is_permanent, artist_id, address);
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Grants
-- ---------------------------------------------------------------------------------------------------------------

revoke all on function
  private.is_mail_address(text),
  private.is_recipient_filter(jsonb),
  private.instant_of(text),
  private.email_campaigns_before_insert(),
  private.find_campaign_id(text),
  private.lock_own_campaign(text),
  private.campaign_json(public.email_campaigns),
  private.campaign_material(public.email_campaigns),
  private.campaign_audience(public.email_campaigns),
  private.start_campaign(public.email_campaigns),
  private.end_deliveries(uuid, text),
  private.finish_campaign(uuid),
  private.own_concert_id(text),
  private.read_own_campaign(uuid),
  private.update_campaign(text, jsonb),
  private.delete_campaign(text),
  private.get_campaign_material(text),
  private.get_campaign_audience(text, integer),
  private.change_campaign(text, text, timestamptz),
  private.send_campaign(text, text, text),
  private.claim_campaign_batch(integer, integer),
  private.count_waiting_deliveries(),
  private.record_campaign_batch(uuid, jsonb),
  private.postpone_campaign_batch(uuid, text, integer, boolean),
  private.suppress_address(uuid, text, text),
  private.record_mail_event(text, text, text, timestamptz, boolean, uuid, text),
  public.create_campaign(jsonb),
  public.update_campaign(text, jsonb),
  public.delete_campaign(text),
  public.get_campaign_material(text),
  public.get_campaign_audience(text, integer),
  public.list_campaign_deliveries(text, text, integer, integer),
  public.schedule_campaign(text, timestamptz),
  public.pause_campaign(text),
  public.resume_campaign(text),
  public.cancel_campaign(text),
  public.send_campaign(text, text, text),
  public.claim_campaign_batch(integer, integer),
  public.record_campaign_batch(uuid, jsonb),
  public.postpone_campaign_batch(uuid, text, integer, boolean),
  public.suppress_address(uuid, text, text),
  public.record_mail_event(text, text, text, timestamptz, boolean, uuid, text)
from public, anon, authenticated, service_role;

-- Called by a check with the rights of whoever writes.
grant execute on function private.is_recipient_filter(jsonb) to authenticated, service_role;

grant execute on function
  public.create_campaign(jsonb),
  private.own_concert_id(text),
  private.read_own_campaign(uuid),
  public.update_campaign(text, jsonb),
  private.update_campaign(text, jsonb),
  public.delete_campaign(text),
  private.delete_campaign(text),
  public.get_campaign_material(text),
  private.get_campaign_material(text),
  public.get_campaign_audience(text, integer),
  private.get_campaign_audience(text, integer),
  public.list_campaign_deliveries(text, text, integer, integer),
  private.find_campaign_id(text),
  public.schedule_campaign(text, timestamptz),
  public.pause_campaign(text),
  public.resume_campaign(text),
  public.cancel_campaign(text),
  private.change_campaign(text, text, timestamptz),
  public.send_campaign(text, text, text),
  private.send_campaign(text, text, text)
to authenticated;

grant execute on function
  public.claim_campaign_batch(integer, integer),
  private.claim_campaign_batch(integer, integer),
  public.record_campaign_batch(uuid, jsonb),
  private.record_campaign_batch(uuid, jsonb),
  public.postpone_campaign_batch(uuid, text, integer, boolean),
  private.postpone_campaign_batch(uuid, text, integer, boolean),
  public.suppress_address(uuid, text, text),
  private.suppress_address(uuid, text, text),
  public.record_mail_event(text, text, text, timestamptz, boolean, uuid, text),
  private.record_mail_event(text, text, text, timestamptz, boolean, uuid, text)
to service_role;

-- ---------------------------------------------------------------------------------------------------------------
-- By the clock
-- ---------------------------------------------------------------------------------------------------------------

-- Databases kept from before have it under a shorter name; the times an administrator has changed stay.
update private.schedules set name = 'campaigns-dispatch' where name = 'campaigns';
insert into private.schedules (name, schedule, path)
values ('campaigns-dispatch', '* * * * *', '/campaigns/dispatch')
on conflict (name) do nothing;

do $$
begin
  perform private.apply_schedules();
end;
$$;
