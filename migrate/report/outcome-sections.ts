import { html } from "hono/html";
import type { KeyOutcome } from "../../supabase/functions/_shared/database/transfer/record.ts";
import type { OutcomeCount } from "../outcome-totals.ts";
import type { VerifyResult } from "../verify/verify.ts";
import { reasonInWords } from "./reason-words.ts";
import { repairInWords } from "./repair-words.ts";
import { type Markup, number, part, percent, words } from "./words.ts";

const outcomes = ["migrated", "merged", "left_out", "rejected"] as const;
const names: Record<KeyOutcome["outcome"], Markup> = {
  migrated: words("Migrated", "Перенесено"),
  merged: words("Merged into another record", "Объединено с другой записью"),
  left_out: words("Left out by a rule", "Пропущено по правилу"),
  rejected: words("Rejected", "Отвергнуто"),
};

export function fourNumbers({ summary: { totals } }: VerifyResult): Markup {
  const sum = html`${outcomes.map((outcome) => number(totals[outcome])).join(" + ")} = ${
    number(
      totals.keys,
    )
  }`;
  return html`
    <section>
      <h2>${words(
        html`What became of ${number(totals.keys)} keys`,
        html`Что стало с ключами: всего ${number(totals.keys)}`,
      )}</h2>
      <div class="tiles">${outcomes.map((outcome) =>
        html`<div class="tile ${outcome}"><b>${number(totals[outcome])}</b><p>${
          names[outcome]
        }</p></div>`
      )}</div>
      <div class="stack tall">${outcomes.map((outcome) =>
        part(outcome, totals[outcome], totals.keys)
      )}</div>
      <p class="note">${words(
        html`${sum}: every key of the source has exactly one outcome.`,
        html`${sum}: у каждого ключа источника ровно один исход.`,
      )}</p>
    </section>
  `;
}

export function families({ summary: { counts } }: VerifyResult): Markup {
  const byPrefix = Map.groupBy(counts, ({ prefix }) => prefix);
  const largest = Math.max(...[...byPrefix.values()].map(sumOf));
  return html`
    <section>
      <h2>${words("By beginning of the key", "По началу ключа")}</h2>
      <table class="bars">${[...byPrefix].map(([prefix, group]) =>
        html`
          <tr>
            <th><code>${prefix || "—"}</code></th>
            <td class="number">${number(sumOf(group))}</td>
            <td class="wide">
              <div class="stack" style="width:${percent(sumOf(group), largest)}">${outcomes.map((
                outcome,
              ) =>
                part(
                  outcome,
                  sumOf(group.filter((count) => count.outcome === outcome)),
                  sumOf(group),
                )
              )}</div>
            </td>
          </tr>
        `
      )}</table>
      <p class="legend">${outcomes.map((outcome) =>
        html`<span class="key ${outcome}">${names[outcome]}</span>`
      )}</p>
    </section>
  `;
}

export function reasons({ summary: { counts } }: VerifyResult): Markup {
  const shown = counts.filter(({ reason }) => reason !== "")
    .toSorted((one, other) => other.count - one.count);
  if (shown.length === 0) return "";
  const largest = Math.max(...shown.map(({ count }) => count));
  return html`
    <section>
      <h2>${words(
        "Why keys were left out or rejected",
        "Почему ключи пропущены или отвергнуты",
      )}</h2>
      <table class="bars">${shown.map(({ prefix, outcome, reason, count }) =>
        html`
          <tr>
            <th>${reasonInWords(reason)}<br><small><code>${prefix ||
              "—"}</code> · <code>${reason}</code></small></th>
            <td class="number">${number(count)}</td>
            <td class="wide">
              <div class="stack" style="width:${percent(count, largest)}">${part(
                outcome,
                1,
                1,
              )}</div>
            </td>
          </tr>
        `
      )}</table>
      ${explained}
    </section>
  `;
}

export function repairs({ summary }: VerifyResult): Markup {
  const shown = Object.entries(summary.repairs);
  if (shown.length === 0) return "";
  const largest = Math.max(...shown.map(([, count]) => count));
  return html`
    <section>
      <h2>${words("What was repaired or left behind", "Что исправлено или опущено")}</h2>
      <table class="bars">${shown.map(([repair, count]) =>
        html`
          <tr>
            <th>${repairInWords(repair)}<br><small><code>${repair}</code></small></th>
            <td class="number">${number(count)}</td>
            <td class="wide">
              <div class="stack" style="width:${percent(count, largest)}">${part(
                "merged",
                1,
                1,
              )}</div>
            </td>
          </tr>
        `
      )}</table>
      ${explained}
    </section>
  `;
}

const explained = html`<p class="note">${
  words(
    html`More on each name is in <code>docs/migration.md</code>.`,
    html`Подробнее о каждом имени — в <code>docs/migration.ru.md</code>.`,
  )
}</p>`;

function sumOf(counts: readonly OutcomeCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
