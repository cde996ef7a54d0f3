import { html, raw } from "hono/html";
import type { MigrationStatus } from "../../supabase/functions/_shared/database/transfer/migration-target.ts";
import type { VerifyResult } from "../verify/verify.ts";
import { differences, rejects, sums, tables, verdict } from "./comparison-sections.ts";
import { families, fourNumbers, reasons, repairs } from "./outcome-sections.ts";
import { styles } from "./styles.ts";
import { instant, type Markup, words } from "./words.ts";

export interface Report {
  source: string;
  target: string;
  madeAt: Date;
  verification: VerifyResult;
  status: MigrationStatus;
}

/**
 * The page, which needs nothing else: a person should like to look at it, and can send it on. It is in Russian and in
 * English, one of them shown at a time; that needs no script.
 */
export async function renderReport(report: Report): Promise<string> {
  const { verification, madeAt, source, target, status } = report;
  const page = html`
    <!doctype html>
    <html lang="ru">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Отчёт о миграции · Migration report</title>
        <style>${raw(styles)}</style>
      </head>
      <body>
        <header>
              <p class="languages">
                <input type="radio" name="language" id="ru" checked><label for="ru" lang="ru-RU">По-русски</label>
                <input type="radio" name="language" id="en"><label for="en" lang="en-GB">English</label>
              </p>
              <p class="eyebrow">Promo.Music · ${words(
                "key-value table to PostgreSQL",
                "из таблицы ключей и значений в PostgreSQL",
              )}</p>
              <h1>${words("Migration report", "Отчёт о миграции")}</h1>
              <p class="about">${words("From", "Из")} <b>${source}</b> ${words(
                "to",
                "в",
              )} <b>${target}</b>, ${instant(madeAt.toISOString())}</p>
        ${verdict(verification)}
            </header>
        <main>
        ${fourNumbers(verification)}
        ${families(verification)}
        ${tables(verification)}
        ${reasons(verification)}
        ${rejects(verification)}
        ${repairs(verification)}
        ${sums(verification)}
        ${differences(verification)}
        ${runs(status)}
            </main>
      </body>
    </html>
  `;
  return String(await page);
}

function runs({ runs: all }: MigrationStatus): Markup {
  if (all.length === 0) return "";
  return html`
    <section>
      <h2>${words("Imports", "Импорты")}</h2>
      <table
        class="plain"><tr><th>${words("Begun", "Начат")}</th><th>${words(
          "Ended",
          "Закончен",
        )}</th><th>${words("From", "Откуда")}</th></tr>${all.map((
          { started_at, finished_at, source },
        ) =>
          html`
            <tr>
              <td>${instant(started_at)}</td>
              <td>${finished_at === null
                ? words("unfinished", "не закончен")
                : instant(finished_at)}</td>
              <td>${source}</td>
            </tr>
          `
        )}</table>
    </section>
  `;
}
