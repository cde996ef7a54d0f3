import type { RefusalCode, RefusalDetail } from "../domain/refusal.ts";

/** Every `code` an answer can carry. */
export type ErrorCode =
  | RefusalCode
  | "invalid_json"
  | "method_not_allowed"
  | "too_large"
  | "unsupported_media_type"
  | "internal";

/** A request that HTTP itself refuses, before any rule of the domain is asked. */
export class HttpError extends Error {
  override readonly name = "HttpError";

  constructor(readonly code: ErrorCode, readonly details: readonly RefusalDetail[] = []) {
    super(code);
  }
}

/** The one catalogue of errors: the status and the sentence for people that go with each code. */
export const errorCatalogue: Record<ErrorCode, { status: number; text: string }> = {
  invalid_json: { status: 400, text: "Тело запроса не является корректным JSON" },
  validation_failed: { status: 400, text: "Проверьте заполнение полей" },
  invalid_cursor: {
    status: 400,
    text: "Курсор недействителен: начните список сначала, без параметра cursor",
  },
  unauthorized: { status: 401, text: "Войдите в аккаунт: токен отсутствует или недействителен" },
  forbidden: { status: 403, text: "Недостаточно прав для этого действия" },
  not_found: { status: 404, text: "Не найдено" },
  method_not_allowed: { status: 405, text: "Этот адрес не поддерживает такой метод" },
  invalid_transition: { status: 409, text: "Действие невозможно в текущем статусе" },
  sold_out: { status: 409, text: "Билеты распроданы" },
  insufficient_coins: { status: 409, text: "Недостаточно коинов на балансе" },
  already_promoted: { status: 409, text: "Концерт уже продвигается" },
  conflict: { status: 409, text: "Изменение противоречит существующим данным" },
  idempotency_in_flight: {
    status: 409,
    text: "Запрос с этим Idempotency-Key ещё выполняется: повторите позже",
  },
  too_large: { status: 413, text: "Слишком большой запрос" },
  unsupported_media_type: { status: 415, text: "Отправьте тело запроса как application/json" },
  idempotency_mismatch: {
    status: 422,
    text: "Этот Idempotency-Key уже использован с другим запросом",
  },
  rate_limited: { status: 429, text: "Слишком много запросов: повторите позже" },
  internal: { status: 500, text: "Внутренняя ошибка: мы уже знаем о ней" },
  unavailable: {
    status: 503,
    text: "Сервис временно недоступен: повторите через несколько секунд",
  },
};

/** Seconds after which a client may try again when the store does not answer. */
export const retryAfterSeconds = 5;
