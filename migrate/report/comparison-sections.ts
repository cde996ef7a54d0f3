import { html } from "hono/html";
import { entities } from "../../supabase/functions/_shared/database/transfer/record.ts";
import { isSameButRefused } from "../verify/compare-sums.ts";
import type { Difference } from "../verify/compare-entity.ts";
import type { VerifyResult } from "../verify/verify.ts";
import { keyList, type Markup, number, percent, words } from "./words.ts";

const shownDifferences = 50;

/** The first thing to know. */
export function verdict({ identical, identicalButRefused, rejects }: VerifyResult): Markup {
  if (identical) {
    return html`<p class="verdict good">${
      words(
        "Identical: the tables have exactly what the source says.",
        "Совпадает: в таблицах ровно то же, что в источнике.",
      )
    }</p>`;
  }
  const refused = number(rejects.refused);
  return html`<p class="verdict ${identicalButRefused ? "fair" : "bad"}">${
    identicalButRefused
      ? words(
        html`The same but for records that the tables refused: ${refused}. What the source says of them is kept whole.`,
        html`Совпадает, кроме записей, которые таблицы не приняли: ${refused}. Что говорит о них источник, хранится целиком.`,
      )
      : words("Not identical: see below.", "Не совпадает: смотрите ниже.")
  }</p>`;
}

export function tables({ entities: compared }: VerifyResult): Markup {
  const shown = entities.map((entity) => ({ entity, ...compared[entity] }))
    .filter(({ source, target }) => source.count + target.count > 0);
  const largest = Math.max(...shown.flatMap(({ source, target }) => [source.count, target.count]));
  const bar = (side: "source" | "target", count: number, label: Markup) =>
    html`
      <div
        class="pair"><i class="${side}" style="width:${percent(
          count,
          largest,
        )}"></i><span>${label}</span></div>
    `;
  return html`
    <section>
      <h2>${words("Records, table by table", "Записи по таблицам")}</h2>
      <table class="bars">${shown.map(({ entity, source, target, ...found }) => {
        const isSame = source.checksum === target.checksum;
        const isFair = found.missing + found.extra + found.different === 0;
        return html`
          <tr>
            <th><code>${entity}</code></th>
            <td class="wide">
              ${bar(
                "source",
                source.count,
                words(
                  html`${number(source.count)} in the source`,
                  html`${number(source.count)} в источнике`,
                ),
              )}
              ${bar(
                "target",
                target.count,
                words(
                  html`${number(target.count)} in the table`,
                  html`${number(target.count)} в таблице`,
                ),
              )}
            </td>
            <td class="state ${isSame ? "good" : isFair ? "fair" : "bad"}" title="SHA-256 ${source
              .checksum} / ${target.checksum}">${isSame
              ? words("✓ same checksum", "✓ контрольные суммы равны")
              : faults(found)}</td>
          </tr>
        `;
      })}</table>
    </section>
  `;
}

const kinds: Record<Difference["kind"], Markup> = {
  missing: words("missing", "нет в таблице"),
  refused: words("refused by the table", "таблица не приняла"),
  extra: words("extra", "лишняя"),
  different: words("different", "отличается"),
};

function faults(found: Record<Difference["kind"], number>): Markup {
  const list = (["missing", "refused", "extra", "different"] as const)
    .filter((kind) => found[kind] > 0);
  return html`${list.map((kind) => html`<div>${kinds[kind]}: ${number(found[kind])}</div>`)}`;
}

export function sums({ money, coins, balances, orphans }: VerifyResult): Markup {
  const rows = [
    ...money.map((sum) => ({
      name: html`<code>${sum.name}</code>`,
      source: `${sum.source} ₽`,
      target: `${sum.target} ₽`,
      sum,
    })),
    ...coins.map((sum) => ({
      name: sum.name === "balances"
        ? words("coins: balances", "коины: балансы")
        : words("coins: movements", "коины: движения"),
      source: number(sum.source),
      target: number(sum.target),
      sum,
    })),
  ];
  return html`
    <section>
      <h2>${words("Money and coins, before and after", "Деньги и коины до и после")}</h2>
      <table class="sums"><tr><th></th><th class="number">${words(
        "Source",
        "Источник",
      )}</th><th class="number">${words("Tables", "Таблицы")}</th><th></th></tr>${rows.map((
        { name, source, target, sum },
      ) => {
        const isSame = source === target;
        const state = isSame ? "good" : isSameButRefused(sum) ? "fair" : "bad";
        return html`
          <tr>
            <th>${name}</th>
            <td class="number">${source}</td>
            <td class="number">${target}</td>
            <td class="state ${state}">${isSame ? "✓" : state === "bad" ? "≠" : words(
              "the rest was refused",
              "остальное не принято",
            )}</td>
          </tr>
        `;
      })}</table>
      <p class="note">${balances.length === 0
        ? words("Every balance is the sum of its movements.", "Каждый баланс равен сумме движений.")
        : words(
          "These artists' balances are not the sum of their movements:",
          "У этих артистов баланс не равен сумме движений:",
        )}</p>
      ${balances.length === 0 ? "" : keyList(
        balances.map(({ artist_id, balance, ledger }) => `${artist_id}: ${balance} ≠ ${ledger}`),
      )}
      <p class="note">${orphans.length === 0
        ? words("No reference leads nowhere.", "Ни одна ссылка не ведёт в никуда.")
        : words("References that lead nowhere:", "Ссылки, ведущие в никуда:")}</p>
      ${orphans.length === 0 ? "" : keyList(
        orphans.map(({ table, column, orphans: count }) => `${table}.${column}: ${number(count)}`),
      )}
    </section>
  `;
}

/** What is kept of keys that became nothing, and what should be. */
export function rejects({ rejects: found }: VerifyResult): Markup {
  const { source, refused, lost, changed, stale, gone } = found;
  if (source + refused + stale + gone === 0) return "";
  const line = (count: number, english: string, russian: string) =>
    count === 0 ? "" : html`
      <tr>
        <th>${words(english, russian)}</th>
        <td class="number">${number(count)}</td>
      </tr>
    `;
  const list = (keys: string[], english: string, russian: string) =>
    keys.length === 0
      ? ""
      : html`<p class="note bad">${words(english, russian)}</p>${keyList(keys)}`;
  return html`
    <section>
      <h2>${words("Rejected and kept", "Отвергнуто и сохранено")}</h2>
      <table class="sums">
        ${line(
          source,
          "keys rejected by the source's rules",
          "ключей отвергнуто правилами источника",
        )}
        ${line(refused, "records refused by the tables", "записей не приняли таблицы")}
        ${line(
          stale,
          "kept although they can be read by now: import once more",
          "хранится, хотя уже читается: повторите import",
        )}
        ${line(
          gone,
          "kept although the source has them no more",
          "хранится, хотя в источнике этого уже нет",
        )}
      </table>
      ${lost.length + changed.length === 0
        ? html`<p class="note">${
          words(
            html`Each is whole in <code>migration_rejects</code>.`,
            html`Каждый ключ целиком в <code>migration_rejects</code>.`,
          )
        }</p>`
        : ""}
      ${list(lost, "Not kept there:", "Не сохранены там:")}
      ${list(changed, "Kept there with another value:", "Сохранены там с другим значением:")}
    </section>
  `;
}

export function differences({ differences: found }: VerifyResult): Markup {
  if (found.length === 0) return "";
  return html`<section>
<h2>${words("Differences", "Различия")}</h2>
<table class="plain"><tr><th></th><th>${words("Table", "Таблица")}</th><th>${
    words("Key or id", "Ключ или id")
  }</th><th>${words("Columns", "Столбцы")}</th></tr>${
    found.slice(0, shownDifferences).map(({ kind, entity, key, id, fields }) =>
      html`
        <tr>
          <td>${kinds[kind]}</td>
          <td><code>${entity}</code></td>
          <td><code>${key ?? id}</code></td>
          <td>${fields.join(", ")}</td>
        </tr>
      `
    )
  }</table>
${
    found.length > shownDifferences
      ? html`<p class="note">${
        words(
          html`The first ${shownDifferences}; <code>verify --json</code> has more.`,
          html`Первые ${shownDifferences}; в <code>verify --json</code> их больше.`,
        )
      }</p>`
      : ""
  }
</section>`;
}
