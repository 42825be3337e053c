/** Figures with their intervals, one row each, and the single scores behind them as points. */
import * as Plot from '@observablehq/plot';
import { cut, figure, roomFor } from '../figure.js';
import { type Html, NOTHING } from '../html.js';
import { finite } from '../numbers.js';
import { colour } from '../palette.js';
import { type Cell, coloured } from '../table.js';

export interface IntervalRow {
  readonly label: string;
  /** The name of a colour. */
  readonly colour: string;
  readonly value: number;
  readonly interval?: readonly [number, number] | undefined;
  readonly dots?: readonly number[];
  /** The figure, as a reader sees it beside its row. */
  readonly text: string;
  /** Its cells in the table of values, behind the label. */
  readonly cells: readonly Cell[];
}

export interface IntervalFigure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly x: {
    readonly label: string;
    readonly domain: readonly [number, number];
    /** Writes a tick. */
    readonly tick: (value: number) => string;
  };
  readonly rows: readonly IntervalRow[];
  /** Heads of the table's columns behind that of the labels. */
  readonly head: readonly string[];
  /** Head of the column of labels. */
  readonly of: string;
}

const [ROW, LABEL_MAX] = [30, 27];

export function intervalFigure({ rows, x, head, of, ...rest }: IntervalFigure): Html {
  if (rows.length === 0) return NOTHING;
  const labels = rows.map(({ label }) => cut(label, LABEL_MAX));
  const paint = (row: IntervalRow): string => colour(row.colour);
  const spread = rows.filter(({ interval }) => interval !== undefined);
  const yOf = (row: IntervalRow): number => rows.indexOf(row);
  const dots = rows.map(({ dots: values = [], colour: name }, y) =>
    Plot.dot(
      finite(values).map((value, i) => [value, y + aside(i, values.length)] as [number, number]),
      { fill: colour(name), fillOpacity: 0.4, r: 2.2 },
    ),
  );
  const plot = {
    height: rows.length * ROW + 58,
    marginTop: 10,
    marginLeft: roomFor(labels),
    marginRight: 74,
    marginBottom: 44,
    x: {
      domain: [...x.domain],
      label: x.label,
      grid: true,
      ticks: 5,
      tickFormat: x.tick,
    },
    y: { domain: [-0.5, rows.length - 0.5], reverse: true, axis: null },
    marks: [
      ...(x.domain[0] < 0 ? [Plot.ruleX([0], { strokeOpacity: 0.6 })] : []),
      Plot.axisY(
        rows.map((_, i) => i),
        { tickSize: 0, label: null, tickFormat: (i: number) => labels[i]! },
      ),
      ...dots,
      Plot.ruleY(spread, {
        y: yOf,
        x1: (row: IntervalRow) => row.interval![0],
        x2: (row: IntervalRow) => row.interval![1],
        stroke: paint,
        strokeWidth: 2.5,
      }),
      Plot.dot(rows, { x: 'value', y: yOf, fill: paint, stroke: colour('page'), strokeWidth: 1.5, r: 5 }),
      Plot.text(rows, { y: yOf, text: 'text', frameAnchor: 'right', textAnchor: 'end', dx: 68 }),
    ],
  };
  return figure({
    ...rest,
    plot,
    values: {
      axis: 'y',
      head: [of, ...head],
      rows: rows.map((row, at) => ({ at, cells: [coloured(row.label, row.colour), ...row.cells] })),
    },
  });
}

/** How far point `i` of `count` stands beside the middle of its row, so that equal scores can be counted. */
function aside(i: number, count: number): number {
  // Multiples of the golden ratio fill the height of a row evenly, however many they are.
  return count === 1 ? 0.3 : 0.64 * ((i * 0.618034) % 1) - 0.32;
}
