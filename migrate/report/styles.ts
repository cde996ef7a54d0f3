/** The report's style sheet; light or dark as its reader has it, and fit to be printed. */
export const styles = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #16151a); --ink: light-dark(#1d1b22, #efedf3); --faint: light-dark(#6d6877, #9d97a9);
  --card: light-dark(#ffffff, #201e26); --line: light-dark(#e8e4ee, #34313d);
  --migrated: #5b5bd6; --merged: #2aa5a0; --left_out: #b9b3c4; --rejected: #e5484d; --source: #b9b3c4; --target: #5b5bd6;
  --good: light-dark(#18794e, #4cc38a); --bad: light-dark(#cd2b31, #ff6369); --fair: light-dark(#915b00, #f5c15c);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 960px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 48px; }
/* One language at a time, chosen by the two buttons: no script is needed, so the page can be sent on. */
body:has(#ru:checked) [lang="en"], body:has(#en:checked) [lang="ru"] { display: none; }
.languages { display: flex; gap: 6px; justify-content: flex-end; margin: 0; }
.languages input { position: absolute; opacity: 0; }
.languages label { padding: 4px 12px; border: 1px solid var(--line); border-radius: 999px; color: var(--faint); cursor: pointer; }
.languages input:checked + label { background: var(--card); color: var(--ink); border-color: currentColor; }
.languages input:focus-visible + label { outline: 2px solid var(--migrated); outline-offset: 2px; }
h1 { font-size: 34px; letter-spacing: -0.02em; margin: 0; }
h2 { font-size: 18px; margin: 0 0 16px; }
.eyebrow, .about, .note, .legend { color: var(--faint); }
.eyebrow { margin: 0; font-size: 13px; }
.about { overflow-wrap: anywhere; }
.verdict { padding: 12px 16px; border-radius: 10px; font-weight: 600; border: 1px solid currentColor; }
.good { color: var(--good); } .bad { color: var(--bad); } .fair { color: var(--fair); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 24px; margin: 20px 0; }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-bottom: 16px; }
.tile { border-left: 4px solid var(--line); padding: 2px 14px; }
.tile b { display: block; font-size: 28px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile p { color: var(--faint); margin: 0; }
.tile.migrated { border-color: var(--migrated); } .tile.merged { border-color: var(--merged); }
.tile.left_out { border-color: var(--left_out); } .tile.rejected { border-color: var(--rejected); }
.stack { display: flex; height: 12px; border-radius: 6px; overflow: hidden; min-width: 3px; }
.stack.tall { height: 20px; }
.stack i { min-width: 2px; }
i.migrated, .key.migrated::before { background: var(--migrated); } i.merged, .key.merged::before { background: var(--merged); }
i.left_out, .key.left_out::before { background: var(--left_out); }
i.rejected, .key.rejected::before { background: var(--rejected); }
.legend { display: flex; gap: 18px; flex-wrap: wrap; margin: 16px 0 0; }
.key::before { content: ""; display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: 7px 12px 7px 0; vertical-align: middle; font-weight: 400; }
tr + tr > * { border-top: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide { width: 50%; }
.pair { display: grid; grid-template-columns: 1fr 9.5em; align-items: center; gap: 8px; font-size: 13px; color: var(--faint); }
.pair i { height: 9px; border-radius: 5px; min-width: 2px; }
.pair .source { background: var(--source); } .pair .target { background: var(--target); }
.pair span { white-space: nowrap; }
.state { text-align: right; padding-right: 0; }
.note { margin: 14px 0 0; font-size: 14px; }
ul { margin: 6px 0 0; padding-left: 20px; }
small { opacity: 0.75; }
@media (max-width: 640px) {
  header, main { padding: 0 14px; } section { padding: 16px; overflow-x: auto; } .wide { width: 40%; }
}
@media print {
  .languages { display: none; } section { break-inside: avoid; }
  i, .key::before { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
