/**
 * The style sheet of a page: light and dark from one set of names, contents beside the text where there is room, two
 * figures in a row on a desktop and one on a phone, and a printed page without what only a screen needs.
 */
import { DARK, LIGHT, type Theme, variables } from './palette.js';

function theme(of: Theme): string {
  return Object.entries(variables(of))
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ');
}

function keys(): string {
  return Object.keys(variables(LIGHT))
    .map((name) => `.key.${name} { background: var(--${name}); }`)
    .join(' ');
}

export const STYLE = `
:root { color-scheme: light dark; ${theme(LIGHT)} }
@media screen and (prefers-color-scheme: dark) { :root { ${theme(DARK)} } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, sans-serif;
  -webkit-text-size-adjust: 100%; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .8rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .8rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.6rem 0 .5rem; }
p, .notes { max-width: 46rem; } p { margin: .6rem 0; }
header p { font-size: 1.05rem; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
nav { font-size: .9rem; padding: 1rem 1rem 0; max-width: 62rem; margin: 0 auto; }
nav ol { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; list-style: none; margin: 0; padding: 0; }
nav a { color: var(--soft); text-decoration: none; } nav a:hover { color: var(--ink); text-decoration: underline; }
@media screen and (min-width: 80rem) {
  body { display: grid; grid-template-columns: 13rem minmax(0, 62rem) 1fr; }
  nav { position: sticky; top: 0; align-self: start; padding: 2.4rem 0 0 2rem; margin: 0; }
  nav ol { flex-direction: column; gap: .5rem; }
  main { margin: 0; padding-left: 2rem; }
}
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(24rem, 100%), 1fr)); gap: 1.4rem 2rem;
  margin: 1rem 0; align-items: start; }
figure { margin: 0; position: relative; min-width: 0; }
figure svg { display: block; width: 100%; max-width: 34rem; height: auto; overflow: visible; }
figcaption { color: var(--soft); font-size: .85rem; line-height: 1.4; margin-bottom: .5rem; padding-right: 3.2rem; }
figcaption strong { color: var(--ink); display: block; font-size: .95rem; }
figure text, td, dd { font-variant-numeric: tabular-nums; }
figure details { font-size: .8rem; color: var(--soft); margin: .2rem 0 0; }
figure .scroll { max-height: 20rem; }
button.save { position: absolute; top: 0; right: 0; font: inherit; font-size: .75rem; color: var(--soft);
  background: none; border: 1px solid var(--line); border-radius: .3rem; padding: .05rem .45rem; cursor: pointer; }
button.save:hover { color: var(--ink); border-color: var(--soft); }
.tip { position: absolute; z-index: 2; pointer-events: none; background: var(--page); color: var(--ink);
  border: 1px solid var(--soft); border-radius: .3rem; padding: .35rem .6rem; font-size: .78rem; line-height: 1.4;
  max-width: min(20rem, 90%); box-shadow: 0 2px 8px rgb(0 0 0 / .18); }
.tip:empty { display: none; } .tip b { display: block; }
.tip div { display: flex; justify-content: space-between; gap: 1rem; font-variant-numeric: tabular-nums; }
.tip div span:first-child { color: var(--soft); }
.cursor { stroke: var(--ink); stroke-opacity: .5; pointer-events: none; }
.scroll { overflow: auto; margin: .8rem 0; }
table { border-collapse: collapse; font-size: .85rem; line-height: 1.35; }
th, td { text-align: left; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  max-width: 26rem; }
th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
thead th { position: sticky; top: 0; background: var(--page); }
th:not(:first-child), td:not(:first-child) { text-align: right; white-space: nowrap; }
th.t.t, td.t.t { text-align: left; white-space: normal; min-width: 11rem; }
td:first-child { white-space: nowrap; } td:last-child, th:last-child { padding-right: 0; }
.kind { white-space: nowrap; margin-right: .6rem; }
.key { display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-right: .5em; } ${keys()}
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .7rem 1.5rem;
  margin: 1rem 0; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; overflow-wrap: anywhere; }
details { margin: .5rem 0; } summary { cursor: pointer; }
pre { overflow: auto; max-height: 30rem; font-size: .8rem; line-height: 1.45; }
code { font-size: .92em; overflow-wrap: anywhere; unicode-bidi: isolate; white-space: pre-wrap; }
.notes { padding-left: 1.1rem; } .notes li { margin: .4rem 0; } .wrong { color: var(--c1); font-weight: 600; }
@media print {
  nav, button.save, .tip, figure details { display: none; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  .figures { grid-template-columns: 1fr 1fr; } figure, tr { break-inside: avoid; } h2 { break-after: avoid; }
  .scroll, pre { overflow: visible; max-height: none; } pre { white-space: pre-wrap; } thead th { position: static; }
}
`;
