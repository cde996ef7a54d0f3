-- 002: who may see and change what.
--
-- Row level security, policies and grants for the tables, views and functions of 001, and policies for the objects
-- of the six storage buckets. Nothing is granted by default: a role has exactly what is listed here.
--   anon           public columns of public concerts and of artists, active ticket providers, counting visits
--   authenticated  own rows only, on every table; writes the columns an artist may decide about; moderators read
--                  all concerts. Public listings go through anon.
--   service_role   everything but rewriting the coin ledger
--
-- Leaves alone: all rows, kv_store_84730125, buckets and policies of other projects on storage.objects.
-- Runs as one transaction, so that re-running it opens no gap; `drop policy` + `create policy` is how PostgreSQL
-- replaces one.

alter table public.artists enable row level security;
alter table public.concerts enable row level security;
alter table public.coin_transactions enable row level security;
alter table public.notifications enable row level security;
alter table public.notification_settings enable row level security;
alter table public.email_campaigns enable row level security;
alter table public.ticket_providers enable row level security;
alter table public.artist_ticket_providers enable row level security;
alter table public.ticket_sales enable row level security;

-- A hosted project grants everything on new objects of `public` to the API roles.
revoke all on
  public.artists,
  public.concerts,
  public.coin_transactions,
  public.notifications,
  public.notification_settings,
  public.email_campaigns,
  public.ticket_providers,
  public.artist_ticket_providers,
  public.ticket_sales,
  public.concert_analytics,
  public.artist_statistics
from public, anon, authenticated, service_role;

-- ---------------------------------------------------------------------------------------------------------------
-- Functions
-- ---------------------------------------------------------------------------------------------------------------

revoke all on schema private from public, anon, authenticated, service_role;
-- By name, so that running this again takes nothing from functions of later migrations.
revoke all on function
  private.is_line(text),
  private.is_multiline_text(text),
  private.is_common_instant(timestamptz),
  private.is_web_address(text),
  private.words_of(text),
  private.inner_id(jsonb),
  private.concert_query(text),
  private.refuse(text, text[], text),
  private.is_moderator(),
  private.is_service(),
  private.set_importing(boolean),
  private.is_importing(),
  private.touch_updated_at(),
  private.artists_before_insert(),
  private.artists_before_update(),
  private.check_time_zone(text),
  private.empty_fields(public.concerts),
  private.concerts_before_insert(),
  private.concerts_before_update(),
  private.concerts_before_delete(),
  private.coin_transactions_after_insert(),
  private.coin_transactions_before_change(),
  private.notifications_before_update(),
  private.begin_idempotent(text, text),
  private.remember_answer(text, jsonb),
  private.find_concert_id(text),
  private.find_artist_id(text),
  private.lock_own_concert(text),
  private.is_public(public.concerts),
  private.concert_json(public.concerts),
  private.public_concert_json(public.concerts, public.artists),
  private.get_concert(text),
  private.search_concerts(text, text, text, text, date, date, text, boolean, real, uuid, integer, text, date),
  private.submit_concert(text),
  private.moderate_concert(text, text, text),
  private.promote_concert(text, integer, text, text),
  private.cancel_concert(text),
  private.set_concert_hidden(text, boolean),
  private.count_concert_event(uuid, text),
  private.artist_json(public.artists),
  private.save_artist_profile(jsonb),
  private.hand_over_notifications(uuid, uuid),
  private.claim_artist_profile()
from public, anon, authenticated, service_role;

-- The Data API does not serve this schema; usage lets the functions in `public` reach what is granted below.
grant usage on schema private to anon, authenticated, service_role;

-- What policies, checks, generated columns and triggers call with the caller's rights.
grant execute on function private.is_moderator() to authenticated, service_role;
grant execute on function
  private.is_line(text),
  private.is_multiline_text(text),
  private.is_common_instant(timestamptz),
  private.is_web_address(text),
  private.words_of(text),
  private.inner_id(jsonb),
  private.is_importing()
to authenticated, service_role;
grant execute on function private.refuse(text, text[], text) to authenticated, service_role;
grant execute on function private.check_time_zone(text) to authenticated, service_role;
grant execute on function private.empty_fields(public.concerts) to authenticated, service_role;
grant execute on function private.find_concert_id(text) to anon, authenticated, service_role;
grant execute on function private.lock_own_concert(text) to authenticated;
grant execute on function private.concert_json(public.concerts) to authenticated;

revoke all on function
  public.get_concert(text),
  public.get_concert_analytics(text),
  public.search_concerts(text, text, text, text, date, date, text, boolean, real, uuid, integer, text, date),
  public.submit_concert(text),
  public.moderate_concert(text, text, text),
  public.promote_concert(text, integer, text, text),
  public.cancel_concert(text),
  public.set_concert_hidden(text, boolean),
  public.count_concert_event(text, text),
  public.increment_concert_views(uuid),
  public.increment_concert_clicks(uuid),
  public.update_concert(text, jsonb),
  public.delete_concert(text),
  public.save_artist_profile(jsonb),
  public.claim_artist_profile(),
  public.get_coin_ledger(timestamptz, uuid, integer),
  public.calculate_campaign_metrics(uuid)
from public, anon, authenticated, service_role;

grant execute on function
  public.get_concert(text),
  private.get_concert(text),
  public.search_concerts(text, text, text, text, date, date, text, boolean, real, uuid, integer, text, date),
  private.search_concerts(text, text, text, text, date, date, text, boolean, real, uuid, integer, text, date),
  public.count_concert_event(text, text),
  public.increment_concert_views(uuid),
  public.increment_concert_clicks(uuid),
  private.count_concert_event(uuid, text)
to anon, authenticated, service_role;

grant execute on function
  public.submit_concert(text),
  private.submit_concert(text),
  public.moderate_concert(text, text, text),
  private.moderate_concert(text, text, text),
  public.promote_concert(text, integer, text, text),
  private.promote_concert(text, integer, text, text),
  public.cancel_concert(text),
  private.cancel_concert(text),
  public.set_concert_hidden(text, boolean),
  private.set_concert_hidden(text, boolean),
  public.update_concert(text, jsonb),
  public.delete_concert(text),
  public.save_artist_profile(jsonb),
  private.save_artist_profile(jsonb),
  public.claim_artist_profile(),
  private.claim_artist_profile(),
  public.get_coin_ledger(timestamptz, uuid, integer),
  public.get_concert_analytics(text)
to authenticated;

grant execute on function public.calculate_campaign_metrics(uuid) to authenticated, service_role;

-- ---------------------------------------------------------------------------------------------------------------
-- Artists: e-mail, phone and coins are seen by their owner alone; verification, counters and coins are written by
-- the backend alone.
-- ---------------------------------------------------------------------------------------------------------------

grant select (
  id, legacy_id, username, full_name, avatar_url, bio, city, is_verified, subscribers_count, total_plays, total_tracks
) on public.artists to anon;
grant select (
  id, legacy_id, username, full_name, bio, avatar_url, city, phone, email, is_verified, subscribers_count,
  total_plays, total_tracks, coins_balance, created_at, updated_at
) on public.artists to authenticated;
grant insert (id, username, full_name, bio, avatar_url, city, phone) on public.artists to authenticated;
grant update (username, full_name, bio, avatar_url, city, phone) on public.artists to authenticated;

grant select, delete on public.artists to service_role;
-- Without coins_balance: it moves by coin_transactions only.
grant insert (
  id, legacy_id, username, full_name, bio, avatar_url, city, phone, email, is_verified, subscribers_count,
  total_plays, total_tracks, claimed_at, legacy, created_at, updated_at
), update (
  id, legacy_id, username, full_name, bio, avatar_url, city, phone, email, is_verified, subscribers_count,
  total_plays, total_tracks, claimed_at, legacy, created_at, updated_at
) on public.artists to service_role;

drop policy if exists "Everybody sees the public columns of artists" on public.artists;
create policy "Everybody sees the public columns of artists" on public.artists
  for select to anon
  using (true);

drop policy if exists "Artists see their own profile" on public.artists;
create policy "Artists see their own profile" on public.artists
  for select to authenticated
  using (id = (select auth.uid()));

drop policy if exists "Artists create their own profile" on public.artists;
create policy "Artists create their own profile" on public.artists
  for insert to authenticated
  with check (id = (select auth.uid()));

drop policy if exists "Artists edit their own profile" on public.artists;
create policy "Artists edit their own profile" on public.artists
  for update to authenticated
  using (id = (select auth.uid()))
  with check (id = (select auth.uid()));

-- ---------------------------------------------------------------------------------------------------------------
-- Concerts: moderation, promotion, cancellation and counters change by functions only.
-- ---------------------------------------------------------------------------------------------------------------

grant select (
  id, artist_id, title, description, city, venue_name, venue_address, event_date, event_time, time_zone, event_type,
  banner_image_url, ticket_price_min, ticket_price_max, ticket_link, is_promoted, promotion_ends_at, sold_out,
  day_ends_at, search
) on public.concerts to anon;
grant select, delete on public.concerts to authenticated;
grant insert (
  artist_id, title, description, city, venue_name, venue_address, event_date, event_time, time_zone, event_type,
  banner_image_url, ticket_price_min, ticket_price_max, ticket_link, ticket_capacity
), update (
  title, description, city, venue_name, venue_address, event_date, event_time, time_zone, event_type,
  banner_image_url, ticket_price_min, ticket_price_max, ticket_link, ticket_capacity, is_hidden
) on public.concerts to authenticated;
grant select, insert, update, delete on public.concerts to service_role;

drop policy if exists "Everybody sees approved concerts" on public.concerts;
create policy "Everybody sees approved concerts" on public.concerts
  for select to anon
  using (moderation_status = 'approved' and not is_hidden and not is_cancelled);

drop policy if exists "Artists see their own concerts, moderators all" on public.concerts;
create policy "Artists see their own concerts, moderators all" on public.concerts
  for select to authenticated
  using (artist_id = (select auth.uid()) or (select private.is_moderator()));

drop policy if exists "Artists create their own concerts" on public.concerts;
create policy "Artists create their own concerts" on public.concerts
  for insert to authenticated
  with check (artist_id = (select auth.uid()));

drop policy if exists "Artists edit their own concerts" on public.concerts;
create policy "Artists edit their own concerts" on public.concerts
  for update to authenticated
  using (artist_id = (select auth.uid()))
  with check (artist_id = (select auth.uid()));

drop policy if exists "Artists delete their own concerts" on public.concerts;
create policy "Artists delete their own concerts" on public.concerts
  for delete to authenticated
  using (artist_id = (select auth.uid()));

-- ---------------------------------------------------------------------------------------------------------------
-- Coins: read by their owner, moved by the backend.
-- ---------------------------------------------------------------------------------------------------------------

grant select (id, artist_id, concert_id, amount, type, description, created_at)
  on public.coin_transactions to authenticated;
grant select, insert on public.coin_transactions to service_role;

drop policy if exists "Artists see their own coin movements" on public.coin_transactions;
create policy "Artists see their own coin movements" on public.coin_transactions
  for select to authenticated
  using (artist_id = (select auth.uid()));

-- ---------------------------------------------------------------------------------------------------------------
-- Notifications: users read, mark and delete their own; only the backend writes them.
-- ---------------------------------------------------------------------------------------------------------------

grant select (
  id, legacy_id, user_id, concert_id, notification_type, title, message, link, channel, scheduled_for, status,
  sent_at, attempts, error_message, is_read, read_at, is_archived, metadata, created_at, updated_at
), update (is_read, is_archived) on public.notifications to authenticated;
grant delete on public.notifications to authenticated;
grant select, insert, update, delete on public.notifications to service_role;

drop policy if exists "Users see their own notifications" on public.notifications;
create policy "Users see their own notifications" on public.notifications
  for select to authenticated
  using (user_id = (select auth.uid()));

drop policy if exists "Users mark their own notifications" on public.notifications;
create policy "Users mark their own notifications" on public.notifications
  for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));

drop policy if exists "Users delete their own notifications" on public.notifications;
create policy "Users delete their own notifications" on public.notifications
  for delete to authenticated
  using (user_id = (select auth.uid()));

grant select (
  user_id, email_enabled, push_enabled, reminder_days_before, announcements_enabled, promotions_enabled,
  ticket_updates_enabled, created_at, updated_at
), insert (
  user_id, email_enabled, push_enabled, reminder_days_before, announcements_enabled, promotions_enabled,
  ticket_updates_enabled
), update (
  email_enabled, push_enabled, reminder_days_before, announcements_enabled, promotions_enabled,
  ticket_updates_enabled
) on public.notification_settings to authenticated;
grant select, insert, update, delete on public.notification_settings to service_role;

drop policy if exists "Users see their own settings" on public.notification_settings;
create policy "Users see their own settings" on public.notification_settings
  for select to authenticated
  using (user_id = (select auth.uid()));

drop policy if exists "Users create their own settings" on public.notification_settings;
create policy "Users create their own settings" on public.notification_settings
  for insert to authenticated
  with check (user_id = (select auth.uid()));

drop policy if exists "Users change their own settings" on public.notification_settings;
create policy "Users change their own settings" on public.notification_settings
  for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));

-- ---------------------------------------------------------------------------------------------------------------
-- E-mail campaigns: artists write what is sent; state, counts and times change by the backend only.
-- ---------------------------------------------------------------------------------------------------------------

grant select (
  id, legacy_id, artist_id, concert_id, subject, content, html_content, recipient_filter, recipient_count, status,
  scheduled_for, send_before, sent_at, delivery_started_at, delivery_completed_at, emails_sent, emails_delivered,
  emails_opened, emails_clicked, emails_bounced, emails_complained, open_rate, click_rate, bounce_rate, error_message,
  created_at, updated_at
), insert (artist_id, concert_id, subject, content, html_content, recipient_filter, send_before),
  update (concert_id, subject, content, html_content, recipient_filter, send_before)
  on public.email_campaigns to authenticated;
grant delete on public.email_campaigns to authenticated;
grant select, insert, update, delete on public.email_campaigns to service_role;

drop policy if exists "Artists see their own campaigns" on public.email_campaigns;
create policy "Artists see their own campaigns" on public.email_campaigns
  for select to authenticated
  using (artist_id = (select auth.uid()));

drop policy if exists "Artists create campaigns for their own concerts" on public.email_campaigns;
create policy "Artists create campaigns for their own concerts" on public.email_campaigns
  for insert to authenticated
  with check (
    artist_id = (select auth.uid())
    and (
      concert_id is null
      or exists (
        select from public.concerts as concert
        where concert.id = concert_id and concert.artist_id = (select auth.uid())
      )
    )
  );

drop policy if exists "Artists edit their own campaigns before they are sent" on public.email_campaigns;
create policy "Artists edit their own campaigns before they are sent" on public.email_campaigns
  for update to authenticated
  using (artist_id = (select auth.uid()) and status in ('draft', 'scheduled', 'paused'))
  with check (
    artist_id = (select auth.uid())
    and (
      concert_id is null
      or exists (
        select from public.concerts as concert
        where concert.id = concert_id and concert.artist_id = (select auth.uid())
      )
    )
  );

drop policy if exists "Artists delete their own campaigns unless being sent" on public.email_campaigns;
create policy "Artists delete their own campaigns unless being sent" on public.email_campaigns
  for delete to authenticated
  using (artist_id = (select auth.uid()) and status <> 'sending');

-- ---------------------------------------------------------------------------------------------------------------
-- Tickets: providers are public, keys are nobody's but the backend's, sales are written by the backend only.
-- ---------------------------------------------------------------------------------------------------------------

grant select (id, name, commission_percent, is_active) on public.ticket_providers to anon, authenticated;
grant select, insert, update, delete on public.ticket_providers to service_role;

drop policy if exists "Everybody sees active providers" on public.ticket_providers;
create policy "Everybody sees active providers" on public.ticket_providers
  for select to anon, authenticated
  using (is_active);

grant select (artist_id, provider_id, api_key_last4, is_active, connected_at, created_at, updated_at)
  on public.artist_ticket_providers to authenticated;
grant delete on public.artist_ticket_providers to authenticated;
grant select, insert, update, delete on public.artist_ticket_providers to service_role;

drop policy if exists "Artists see their own connections" on public.artist_ticket_providers;
create policy "Artists see their own connections" on public.artist_ticket_providers
  for select to authenticated
  using (artist_id = (select auth.uid()));

drop policy if exists "Artists remove their own connections" on public.artist_ticket_providers;
create policy "Artists remove their own connections" on public.artist_ticket_providers
  for delete to authenticated
  using (artist_id = (select auth.uid()));

grant select (
  id, legacy_id, concert_id, artist_id, provider_id, external_transaction_id, quantity, unit_price, total_amount,
  commission_amount, net_amount, buyer_email, buyer_name, buyer_phone, status, refunded_at, refund_amount,
  refund_reason, metadata, purchased_at, created_at, updated_at
) on public.ticket_sales to authenticated;
grant select, insert, update, delete on public.ticket_sales to service_role;

drop policy if exists "Artists see the sales of their own concerts" on public.ticket_sales;
create policy "Artists see the sales of their own concerts" on public.ticket_sales
  for select to authenticated
  using (artist_id = (select auth.uid()));

-- ---------------------------------------------------------------------------------------------------------------
-- Views: run with the caller's rights, and are nothing for visitors.
-- ---------------------------------------------------------------------------------------------------------------

grant select on public.concert_analytics, public.artist_statistics to authenticated, service_role;

-- ---------------------------------------------------------------------------------------------------------------
-- Storage: artists write only below a folder named with their own id; public buckets are readable by all, private
-- ones by the owner of the folder. Skipped where there is no storage.
-- ---------------------------------------------------------------------------------------------------------------

do $$
declare
  public_buckets constant text :=
    $list$'make-84730125-concert-banners', 'make-84730125-artist-avatars', 'make-84730125-track-covers'$list$;
  private_buckets constant text :=
    $list$'make-84730125-audio-files', 'make-84730125-video-files', 'make-84730125-campaign-attachments'$list$;
  in_own_folder constant text := '(storage.foldername(name))[1] = (select auth.uid())::text';
  in_own_folder_of_ours constant text :=
    format('bucket_id in (%s, %s) and %s', public_buckets, private_buckets, in_own_folder);
begin
  if to_regclass('storage.objects') is null then
    raise notice 'No schema storage here: the policies for the six buckets are left out.';
    return;
  end if;

  drop policy if exists "promo_music_select" on storage.objects;
  drop policy if exists "promo_music_insert" on storage.objects;
  drop policy if exists "promo_music_update" on storage.objects;
  drop policy if exists "promo_music_delete" on storage.objects;

  execute format(
    'create policy "promo_music_select" on storage.objects for select to anon, authenticated
      using (bucket_id in (%s) or (bucket_id in (%s) and %s))',
    public_buckets, private_buckets, in_own_folder
  );
  execute format(
    'create policy "promo_music_insert" on storage.objects for insert to authenticated with check (%s)',
    in_own_folder_of_ours
  );
  execute format(
    'create policy "promo_music_update" on storage.objects for update to authenticated using (%1$s) with check (%1$s)',
    in_own_folder_of_ours
  );
  execute format(
    'create policy "promo_music_delete" on storage.objects for delete to authenticated using (%s)',
    in_own_folder_of_ours
  );
end;
$$;
