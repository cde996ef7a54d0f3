import type { Repair } from "../../supabase/functions/_shared/database/transfer/outcome-codes.ts";
import { type Markup, words } from "./words.ts";

/** What a repair did, in a sentence; the name alone for what another version has done. */
export function repairInWords(repair: string): Markup {
  return Object.hasOwn(repairWords, repair) ? repairWords[repair as Repair] : repair;
}

export const repairWords: Record<Repair, Markup> = {
  text_cleaned: words(
    "Control characters removed from a text",
    "Из текста убраны управляющие символы",
  ),
  text_from_number: words("A number taken as text", "Число взято как текст"),
  text_not_text: words("Left out: no text where one belongs", "Опущено: на месте текста не текст"),
  text_shortened: words("A text cut to the form's limit", "Текст обрезан до предела формы"),
  text_too_short: words("Left out: a text too short", "Опущено: слишком короткий текст"),
  text_malformed: words(
    "Left out: no user name, phone or e-mail at all",
    "Опущено: не имя пользователя, не телефон, не почта",
  ),
  link_encoded: words("Spaces in a link encoded", "Пробелы в ссылке закодированы"),
  link_not_web: words("Left out: a link that is no web address", "Опущено: ссылка не http(s)"),
  link_too_long: words("Left out: a link too long", "Опущено: слишком длинная ссылка"),
  link_left_out: words("Left out: a notice's link", "Опущено: ссылка уведомления"),
  amount_from_text: words(
    "An amount read from text, as «1500 ₽»",
    "Сумма прочитана из текста вроде «1500 ₽»",
  ),
  amount_rounded: words("An amount rounded to kopecks", "Сумма округлена до копеек"),
  amount_unreadable: words("Left out: an amount nobody can read", "Опущено: нечитаемая сумма"),
  amount_out_of_range: words(
    "Left out: an amount that cannot be",
    "Опущено: сумма вне пределов",
  ),
  counter_out_of_range: words(
    "A counter that cannot be begins at 0",
    "Счётчик вне пределов начинается с 0",
  ),
  date_reordered: words(
    "A date written as 15.03.2026 read as such",
    "Дата вида 15.03.2026 прочитана как 2026-03-15",
  ),
  date_from_instant: words("The day taken of an instant", "День взят из момента времени"),
  time_padded: words("A time such as 9:05 read as 09:05", "Время вида 9:05 прочитано как 09:05"),
  time_impossible: words("Left out: a time that does not exist", "Опущено: несуществующее время"),
  time_of_day_assumed: words(
    "A reminder on a day without a time is at ten in Moscow",
    "Напоминание на день без времени — в десять по Москве",
  ),
  instant_without_zone: words(
    "A time without a zone taken as Moscow time",
    "Время без часового пояса считается московским",
  ),
  instant_unreadable: words("Left out: a time nobody can read", "Опущено: нечитаемый момент"),
  created_at_from_id: words(
    "The time of creation taken from the id",
    "Время создания взято из id",
  ),
  created_at_from_update: words(
    "The time of creation taken from the last change",
    "Время создания взято из последнего изменения",
  ),
  created_at_unknown: words(
    "The time of creation is not known: 1970-01-01",
    "Время создания неизвестно: 1970-01-01",
  ),
  purchased_at_from_id: words(
    "The time of purchase taken from the id",
    "Время покупки взято из id",
  ),
  purchased_at_unknown: words(
    "The time of purchase is not known: 1970-01-01",
    "Время покупки неизвестно: 1970-01-01",
  ),
  connected_at_unknown: words(
    "The time of connecting is not known: 1970-01-01",
    "Время подключения неизвестно: 1970-01-01",
  ),
  owner_missing: words(
    "A concert of nobody belongs to the owner «unknown»",
    "Ничей концерт принадлежит владельцу «unknown»",
  ),
  title_lengthened: words(
    "A title too short made longer, as «U2» to «Концерт «U2»»",
    "Слишком короткое название дополнено: «U2» стало «Концерт «U2»»",
  ),
  type_synonym: words(
    "A synonym of a kind of concert taken as that kind",
    "Синоним вида концерта взят как этот вид",
  ),
  type_mapped: words(
    "A notice's kind has another name by now",
    "Вид уведомления теперь называется иначе",
  ),
  type_unknown: words(
    "A kind nobody knows became the general one",
    "Неизвестный вид стал общим",
  ),
  status_unknown: words(
    "A state nobody knows: a draft, or a reminder that is pending",
    "Неизвестное состояние: черновик или ожидающее напоминание",
  ),
  status_meant_read: words(
    "«sent» of an old reminder meant that it was read",
    "«sent» старого напоминания значило «прочитано»",
  ),
  channel_unknown: words(
    "A way of notifying nobody knows: both ways",
    "Неизвестный канал уведомления: оба канала",
  ),
  prices_swapped: words("The lower price put first", "Меньшая цена поставлена первой"),
  counters_added: words(
    "Counters under two names added up",
    "Счётчики под двумя именами сложены",
  ),
  promotion_start_estimated: words(
    "The start of a promotion follows from its end and price",
    "Начало продвижения следует из конца и цены",
  ),
  promotion_cost_unknown: words(
    "The price of a promotion is not known: 0",
    "Цена продвижения неизвестна: 0",
  ),
  promotion_without_end: words(
    "A promotion without an end is none",
    "Продвижение без конца — не продвижение",
  ),
  promotion_not_bought: words(
    "A promotion that was not bought is none",
    "Некупленное продвижение — не продвижение",
  ),
  metadata_unreadable: words(
    "Left out: further data that is no object, or too large",
    "Опущено: дополнительные данные — не объект или слишком велики",
  ),
  provider_unknown: words(
    "A ticket provider nobody knows: sold by hand",
    "Неизвестный билетный провайдер: продано вручную",
  ),
  total_from_price: words("The total follows from the price", "Итог следует из цены"),
  price_from_total: words("The price follows from the total", "Цена следует из итога"),
  total_unknown: words("Nothing tells the total: 0", "Итог нигде не указан: 0"),
  commission_unknown: words("Nothing tells the commission: 0", "Комиссия нигде не указана: 0"),
  net_recomputed: words(
    "The net amount is the total less the commission",
    "Чистая сумма — итог без комиссии",
  ),
  refund_made: words(
    "An old refunded sale got its refund",
    "Старая возвращённая продажа получила свой возврат",
  ),
  recipient_count_made_up: words(
    "A random number of recipients became none",
    "Случайное число получателей опущено",
  ),
  rates_made_up: words(
    "Random rates of opening and clicking became none",
    "Случайные доли открытий и переходов опущены",
  ),
  key_in_plain_text: words(
    "A provider's key in plain text stays behind",
    "Ключ провайдера открытым текстом не переносится",
  ),
  balance_from_ledger: words(
    "The balance is what the movements say",
    "Баланс взят по движениям",
  ),
  balance_unreadable: words("A balance nobody can read: 0", "Нечитаемый баланс: 0"),
  balance_negative: words("A balance below 0: 0", "Баланс ниже 0: 0"),
  balance_too_high: words(
    "A balance above the limit: the limit",
    "Баланс выше предела: предел",
  ),
  opening_movement_made: words(
    "A movement added that explains the balance",
    "Добавлено движение, которое объясняет баланс",
  ),
  flag_from_text: words(
    "Yes or no read from text or number, as «true» or 1",
    "Да или нет прочитано из текста или числа вроде «true» или 1",
  ),
  flag_unreadable: words(
    "Neither yes nor no: the default",
    "Ни да ни нет: значение по умолчанию",
  ),
  days_not_offered: words(
    "Left out: days before a concert that nobody offers",
    "Опущено: дни до концерта, которых не предлагают",
  ),
  days_unreadable: words(
    "Days before a concert nobody can read: the default",
    "Нечитаемые дни до концерта: по умолчанию",
  ),
  profile_unreadable: words(
    "A profile nobody can read became an empty one",
    "Нечитаемый профиль стал пустым",
  ),
  username_taken: words(
    "A user name that two artists had stays with one",
    "Имя, бывшее у двух артистов, остаётся у одного",
  ),
  concert_gone: words(
    "It named a concert that is not there: none",
    "Назван концерт, которого нет: никакого",
  ),
};
