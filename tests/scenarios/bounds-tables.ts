import { eventTypes } from "../../supabase/functions/_shared/domain/concert.ts";

/** Values of a field at both sides of its bounds. An accepted one comes back as it is, or as the second of a pair. */
export interface Bounds {
  accepted: unknown[];
  /** Accepted and stored in another form. */
  changed?: [sent: unknown, stored: unknown][];
  refused: unknown[];
}

export const text = (length: number) => "ж".repeat(length);
const address = (length: number) => "https://a.ru/".padEnd(length, "x");
const noTexts = [1, true, [], {}, ["текст"], { text: "текст" }];
export const controls = ["абв\u0000г", "абв\u0007г", "абв\u001fг", "абв\u007fг"];
export const surrogates = ["абв\ud800", "\udc00абв"];

const line = (minimum: number, maximum: number): Bounds => ({
  // A character beyond the first plane counts as one.
  accepted: [text(minimum), text(maximum), "🎸".repeat(minimum), "🎸".repeat(maximum)],
  changed: [[`  ${text(minimum)}\t`, text(minimum)], [` ${text(maximum)} `, text(maximum)]],
  refused: [
    text(minimum - 1),
    ` ${text(minimum - 1)} `,
    text(maximum + 1),
    "🎸".repeat(minimum - 1),
    "🎸".repeat(maximum + 1),
    "аб\nвг",
    ...controls,
    ...surrogates,
    ...noTexts,
  ],
});
const multiline = (maximum: number): Bounds => ({
  accepted: [null, text(1), text(maximum), "🎸".repeat(maximum), "строка\nи\tещё\r\nодна", ""],
  changed: [[" \n ", ""]],
  refused: [
    text(maximum + 1),
    "🎸".repeat(maximum + 1),
    ...controls,
    ...surrogates,
    ...noTexts,
  ],
});
const webAddress: Bounds = {
  accepted: [
    null,
    address(14),
    address(2000),
    "http://пример.рф/путь?q=1#x",
    "https://1.1.1.1:8080/",
  ],
  changed: [[" https://a.ru/ ", "https://a.ru/"]],
  refused: [
    "",
    address(2001),
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>",
    "ftp://a.ru/",
    "//a.ru/x",
    "a.ru",
    "/x",
    "https://",
    "https:a.ru",
    "https://a.ru/x y",
    "https://a.ru/\nx",
    "java\nscript:alert(1)",
    ...controls,
    ...noTexts,
  ],
};
const price: Bounds = {
  accepted: [null, 0, 0.01, 0.1, 99.99, 1_000_000],
  refused: [-0.01, -1, 1_000_000.01, 0.001, 1.005, 1e21, "100", "", true, [], {}],
};

export const concertFields: Record<string, Bounds> = {
  title: { ...line(3, 200), refused: [...line(3, 200).refused, null] },
  description: multiline(2000),
  city: { ...line(2, 100), accepted: [null, ...line(2, 100).accepted] },
  venue_name: { ...line(2, 200), accepted: [null, ...line(2, 200).accepted] },
  venue_address: { ...line(1, 500), accepted: [null, ...line(1, 500).accepted] },
  event_date: {
    accepted: [
      null,
      "1900-01-01",
      "2000-02-29",
      "2028-02-29",
      "2030-12-31",
      "9999-12-30",
      "9999-12-31",
    ],
    refused: [
      "1899-12-31",
      "0000-01-01",
      "2026-02-29",
      "2026-02-30",
      "2026-00-01",
      "2026-13-01",
      "2026-1-1",
      "15.03.2026",
      "2026-03-15T00:00:00Z",
      " 2026-03-15",
      "+010000-01-01",
      "10000-01-01",
      "infinity",
      "now",
      "",
      20260315,
      ...noTexts,
    ],
  },
  event_time: {
    accepted: [null, "00:00", "09:05", "23:59"],
    refused: [
      "24:00",
      "23:60",
      "9:05",
      "19:00:00",
      "19.00",
      "7pm",
      "allballs",
      "",
      " 19:00",
      19,
      ...noTexts,
    ],
  },
  time_zone: {
    accepted: [
      "Europe/Moscow",
      "UTC",
      "Asia/Kamchatka",
      "America/Argentina/Buenos_Aires",
      "Etc/GMT+3",
      "Asia/Kolkata",
      "Pacific/Honolulu",
    ],
    refused: [
      null,
      "",
      "+03:00",
      "EST5EDT",
      "MSK",
      "Mars/Base",
      "Europe/Moscow; drop table concerts",
      "Europe/",
      "../etc/passwd",
      "A/" + "b".repeat(63),
      "Canada/East-Saskatchewan",
      "us/pacific-new",
      "SystemV/AST4ADT",
      "posix/Europe/Moscow",
      3,
      ...noTexts,
    ],
  },
  event_type: {
    accepted: [null, ...eventTypes],
    refused: ["", "концерт", "Концерт ", "Тур", "Сольный концерт", 0, ...noTexts],
  },
  banner_image_url: webAddress,
  ticket_price_min: price,
  ticket_price_max: price,
  ticket_link: webAddress,
  ticket_capacity: {
    accepted: [null, 1, 2, 1_000_000],
    refused: [0, -1, 1_000_001, 1.5, 1e300, "100", true, [], {}],
  },
};

export const artistFields: Record<string, Bounds> = {
  username: {
    accepted: [null],
    refused: [
      "",
      "ab",
      "a".repeat(41),
      "анна",
      "a b c",
      "anna@home",
      "anna'--",
      "anna\n",
      " anna",
      "%%%",
      ...noTexts,
    ],
  },
  full_name: { ...line(1, 200), accepted: [null, ...line(1, 200).accepted] },
  bio: multiline(2000),
  avatar_url: webAddress,
  city: { ...line(2, 100), accepted: [null, ...line(2, 100).accepted] },
  phone: {
    accepted: [null, "12345", "+7 (900) 000-00-00", "0".repeat(32), `+${"0".repeat(32)}`],
    refused: [
      "",
      "1234",
      "0".repeat(33),
      "+7 900 call me",
      "+7\n900000",
      "++79000000000",
      79000000000,
      ...noTexts,
    ],
  },
};
