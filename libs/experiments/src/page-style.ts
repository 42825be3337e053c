/** The style sheet of the report: light and dark from one set of colours, c0 to c7 for the arms (charts.ts). */
import { COLOURS } from './charts.js';

function colour(i: number): string {
  return (
    `.line.c${i}, .single.c${i} { stroke: var(--c${i}); } ` +
    `.band.c${i}, .part.c${i}, svg text.c${i} { fill: var(--c${i}); }`
  );
}

export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2530; --soft: #5b6675; --line: #d9dee5; --page: #fff; --bar: #8fb4de;
  --c0: #2f6db3; --c1: #c4591b; --c2: #2a8a57; --c3: #8550b0;
  --c4: #b3872a; --c5: #b83a5e; --c6: #3d8f9c; --c7: #6b7280; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e4e9f0; --soft: #9aa6b5; --line: #333c48; --page: #14181e; --bar: #3e6796;
  --c0: #6ea6e6; --c1: #ef8f56; --c2: #5cc08a; --c3: #b98ae0;
  --c4: #dcb65c; --c5: #ea7596; --c6: #6fc3d0; --c7: #a0a8b4; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; max-width: 46rem; }
figcaption { color: var(--soft); font-size: .87rem; }
svg text { fill: var(--ink); font-size: 12px; } svg .tick { fill: var(--soft); font-size: 11px; }
.grid { stroke: var(--line); } .bar { fill: var(--bar); } .whisker { stroke: var(--ink); stroke-width: 1.5; }
.dot { fill: var(--ink); opacity: .55; } .mark { stroke: var(--soft); stroke-dasharray: 3 3; }
.line { fill: none; stroke-width: 2.5; } .single { fill: none; stroke-width: 1; opacity: .3; }
.band { opacity: .14; stroke: none; }
${Array.from({ length: COLOURS }, (_, i) => colour(i)).join('\n')}
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .28rem .7rem .28rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } details { margin: .4rem 0; } summary { cursor: pointer; }
ul { columns: 2; padding-left: 1.1rem; } ul.text { columns: 1; }
pre { overflow-x: auto; font-size: .8rem; } em { color: var(--c1); }
`;
