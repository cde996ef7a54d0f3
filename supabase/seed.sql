-- Demo data: four artists with profiles and coins, fifteen concerts of every status and type, sales, notifications.
--
-- Dates count from the day this runs first; running it again changes nothing. The same demo goes into the key-value
-- table, so that both storage modes show it under the same ids. Not for production: nobody owns these accounts.

insert into public.artists (
  id, username, full_name, bio, avatar_url, city, phone, email, is_verified, subscribers_count, total_plays,
  total_tracks, claimed_at, created_at
)
values
  (
    'd3000000-0000-4000-8000-000000000001', 'severny_veter', 'Северный ветер',
    'Инди-рок с берегов Невы. Играем с 2014 года, поём о дорогах, мостах и белых ночах.',
    'https://images.example.com/demo/severny-veter.jpg', 'Санкт-Петербург', '+7 900 000-00-01',
    'severny-veter@example.com', true, 48210, 1250300, 37, now(), now() - interval '400 days'
  ),
  (
    'd3000000-0000-4000-8000-000000000002', 'maria_luneva', 'Мария Лунёва',
    'Автор-исполнитель. Гитара, голос и немного тишины между песнями.',
    'https://images.example.com/demo/maria-luneva.jpg', 'Казань', '+7 900 000-00-02',
    'maria-luneva@example.com', true, 9120, 210450, 24, now(), now() - interval '250 days'
  ),
  (
    'd3000000-0000-4000-8000-000000000003', 'dj_baikal', 'DJ Байкал',
    'Мелодик-техно и полевые записи сибирских рек.',
    'https://images.example.com/demo/dj-baikal.jpg', 'Новосибирск', null,
    'dj-baikal@example.com', false, 15300, 640020, 58, now(), now() - interval '120 days'
  ),
  (
    'd3000000-0000-4000-8000-000000000004', 'bolshaya_reka', 'Оркестр «Большая река»',
    'Двадцать музыкантов, духовые и струнные: от советской эстрады до музыки из кино.',
    'https://images.example.com/demo/bolshaya-reka.jpg', 'Нижний Новгород', '+7 900 000-00-04',
    'bolshaya-reka@example.com', false, 3040, 51000, 12, now(), now() - interval '60 days'
  )
on conflict (id) do nothing;

insert into public.concerts (
  id, artist_id, title, description, city, venue_name, venue_address, event_date, event_time, time_zone, event_type,
  banner_image_url, ticket_price_min, ticket_price_max, ticket_link, ticket_capacity, tickets_sold, moderation_status,
  moderation_comment, submitted_at, moderated_at, is_hidden, is_cancelled, views_count, clicks_count, shares_count,
  created_at, updated_at
)
select
  demo.id::uuid, demo.artist_id::uuid, demo.title, demo.description, demo.city, demo.venue_name, demo.venue_address,
  current_date + demo.in_days, demo.event_time::time, demo.time_zone, demo.event_type,
  'https://images.example.com/demo/concert-' || right(demo.id, 2) || '.jpg',
  demo.price_min, demo.price_max,
  'https://tickets.example.com/demo/' || right(demo.id, 2),
  demo.capacity, demo.sold, demo.status, demo.comment,
  case when demo.status <> 'draft' then now() - interval '9 days' end,
  case when demo.status in ('approved', 'rejected') then now() - interval '8 days' end,
  demo.hidden, demo.cancelled, demo.views, demo.clicks, demo.shares,
  now() - make_interval(days => 10 + demo.place), now() - interval '8 days'
from (
  values
    (
      1, 'd3c00000-0000-4000-8000-000000000001', 'd3000000-0000-4000-8000-000000000001',
      'Северный ветер: большой концерт в день рождения группы',
      'Все главные песни за двенадцать лет, струнный квартет и гости. Концерт пройдёт без перерыва.',
      'Санкт-Петербург', 'А2 Green Concert', 'проспект Медиков, 3', 24, '19:00', 'Europe/Moscow', 'Концерт',
      1800, 4500, 3000, 6, 'approved', null, false, false, 5210, 812, 96
    ),
    (
      2, 'd3c00000-0000-4000-8000-000000000002', 'd3000000-0000-4000-8000-000000000001',
      'Северный ветер в Москве', 'Клубный концерт: новые песни и старые истории.',
      'Москва', 'Клуб «16 тонн»', 'улица Пресненский Вал, 6', 31, '20:00', 'Europe/Moscow', 'Клубное выступление',
      1500, 2500, 600, 3, 'approved', null, false, false, 2044, 301, 40
    ),
    (
      3, 'd3c00000-0000-4000-8000-000000000003', 'd3000000-0000-4000-8000-000000000001',
      'Ледовое шоу «Мосты»', 'Музыка, свет и лёд: совместная программа с театром на льду.',
      'Москва', 'ЦСКА Арена', 'Автозаводская улица, 23А', 75, '18:30', 'Europe/Moscow', 'Арена шоу',
      2500, 12000, 12000, 0, 'approved', null, false, false, 980, 120, 33
    ),
    (
      4, 'd3c00000-0000-4000-8000-000000000004', 'd3000000-0000-4000-8000-000000000001',
      'Осенний концерт в Туле', 'Так начинался этот сезон.',
      'Тула', 'Ликёрка Лофт', 'улица Демидовская Плотина, 13', -35, '19:00', 'Europe/Moscow', 'Концерт',
      1200, 2000, 400, 2, 'approved', null, false, false, 1730, 222, 18
    ),
    (
      5, 'd3c00000-0000-4000-8000-000000000005', 'd3000000-0000-4000-8000-000000000002',
      'Мария Лунёва. Песни при свечах', 'Акустический вечер на сорок мест. Чай, плед и тихие песни.',
      'Казань', 'Дом чая', 'улица Баумана, 58', 12, '19:30', 'Europe/Moscow', 'Акустический сет',
      1400, 1400, 4, 4, 'approved', null, false, false, 640, 133, 21
    ),
    (
      6, 'd3c00000-0000-4000-8000-000000000006', 'd3000000-0000-4000-8000-000000000002',
      'Мария Лунёва и друзья', 'Поём по очереди, а потом все вместе.',
      'Екатеринбург', 'Дом печати', 'проспект Ленина, 49', 40, '19:00', 'Asia/Yekaterinburg', 'Концерт',
      1000, 1800, 250, 0, 'pending', null, false, false, 0, 0, 0
    ),
    (
      7, 'd3c00000-0000-4000-8000-000000000007', 'd3000000-0000-4000-8000-000000000002',
      'Лекция-концерт «Как рождается песня»', 'Разговор о черновиках с живыми примерами.',
      'Калининград', 'Кафедральный собор', 'улица Канта, 1', 18, '17:00', 'Europe/Kaliningrad', 'Другое',
      600, 900, 180, 1, 'approved', null, false, false, 310, 45, 7
    ),
    (
      8, 'd3c00000-0000-4000-8000-000000000008', 'd3000000-0000-4000-8000-000000000002',
      'Квартирник у Марии', null,
      'Казань', null, null, null, null, 'Europe/Moscow', null,
      null, null, null, 0, 'draft', null, false, false, 0, 0, 0
    ),
    (
      9, 'd3c00000-0000-4000-8000-000000000009', 'd3000000-0000-4000-8000-000000000003',
      'DJ Байкал: ночь подо льдом', 'Четырёхчасовой сет с записями голосов озера.',
      'Новосибирск', 'Лофт-парк «Подземка»', 'Красный проспект, 161', 9, '23:00', 'Asia/Novosibirsk', 'DJ сет',
      900, 1500, 700, 3, 'approved', null, false, false, 1502, 260, 64
    ),
    (
      10, 'd3c00000-0000-4000-8000-000000000010', 'd3000000-0000-4000-8000-000000000003',
      'Рейв на набережной', 'Бесплатный уличный концерт на закате.',
      'Красноярск', 'Набережная Енисея', 'улица Дубровинского, 1', 28, '16:00', 'Asia/Krasnoyarsk', 'Уличный концерт',
      0, 0, null, 0, 'approved', null, false, false, 415, 12, 30
    ),
    (
      11, 'd3c00000-0000-4000-8000-000000000011', 'd3000000-0000-4000-8000-000000000003',
      'DJ Байкал в Иркутске', 'Возвращение домой.',
      'Иркутск', 'Клуб «Объект 01»', 'улица Байкальская, 253', 21, '22:00', 'Asia/Irkutsk', 'DJ сет',
      800, 1200, 500, 0, 'rejected', 'Афиша нечитаема: загрузите изображение не меньше 1200 пикселей по ширине.',
      false, false, 0, 0, 0
    ),
    (
      12, 'd3c00000-0000-4000-8000-000000000012', 'd3000000-0000-4000-8000-000000000003',
      'Секретная вечеринка', 'Место пришлём накануне.',
      'Новосибирск', 'Секретное место', null, 16, '22:30', 'Asia/Novosibirsk', 'Клубное выступление',
      2000, 2000, 80, 0, 'approved', null, true, false, 55, 4, 0
    ),
    (
      13, 'd3c00000-0000-4000-8000-000000000013', 'd3000000-0000-4000-8000-000000000004',
      'Фестиваль «Стрелка»', 'Два дня духовой музыки на слиянии Оки и Волги: концерты, мастер-классы, ярмарка.',
      'Нижний Новгород', 'Пакгаузы на Стрелке', 'улица Стрелка, 21', 54, '14:00', 'Europe/Moscow', 'Фестиваль',
      700, 3200, 5000, 2, 'approved', null, false, false, 2210, 340, 88
    ),
    (
      14, 'd3c00000-0000-4000-8000-000000000014', 'd3000000-0000-4000-8000-000000000004',
      'Музыка советского кино', 'Симфонический концерт с экраном: от «Иронии судьбы» до «Сталкера».',
      'Самара', 'Самарская филармония', 'улица Фрунзе, 141', 47, '18:00', 'Europe/Samara', 'Концерт',
      1100, 2800, 900, 0, 'pending', null, false, false, 0, 0, 0
    ),
    (
      15, 'd3c00000-0000-4000-8000-000000000015', 'd3000000-0000-4000-8000-000000000004',
      'Вальсы на теплоходе', 'Отменён: навигация закончилась раньше обычного.',
      'Нижний Новгород', 'Речной вокзал', 'набережная Маркина, 15А', 6, '18:00', 'Europe/Moscow', 'Концерт',
      1600, 1600, 120, 0, 'approved', null, false, true, 190, 20, 3
    )
) as demo (
  place, id, artist_id, title, description, city, venue_name, venue_address, in_days, event_time, time_zone,
  event_type, price_min, price_max, capacity, sold, status, comment, hidden, cancelled, views, clicks, shares
)
on conflict (id) do nothing;

-- The balances follow from these by themselves.
insert into public.coin_transactions (id, artist_id, concert_id, amount, type, description, created_at)
values
  ('d3f00000-0000-4000-8000-000000000001', 'd3000000-0000-4000-8000-000000000001', null, 500, 'reward',
    'Приветственный бонус', now() - interval '30 days'),
  ('d3f00000-0000-4000-8000-000000000002', 'd3000000-0000-4000-8000-000000000001', null, 1000, 'purchase',
    'Покупка коинов', now() - interval '5 days'),
  ('d3f00000-0000-4000-8000-000000000003', 'd3000000-0000-4000-8000-000000000001',
    'd3c00000-0000-4000-8000-000000000001', -200, 'spend',
    'Продвижение концерта «Северный ветер: большой концерт в день рождения группы» на 14 дн.', now() - interval '2 days'),
  ('d3f00000-0000-4000-8000-000000000004', 'd3000000-0000-4000-8000-000000000002', null, 500, 'reward',
    'Приветственный бонус', now() - interval '20 days'),
  ('d3f00000-0000-4000-8000-000000000005', 'd3000000-0000-4000-8000-000000000003', null, 500, 'reward',
    'Приветственный бонус', now() - interval '15 days'),
  ('d3f00000-0000-4000-8000-000000000006', 'd3000000-0000-4000-8000-000000000003',
    'd3c00000-0000-4000-8000-000000000009', -100, 'spend',
    'Продвижение концерта «DJ Байкал: ночь подо льдом» на 7 дн.', now() - interval '8 days'),
  ('d3f00000-0000-4000-8000-000000000007', 'd3000000-0000-4000-8000-000000000004', null, 60, 'reward',
    'Приветственный бонус', now() - interval '10 days')
on conflict (id) do nothing;

-- The promotions bought above: one runs, one has ended.
update public.concerts as concert
set
  is_promoted = true,
  promotion_starts_at = movement.created_at,
  promotion_ends_at = movement.created_at + make_interval(hours => 24 * bought.days),
  promotion_cost = -movement.amount
from public.coin_transactions as movement
join (
  values
    ('d3f00000-0000-4000-8000-000000000003'::uuid, 14),
    ('d3f00000-0000-4000-8000-000000000006'::uuid, 7)
) as bought (movement_id, days) on bought.movement_id = movement.id
where concert.id = movement.concert_id and not concert.is_promoted;

-- Connected without keys: there is nobody to connect to.
insert into public.artist_ticket_providers (artist_id, provider_id)
values
  ('d3000000-0000-4000-8000-000000000001', 'kassir'),
  ('d3000000-0000-4000-8000-000000000001', 'afisha'),
  ('d3000000-0000-4000-8000-000000000003', 'ticketland')
on conflict (artist_id, provider_id) do nothing;

insert into public.ticket_sales (
  id, concert_id, artist_id, provider_id, external_transaction_id, quantity, unit_price, total_amount,
  commission_amount, net_amount, buyer_email, buyer_name, status, purchased_at
)
select
  demo.id::uuid, concert.id, concert.artist_id, demo.provider_id, demo.external_id, demo.quantity, demo.price,
  demo.quantity * demo.price, amounts.commission, demo.quantity * demo.price - amounts.commission,
  demo.email, demo.buyer, demo.status, now() - make_interval(days => demo.days_ago)
from (
  values
    ('d3e00000-0000-4000-8000-000000000001', 'd3c00000-0000-4000-8000-000000000001', 'kassir', 'demo-1001', 2,
      1800.00, 'anna.petrova@example.com', 'Анна Петрова', 'confirmed', 6),
    ('d3e00000-0000-4000-8000-000000000002', 'd3c00000-0000-4000-8000-000000000001', 'afisha', 'demo-2001', 3,
      2750.50, 'igor.belov@example.com', 'Игорь Белов', 'confirmed', 5),
    ('d3e00000-0000-4000-8000-000000000003', 'd3c00000-0000-4000-8000-000000000001', null, null, 1,
      4500.00, 'fan.club@example.com', 'Фан-клуб', 'confirmed', 4),
    ('d3e00000-0000-4000-8000-000000000004', 'd3c00000-0000-4000-8000-000000000001', 'kassir', 'demo-1002', 4,
      1800.00, 'oleg.kim@example.com', 'Олег Ким', 'cancelled', 3),
    ('d3e00000-0000-4000-8000-000000000005', 'd3c00000-0000-4000-8000-000000000002', 'kassir', 'demo-1003', 2,
      1500.00, 'anna.petrova@example.com', 'Анна Петрова', 'confirmed', 3),
    ('d3e00000-0000-4000-8000-000000000006', 'd3c00000-0000-4000-8000-000000000002', 'afisha', 'demo-2002', 1,
      2500.00, 'lena.orlova@example.com', 'Елена Орлова', 'confirmed', 2),
    ('d3e00000-0000-4000-8000-000000000007', 'd3c00000-0000-4000-8000-000000000004', 'kassir', 'demo-1004', 2,
      1200.00, 'timur.aliev@example.com', 'Тимур Алиев', 'confirmed', 40),
    ('d3e00000-0000-4000-8000-000000000008', 'd3c00000-0000-4000-8000-000000000005', null, null, 4,
      1400.00, 'mariya.fans@example.com', 'Ксения Власова', 'confirmed', 7),
    ('d3e00000-0000-4000-8000-000000000009', 'd3c00000-0000-4000-8000-000000000007', null, null, 1,
      600.00, 'pavel.zimin@example.com', 'Павел Зимин', 'confirmed', 1),
    ('d3e00000-0000-4000-8000-000000000010', 'd3c00000-0000-4000-8000-000000000009', 'ticketland', 'demo-3001', 3,
      999.90, 'rave.siberia@example.com', 'Артём Соболев', 'confirmed', 2),
    ('d3e00000-0000-4000-8000-000000000011', 'd3c00000-0000-4000-8000-000000000009', 'ticketland', 'demo-3002', 2,
      900.00, 'dasha.m@example.com', 'Дарья Миронова', 'refunded', 6),
    ('d3e00000-0000-4000-8000-000000000012', 'd3c00000-0000-4000-8000-000000000013', null, null, 2,
      700.00, 'volga.brass@example.com', 'Николай Громов', 'confirmed', 4)
) as demo (id, concert_id, provider_id, external_id, quantity, price, email, buyer, status, days_ago)
join public.concerts as concert on concert.id = demo.concert_id::uuid
left join public.ticket_providers as provider on provider.id = demo.provider_id
cross join lateral (
  select round(demo.quantity * demo.price * coalesce(provider.commission_percent, 0) / 100, 2) as commission
) as amounts
on conflict (id) do nothing;

update public.ticket_sales
set refunded_at = purchased_at + interval '1 day', refund_amount = total_amount, refund_reason = 'Покупатель заболел'
where id = 'd3e00000-0000-4000-8000-000000000011' and refunded_at is null;

update public.ticket_sales as sale
set commission_percent = provider.commission_percent
from public.ticket_providers as provider
where provider.id = sale.provider_id
  and sale.commission_percent is null
  and sale.id::text like 'd3e00000-0000-4000-8000-%';

insert into public.ticket_refunds (id, sale_id, artist_id, amount, reason, created_at)
select 'd3f10000-0000-4000-8000-000000000001', id, artist_id, refund_amount, refund_reason, refunded_at
from public.ticket_sales
where id = 'd3e00000-0000-4000-8000-000000000011'
on conflict (id) do nothing;

insert into public.notifications (
  id, user_id, concert_id, notification_type, title, message, link, channel, scheduled_for, status, sent_at, is_read,
  metadata, days_before, created_at
)
select
  demo.id::uuid, concert.artist_id, concert.id, demo.type, demo.title,
  case demo.type when 'reminder' then private.reminder_message(concert) else format(demo.message, concert.title) end,
  '/concerts/' || concert.id, demo.channel,
  case when demo.type = 'reminder' then private.reminder_time(concert, 7) end,
  demo.status,
  case when demo.status = 'sent' then now() - interval '8 days' end,
  demo.is_read, jsonb_build_object('concert_id', concert.id), case when demo.type = 'reminder' then 7 end,
  now() - interval '8 days'
from (
  values
    ('d3900000-0000-4000-8000-000000000001', 'd3c00000-0000-4000-8000-000000000001', 'system', 'Концерт одобрен',
      'Концерт «%s» прошёл модерацию и опубликован.', 'in_app', 'sent', true),
    ('d3900000-0000-4000-8000-000000000002', 'd3c00000-0000-4000-8000-000000000011', 'system', 'Концерт отклонён',
      'Концерт «%s» отклонён: афиша нечитаема.', 'in_app', 'sent', false),
    ('d3900000-0000-4000-8000-000000000003', 'd3c00000-0000-4000-8000-000000000001', 'reminder', 'Концерт через 7 дней',
      null, 'both', 'pending', false),
    ('d3900000-0000-4000-8000-000000000004', 'd3c00000-0000-4000-8000-000000000005', 'ticket_update', 'Все билеты проданы',
      'На концерт «%s» не осталось билетов.', 'in_app', 'sent', false)
) as demo (id, concert_id, type, title, message, channel, status, is_read)
join public.concerts as concert on concert.id = demo.concert_id::uuid
on conflict (id) do nothing;

-- The key-value store does not say when settings were chosen, and what it does not say is migrated as the epoch.
insert into public.notification_settings (user_id, email_enabled, reminder_days_before, created_at, updated_at)
values ('d3000000-0000-4000-8000-000000000002', false, '{14,7,1}', 'epoch', 'epoch')
on conflict (user_id) do nothing;

insert into public.email_campaigns (id, artist_id, concert_id, subject, content, recipient_filter)
values (
  'd3a00000-0000-4000-8000-000000000001', 'd3000000-0000-4000-8000-000000000001',
  'd3c00000-0000-4000-8000-000000000002', 'Увидимся в Москве',
  'Привет! Мы снова едем в «16 тонн». До встречи у сцены.',
  '{"concert_ids":["d3c00000-0000-4000-8000-000000000001"]}'
)
on conflict (id) do nothing;

-- ---------------------------------------------------------------------------------------------------------------
-- The same for STORAGE_MODE=kv, in the shape its backend writes: the fields of the contract, times in UTC with Z.
-- ---------------------------------------------------------------------------------------------------------------

insert into public.kv_store_84730125 (key, value)
select
  'concert:' || concert.id,
  private.concert_json(concert) || (
    select jsonb_object_agg(instant.field, to_char(instant.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from (
      values
        ('submitted_at', concert.submitted_at),
        ('moderated_at', concert.moderated_at),
        ('promotion_starts_at', concert.promotion_starts_at),
        ('promotion_ends_at', concert.promotion_ends_at),
        ('created_at', concert.created_at),
        ('updated_at', concert.updated_at)
    ) as instant (field, at)
  ) || jsonb_build_object(
    'event_time', to_char(concert.event_time, 'HH24:MI'),
    'is_promoted', concert.is_promoted,
    'owner', concert.artist_id,
    'inner_id', null,
    'rev', 1,
    'legacy', null
  )
from public.concerts as concert
where concert.id::text like 'd3c00000-0000-4000-8000-%'
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  'profile:' || artist.id,
  private.artist_json(artist) - 'coins_balance' || (
    select jsonb_object_agg(instant.field, to_char(instant.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from (
      values
        ('claimed_at', artist.claimed_at), ('created_at', artist.created_at), ('updated_at', artist.updated_at)
    ) as instant (field, at)
  ) || jsonb_build_object('owner', artist.id, 'rev', 1, 'legacy', null)
from public.artists as artist
where artist.id::text like 'd3000000-0000-4000-8000-%'
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  'coins:balance:' || artist.id,
  jsonb_build_object(
    'owner', artist.id, 'artist_id', artist.id, 'balance', artist.coins_balance, 'answers', '[]'::jsonb, 'rev', 1,
    'legacy', null
  )
from public.artists as artist
where artist.id::text like 'd3000000-0000-4000-8000-%'
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  format('coins:tx:%s:%s', movement.artist_id, movement.id),
  jsonb_build_object(
    'id', movement.id, 'legacy_id', null, 'artist_id', movement.artist_id, 'concert_id', movement.concert_id,
    'amount', movement.amount, 'type', movement.type, 'description', movement.description,
    'created_at', to_char(movement.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'rev', 1, 'legacy', null
  )
from public.coin_transactions as movement
where movement.id::text like 'd3f00000-0000-4000-8000-%'
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  format('notification:%s:%s', notification.user_id, notification.id),
  private.notification_json(notification) || (
    select jsonb_object_agg(instant.field, to_char(instant.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from (
      values
        ('scheduled_for', notification.scheduled_for),
        ('sent_at', notification.sent_at),
        ('read_at', notification.read_at),
        ('created_at', notification.created_at),
        ('updated_at', notification.updated_at)
    ) as instant (field, at)
  ) || jsonb_build_object('days_before', notification.days_before, 'rev', 1, 'legacy', null)
from public.notifications as notification
where notification.id::text like 'd3900000-0000-4000-8000-%'
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  'notification_settings:' || settings.user_id,
  jsonb_build_object(
    'user_id', settings.user_id, 'email_enabled', settings.email_enabled, 'push_enabled', settings.push_enabled,
    'reminder_days_before', settings.reminder_days_before, 'announcements_enabled', settings.announcements_enabled,
    'promotions_enabled', settings.promotions_enabled, 'ticket_updates_enabled', settings.ticket_updates_enabled,
    'rev', 1, 'legacy', null
  )
from public.notification_settings as settings
where settings.user_id::text like 'd3000000-0000-4000-8000-%'
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  format('ticket_sale:%s:%s', sale.concert_id, sale.id),
  private.ticket_sale_json(sale) || (
    select jsonb_object_agg(instant.field, to_char(instant.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from (
      values
        ('refunded_at', sale.refunded_at), ('purchased_at', sale.purchased_at), ('created_at', sale.created_at),
        ('updated_at', sale.updated_at)
    ) as instant (field, at)
  ) || jsonb_build_object(
    'commission_percent', sale.commission_percent, 'last_event_at', null, 'last_event_status', null, 'rev', 1,
    'legacy', null
  )
from public.ticket_sales as sale
where sale.id::text like 'd3e00000-0000-4000-8000-%'
on conflict (key) do nothing;

-- Where a provider's next event finds its sale.
insert into public.kv_store_84730125 (key, value)
select
  format('ticket_external:%s:%s:%s', sale.artist_id, sale.provider_id, sale.external_transaction_id),
  jsonb_build_object(
    'sale_key', format('ticket_sale:%s:%s', sale.concert_id, sale.id), 'concert_id', sale.concert_id, 'rev', 1,
    'legacy', null
  )
from public.ticket_sales as sale
where sale.id::text like 'd3e00000-0000-4000-8000-%' and sale.external_transaction_id is not null
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  format('ticket_refund:%s:%s', refund.sale_id, refund.id),
  jsonb_build_object(
    'id', refund.id, 'sale_id', refund.sale_id, 'artist_id', refund.artist_id, 'amount', refund.amount,
    'reason', refund.reason,
    'created_at', to_char(refund.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'rev', 1, 'legacy', null
  )
from public.ticket_refunds as refund
where refund.id = 'd3f10000-0000-4000-8000-000000000001'
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  format('ticket_provider:%s:%s', connection.artist_id, connection.provider_id),
  jsonb_build_object(
    'provider_id', connection.provider_id, 'api_key_encrypted', null, 'api_key_last4', null,
    'webhook_secret_encrypted', null, 'is_active', connection.is_active,
    'connected_at', to_char(connection.connected_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'rev', 1, 'legacy', null
  )
from public.artist_ticket_providers as connection
where connection.artist_id::text like 'd3000000-0000-4000-8000-%'
on conflict (key) do nothing;

insert into public.kv_store_84730125 (key, value)
select
  format('campaign:%s:%s', campaign.artist_id, campaign.id),
  (private.campaign_json(campaign) - array['open_rate', 'click_rate', 'bounce_rate']) || jsonb_build_object(
    'created_at', to_char(campaign.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'updated_at', to_char(campaign.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'owner', campaign.artist_id, 'sheets', 0, 'processed', 0, 'provider_errors', 0, 'retry_at', null,
    'last_claimed_at', null, 'rev', 1, 'legacy', null
  )
from public.email_campaigns as campaign
where campaign.id = 'd3a00000-0000-4000-8000-000000000001'
on conflict (key) do nothing;
