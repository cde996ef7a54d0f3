-- Takes back migrations 001-010: drops the tables, views and functions WITH ALL THEIR ROWS, schema private when nothing
-- else is in it, the policies for the six buckets and the cron jobs. Read docs/rollback.md first.
--
-- Leaves alone: kv_store_84730125 with its rows, its policy and its index (STORAGE_MODE=kv goes on working), buckets
-- and stored files, accounts, and whatever others keep in schema private. Runs as one transaction and can be run again.

-- Jobs first, so that none starts meanwhile. Dynamic, because pg_cron is not everywhere.
do $$
declare
  job text;
begin
  if to_regclass('cron.job') is not null then
    for job in execute $query$select jobname from cron.job where starts_with(jobname, 'promo-music: ')$query$ loop
      execute 'select cron.unschedule($1)' using job;
    end loop;
  end if;
end;
$$;

do $$
begin
  if to_regclass('storage.objects') is not null then
    drop policy if exists "promo_music_select" on storage.objects;
    drop policy if exists "promo_music_insert" on storage.objects;
    drop policy if exists "promo_music_update" on storage.objects;
    drop policy if exists "promo_music_delete" on storage.objects;
  end if;
end;
$$;

do $$
begin
  if to_regclass('realtime.messages') is not null then
    execute 'drop policy if exists "promo_music_own_notifications" on realtime.messages';
  end if;
end;
$$;

drop function if exists public.get_concert_analytics(text);
drop view if exists public.concert_analytics;
drop view if exists public.artist_statistics;

drop function if exists public.get_concert(text);
drop function if exists public.search_concerts(
  text, text, text, text, date, date, text, boolean, real, uuid, integer, text, date
);
drop function if exists public.submit_concert(text);
drop function if exists public.moderate_concert(text, text, text);
drop function if exists public.promote_concert(text, integer, text, text);
drop function if exists public.cancel_concert(text);
drop function if exists public.set_concert_hidden(text, boolean);
drop function if exists public.count_concert_event(text, text);
drop function if exists public.increment_concert_views(uuid);
drop function if exists public.increment_concert_clicks(uuid);
drop function if exists public.update_concert(text, jsonb);
drop function if exists public.delete_concert(text);
drop function if exists public.save_artist_profile(jsonb);
drop function if exists public.claim_artist_profile();
drop function if exists public.get_coin_ledger(timestamptz, uuid, integer);
drop function if exists public.calculate_campaign_metrics(uuid);
drop function if exists public.save_push_subscription(text, text, text);
drop function if exists public.create_reminder(text, text, timestamptz, text, text);
drop function if exists public.create_concert_reminders(text);
drop function if exists public.count_notifications();
drop function if exists public.read_all_notifications();
drop function if exists public.save_notification_settings(jsonb);
drop function if exists public.claim_notifications(integer, integer);
drop function if exists public.record_deliveries(uuid[], jsonb, text[]);

drop function if exists public.create_ticket_sale(jsonb, text, text);
drop function if exists public.cancel_ticket_sale(text, text, text);
drop function if exists public.refund_ticket_sale(text, text, numeric, text, text);
drop function if exists public.list_ticket_sales(
  text, text, text, timestamptz, timestamptz, timestamptz, uuid, integer
);
drop function if exists public.get_ticket_stats(text);
drop function if exists public.get_sales_funnel(text);
drop function if exists public.list_ticket_connections();
drop function if exists public.save_ticket_connection(uuid, text, text, text, text, text);
drop function if exists public.find_webhook_secret(text, text);
drop function if exists public.apply_ticket_event(text, jsonb);

drop function if exists public.create_campaign(jsonb);
drop function if exists public.update_campaign(text, jsonb);
drop function if exists public.delete_campaign(text);
drop function if exists public.get_campaign_material(text);
drop function if exists public.get_campaign_audience(text, integer);
drop function if exists public.list_campaign_deliveries(text, text, integer, integer);
drop function if exists public.schedule_campaign(text, timestamptz);
drop function if exists public.pause_campaign(text);
drop function if exists public.resume_campaign(text);
drop function if exists public.cancel_campaign(text);
drop function if exists public.send_campaign(text, text, text);
drop function if exists public.claim_campaign_batch(integer, integer);
drop function if exists public.record_campaign_batch(uuid, jsonb);
drop function if exists public.postpone_campaign_batch(uuid, text, integer, boolean);
drop function if exists public.suppress_address(uuid, text, text);
drop function if exists public.record_mail_event(text, text, text, timestamptz, boolean, uuid, text);

drop function if exists public.import_records(text, jsonb, uuid, jsonb, jsonb, boolean, jsonb);
drop function if exists public.begin_import(text, text, jsonb);
drop function if exists public.finish_import(uuid, jsonb);
drop function if exists public.delete_records(text[]);
drop function if exists public.export_records(text, text, integer);
drop function if exists public.compare_records(text, jsonb);
drop function if exists public.settle_records(text, jsonb);
drop function if exists public.forget_records(text, text[]);
drop function if exists public.rollback_records(text, text, integer, boolean, boolean);
drop function if exists public.finish_rollback();
drop function if exists public.migration_status();
drop function if exists public.migration_totals();
drop function if exists public.start_mirroring();
drop function if exists public.stop_mirroring();
drop function if exists public.mirror_backlog();
drop function if exists public.take_changes(integer, boolean);
drop function if exists public.acknowledge_changes(jsonb);
drop function if exists public.postpone_changes(jsonb);
drop function if exists public.resume_changes();
drop function if exists public.delete_unchanged_records(text[]);
drop function if exists public.delete_derived_artists(text[]);

-- They take or return rows of the tables, which therefore could not go before them.
drop function if exists
  private.is_public(public.concerts),
  private.concert_json(public.concerts),
  private.public_concert_json(public.concerts, public.artists),
  private.artist_json(public.artists),
  private.notification_json(public.notifications),
  private.reminder_time(public.concerts, integer),
  private.reminder_message(public.concerts),
  private.lock_own_concert(text),
  private.empty_fields(public.concerts),
  private.ticket_sale_json(public.ticket_sales),
  private.lock_sale(uuid),
  private.pay_back(uuid, numeric, text),
  private.ticket_connection_json(public.artist_ticket_providers, text),
  private.lock_own_campaign(text),
  private.campaign_json(public.email_campaigns),
  private.campaign_material(public.email_campaigns),
  private.campaign_audience(public.email_campaigns),
  private.start_campaign(public.email_campaigns);

-- No cascade: what depends on these and is not known here is somebody's, and stops the rollback.
drop table if exists private.ticket_events;
drop table if exists public.ticket_refunds;
drop table if exists public.ticket_sales;
drop table if exists public.artist_ticket_providers;
drop table if exists public.ticket_providers;
drop table if exists public.campaign_deliveries;
drop table if exists public.mail_suppressions;
drop table if exists public.email_campaigns;
drop table if exists public.push_subscriptions;
drop table if exists public.notification_settings;
drop table if exists public.notifications;
drop table if exists public.coin_transactions;
drop table if exists public.concerts;
drop table if exists public.artists;

drop table if exists public.migration_runs;
drop table if exists public.migration_records;
drop table if exists public.migration_keys;
drop table if exists public.migration_rejects;

drop table if exists private.mirror_changes;
drop table if exists private.mirroring;
drop table if exists private.idempotency_keys;
drop table if exists private.schedules;

drop function if exists
  private.apply_schedules(),
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
  private.touch_updated_at(),
  private.artists_before_insert(),
  private.artists_before_update(),
  private.check_time_zone(text),
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
  private.get_concert(text),
  private.search_concerts(text, text, text, text, date, date, text, boolean, real, uuid, integer, text, date),
  private.submit_concert(text),
  private.moderate_concert(text, text, text),
  private.promote_concert(text, integer, text, text),
  private.cancel_concert(text),
  private.set_concert_hidden(text, boolean),
  private.count_concert_event(uuid, text),
  private.save_artist_profile(jsonb),
  private.claim_artist_profile(),
  private.hand_over_notifications(uuid, uuid),
  private.apply_realtime(),
  private.notifications_broadcast(),
  private.apply_ticket_event(text, jsonb),
  private.cancel_ticket_sale(text, text, text),
  private.change_campaign(text, text, timestamptz),
  private.claim_campaign_batch(integer, integer),
  private.claim_notifications(integer, integer),
  private.concerts_move_reminders(),
  private.count_waiting_deliveries(),
  private.create_concert_reminders(text),
  private.create_reminder(text, text, text, timestamptz, text),
  private.create_ticket_sale(jsonb, text, text),
  private.delete_campaign(text),
  private.email_campaigns_before_insert(),
  private.end_deliveries(uuid, text),
  private.find_campaign_id(text),
  private.find_own_sale(text),
  private.finish_campaign(uuid),
  private.get_campaign_audience(text, integer),
  private.get_campaign_material(text),
  private.instant_of(text),
  private.is_mail_address(text),
  private.is_recipient_filter(jsonb),
  private.list_ticket_connections(),
  private.move_seats(uuid, integer),
  private.own_concert_id(text),
  private.postpone_campaign_batch(uuid, text, integer, boolean),
  private.read_own_campaign(uuid),
  private.record_campaign_batch(uuid, jsonb),
  private.record_deliveries(uuid[], jsonb, text[]),
  private.record_mail_event(text, text, text, timestamptz, boolean, uuid, text),
  private.refund_ticket_sale(text, numeric, text, text, text),
  private.reminder_title(integer),
  private.save_push_subscription(text, text, text),
  private.seats_held(text, integer),
  private.send_campaign(text, text, text),
  private.suppress_address(uuid, text, text),
  private.update_campaign(text, jsonb),
  private.set_importing(boolean),
  private.is_importing(),
  private.shape_of(text),
  private.rows_by_id(text, text[]),
  private.import_statement(text),
  private.lock_statement(text),
  private.fault_statement(text),
  private.import_valid_records(text, jsonb, uuid),
  private.import_reason(text, text, text, text, text),
  private.stub_parents(text, jsonb),
  private.analyze_if_empty(regclass),
  private.claims_statement(text),
  private.needs_statement(text),
  private.facts_for_others(text, jsonb, jsonb),
  private.note_keys(jsonb),
  private.import_records(text, jsonb, uuid, jsonb, jsonb, boolean, jsonb),
  private.follow_takeover(uuid, uuid),
  private.columns_of_artists(),
  private.begin_import(text, text, jsonb),
  private.correct_balances(uuid[]),
  private.finish_import(uuid, jsonb),
  private.delete_records(text[]),
  private.export_records(text, text, integer),
  private.compare_records(text, jsonb),
  private.settle_records(text, jsonb),
  private.forget_records(text, text[]),
  private.users_query(text, boolean, boolean),
  private.let_go_query(text),
  private.rollback_records(text, text, integer, boolean, boolean),
  private.finish_rollback(),
  private.migration_status(),
  private.migration_totals(),
  private.note_changes(),
  private.start_mirroring(),
  private.stop_mirroring(),
  private.mirror_backlog(),
  private.take_changes(integer, boolean),
  private.acknowledge_changes(jsonb),
  private.postpone_changes(jsonb),
  private.resume_changes(),
  private.delete_unchanged_records(text[]),
  private.delete_derived_artists(text[]);

do $$
begin
  drop schema if exists private;
exception
  when dependent_objects_still_exist then
    raise notice 'Schema private stays: it holds what these migrations have not made.';
end;
$$;

-- So that `supabase db push` applies them again.
do $$
begin
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    delete from supabase_migrations.schema_migrations where version in ('001', '002', '003', '004', '005', '006', '007', '008', '009', '010');
  end if;
end;
$$;
