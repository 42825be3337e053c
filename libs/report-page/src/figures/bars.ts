/** Amounts as horizontal bars, one row each. */
import * as Plot from '@observablehq/plot';
import { cut, figure, roomFor } from '../figure.js';
import { type Html, NOTHING } from '../html.js';
import { colour } from '../palette.js';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The amount with its unit. */
  readonly text: string;
  /** The name of a colour. */
  readonly colour: string;
}

export interface BarFigure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly x: string;
  /** Heads of the two columns of the table. */
  readonly head: readonly [string, string];
  readonly bars: readonly Bar[];
}

const [ROW, LABEL_MAX, BARS_MAX] = [28, 24, 30];

export function barFigure({ bars: all, x, head, ...rest }: BarFigure): Html {
  const bars = all.slice(0, BARS_MAX);
  if (bars.length === 0) return NOTHING;
  const labels = bars.map(({ label }) => cut(label, LABEL_MAX));
  const yOf = (bar: Bar): number => bars.indexOf(bar);
  const plot = {
    height: bars.length * ROW + 56,
    marginTop: 8,
    marginLeft: roomFor(labels),
    marginRight: 14 + roomFor(bars.map(({ text }) => text)),
    marginBottom: 44,
    x: { domain: [0, Math.max(...bars.map(({ value }) => value)) || 1], label: x, grid: true, ticks: 4 },
    y: { type: 'band' as const, domain: bars.map((_, i) => i), padding: 0.35, axis: null },
    marks: [
      Plot.axisY({ tickSize: 0, label: null, tickFormat: (i: number) => labels[i]! }),
      Plot.barX(bars, { x: 'value', y: yOf, fill: (bar: Bar) => colour(bar.colour) }),
      Plot.text(bars, { x: 'value', y: yOf, text: 'text', textAnchor: 'start', dx: 6 }),
    ],
  };
  return figure({
    ...rest,
    plot,
    values: { axis: 'y', head, rows: bars.map(({ label, text }, at) => ({ at, cells: [label, text] })) },
  });
}
