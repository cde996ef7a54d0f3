import type {
  LeftOutRule,
  RejectionReason,
} from "../../supabase/functions/_shared/database/transfer/outcome-codes.ts";
import { type Markup, words } from "./words.ts";

/** Why a key was left out or rejected, in a sentence; the name alone for what nobody has put into words. */
export function reasonInWords(reason: string): Markup {
  const known: Record<string, Markup> = { ...ruleWords, ...rejectionWords };
  if (Object.hasOwn(known, reason)) return known[reason];
  const [, kind, what] = /^(\w+):(.*)$/s.exec(reason) ?? [];
  return Object.hasOwn(refusalWords, kind) ? refusalWords[kind](what) : reason;
}

export const ruleWords: Record<LeftOutRule, Markup> = {
  support_desk: words(
    "Belongs to the support desk, not to concerts",
    "Относится к службе поддержки, а не к концертам",
  ),
  marketing_campaign: words(
    "Belongs to another product, paid promotion",
    "Относится к другому продукту, платному продвижению",
  ),
  lossy_index: words(
    "A list of ids that loses some; the records themselves are the truth",
    "Список id с потерями; верны сами записи",
  ),
  test_sale: words(
    "A sample sale made by a generator",
    "Пробная продажа, сделанная генератором",
  ),
  idempotency_memory: words(
    "A remembered answer, which expires within a day",
    "Запомненный ответ, который живёт сутки",
  ),
  abandoned_reservation: words(
    "A name reserved for a profile that never came to be",
    "Имя, занятое для профиля, который так и не появился",
  ),
  mirror_repair: words(
    "What a repair of two stores has still to do",
    "То, что ещё предстоит при исправлении двух хранилищ",
  ),
};

export const rejectionWords: Record<RejectionReason, Markup> = {
  not_json: words("Not a record: no JSON at all", "Не запись: вовсе не JSON"),
  not_an_object: words("Not a record: no object", "Не запись: не объект"),
  broken_document: words(
    "Something is missing in it, or it is under another record's key",
    "В нём чего-то нет, или оно лежит под чужим ключом",
  ),
  missing_title: words("A concert without a title", "Концерт без названия"),
  missing_date: words("A concert without a date", "Концерт без даты"),
  impossible_date: words("A concert on a day that does not exist", "Концерт в несуществующий день"),
  missing_owner: words("It does not say whose it is", "Не сказано, чьё это"),
  missing_user: words("It does not say whom it is for", "Не сказано, кому это"),
  missing_subject: words("A campaign without a subject", "Рассылка без темы"),
  missing_amount: words("Coins without a number", "Коины без числа"),
  impossible_amount: words(
    "An amount that cannot have been",
    "Сумма, которой не могло быть",
  ),
  impossible_quantity: words(
    "A number of tickets that cannot have been",
    "Число билетов, которого не могло быть",
  ),
  unknown_status: words("A sale in a state nobody knows", "Продажа в неизвестном состоянии"),
  unknown_concert: words("Its concert is not there", "Концерта, к которому относится запись, нет"),
  unknown_sale: words("Its sale is not there", "Продажи, к которой относится запись, нет"),
  unknown_provider: words(
    "A ticket provider nobody knows",
    "Неизвестный билетный провайдер",
  ),
  unknown_family: words(
    "A key whose beginning means nothing to any version",
    "Начало ключа не знакомо ни одной версии",
  ),
  duplicate_id: words(
    "Another key has a record of that id already",
    "Запись с этим id уже есть у другого ключа",
  ),
  key_too_long: words(
    "A key longer than PostgreSQL can index",
    "Ключ длиннее, чем PostgreSQL может индексировать",
  ),
  unstorable_key: words(
    "A key that PostgreSQL cannot hold",
    "Ключ, который PostgreSQL хранить не может",
  ),
  unstorable_document: words(
    "Text that PostgreSQL cannot hold",
    "Текст, который PostgreSQL хранить не может",
  ),
};

/** What the tables say themselves, as the beginning of a reason; behind the colon it says where. */
const refusalWords: Record<string, (what: string) => Markup> = {
  constraint: (name) =>
    words(`A rule of the table does not hold: ${name}`, `Нарушено правило таблицы: ${name}`),
  unique: (name) =>
    words(
      `Another record has the same already: ${name}`,
      `Такое уже есть у другой записи: ${name}`,
    ),
  missing: (table) =>
    words(
      `It refers to a row that is not there: ${table}`,
      `Ссылается на строку, которой нет: ${table}`,
    ),
  not_null: (column) =>
    words(`The column ${column} has no value`, `В столбце ${column} нет значения`),
  invalid: (code) =>
    words(
      `A column cannot hold its value: ${code}`,
      `Столбец не может хранить такое значение: ${code}`,
    ),
};
