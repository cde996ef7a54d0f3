import { bold, cyan, dim, green, stripAnsiCode } from "deno-std/fmt/colors.js";

/** Where long work is told of while it goes on. */
export interface Progress {
  /** A piece of work begins; `total` null: nobody knows how much it is. */
  begin(label: string, total: number | null): void;
  /** So much more of it is done. */
  advance(amount: number): void;
  /** It is through. */
  end(): void;
}

/** Tells nothing. */
export const silence: Progress = { begin() {}, advance() {}, end() {} };

const widestBar = 28;
const narrowestBar = 8;
const linesEvery = 5000;

/** A bar in one line that is written over, for a terminal of so many columns, which may change. */
export function barOn(write: (text: string) => void, columns: () => number = () => 80): Progress {
  return progressOf({
    refreshEvery: 80,
    // A line that is broken in two could not be written over.
    show: (step) => write(`\r\x1b[2K${barOf(step, columns() - 1)}`),
    end: (step) => write(`\r\x1b[2K${green("✓")} ${step.label} ${dim(amountOf(step))}\n`),
  });
}

/** A line at the end of each piece of work, and every few seconds within. */
export function linesOn(write: (text: string) => void): Progress {
  return progressOf({
    refreshEvery: linesEvery,
    show: (step) => {
      if (step.done > 0) write(`${step.label}: ${amountOf(step)}\n`);
    },
    end: (step) => write(`${step.label}: ${amountOf(step)}, done\n`),
  });
}

interface Step {
  label: string;
  total: number | null;
  done: number;
}

function progressOf({ refreshEvery, show, end }: {
  refreshEvery: number;
  show(step: Step): void;
  end(step: Step): void;
}): Progress {
  let step: Step | null = null;
  let shownAt = 0;
  return {
    begin(label, total) {
      step = { label, total, done: 0 };
      shownAt = Date.now();
      show(step);
    },
    advance(amount) {
      if (!step) return;
      step.done += amount;
      if (Date.now() - shownAt < refreshEvery) return;
      shownAt = Date.now();
      show(step);
    },
    end() {
      if (step) end(step);
      step = null;
    },
  };
}

/** The bar, then the words: those are shortened where they do not fit. */
function barOf({ label, total, done }: Step, columns: number): string {
  const amount = amountOf({ label, total, done });
  if (!total) return fitted(label, dim(amount), columns);
  const percent = `${Math.min(100, Math.floor(done / total * 100))} %`.padStart(5);
  const left = columns - percent.length - label.length - amount.length - 3;
  const width = Math.max(narrowestBar, Math.min(widestBar, left));
  const filled = Math.min(width, Math.round(done / total * width));
  const bar = cyan("█".repeat(filled)) + dim("░".repeat(width - filled));
  const begun = `${bar} ${bold(percent)} `;
  return begun + fitted(label, dim(amount), columns - stripAnsiCode(begun).length);
}

/** A label and its amount in so many columns. */
function fitted(label: string, amount: string, columns: number): string {
  const space = columns - stripAnsiCode(amount).length - 1;
  if (label.length <= space) return `${label} ${amount}`;
  return space > 1 ? `${label.slice(0, space - 1)}… ${amount}` : "";
}

function amountOf({ total, done }: Step): string {
  const count = done.toLocaleString("en");
  return total === null || total === done ? count : `${count} of ${total.toLocaleString("en")}`;
}
