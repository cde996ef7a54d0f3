import { html } from "hono/html";

/** A part of the page, escaped. */
export type Markup = ReturnType<typeof html> | string;

/** A text in both languages of the page, of which one is shown; what is put into it is escaped. */
export function words(english: Markup, russian: Markup): Markup {
  return html`<span lang="en">${english}</span><span lang="ru">${russian}</span>`;
}

/** A number as both languages read it. */
export function number(value: number): string {
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}

export function percent(part: number, whole: number): string {
  return `${whole === 0 ? 0 : (part / whole * 100).toFixed(2)}%`;
}

export function instant(text: string): string {
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/** A part of a bar. */
export function part(name: string, count: number, all: number): Markup {
  if (count === 0) return "";
  return html`<i class="${name}" style="width:${percent(count, all)}" title="${
    number(count)
  }"></i>`;
}

/** Keys, one a line; of many the first. */
export function keyList(keys: readonly string[], shown = 20): Markup {
  return html`<ul>${keys.slice(0, shown).map((key) => html`<li><code>${key}</code></li>`)}${
    keys.length > shown ? html`<li>…</li>` : ""
  }</ul>`;
}
