/** Lines over steps with bands, points and marked steps, in one panel or in several beside each other. */
import * as Plot from '@observablehq/plot';
import type { Curve, Point } from '../curve.js';
import { cut, type Figure, figure } from '../figure.js';
import type { Html } from '../html.js';
import { colour } from '../palette.js';
import { finite } from '../numbers.js';
import { layoutOf, PANELS_MAX, type PanelTitle } from './panels.js';

export interface Line {
  /** The name of a colour. */
  readonly colour: string;
  readonly points: Curve;
  readonly dashed?: boolean;
  /** Thin lines behind it, for outcomes that are either high or low, of which a band would show neither. */
  readonly singles?: readonly Curve[];
  readonly band?: readonly { readonly x: number; readonly low: number; readonly high: number }[];
  /** Single values around it. */
  readonly dots?: readonly Point[];
}

export interface LinePanel extends PanelTitle {
  readonly lines: readonly Line[];
  /** Steps with a dashed vertical line: promotions, or the end of a stage. */
  readonly marked?: readonly number[];
}

export interface LineFigure extends Pick<Figure, 'name' | 'title' | 'caption' | 'legend' | 'values'> {
  readonly x: string;
  /** Ticks of the x axis. Default: whole steps. */
  readonly xTicks?: readonly { readonly at: number; readonly label: string }[];
  /** Ends of the x axis. Default: from the first step to the last. */
  readonly xDomain?: readonly [number, number];
  readonly y: {
    readonly label: string;
    readonly domain: readonly [number, number];
    /** Ticks in percent; values stay shares. */
    readonly isShare?: boolean;
    /** A dashed horizontal line. */
    readonly level?: number;
  };
  readonly panels: readonly LinePanel[];
}

/** Titles of panels are cut to this. */
const TITLE_MAX = 26;

export function lineFigure({ x, xTicks, xDomain, y, panels: all, ...rest }: LineFigure): Html {
  const panels = all.slice(0, PANELS_MAX).map((panel) => ({ ...panel, title: cut(panel.title, TITLE_MAX) }));
  const layout = layoutOf(panels.length);
  const steps = finite(panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map((p) => p.x))));
  const ticks =
    xTicks === undefined
      ? stepTicks(steps, panels.length)
      : {
          ticks: xTicks.map(({ at }) => at),
          tickFormat: (at: number) => xTicks.find((tick) => tick.at === at)?.label ?? '',
        };
  const plot: Figure['plot'] = {
    ...layout.options,
    height: layout.height,
    marginLeft: 48,
    marginRight: 14,
    marginBottom: 42,
    x: { domain: [...(xDomain ?? domainOf(steps))], label: x, ...ticks },
    y: {
      domain: [...y.domain],
      label: y.label,
      grid: true,
      ticks: panels.length === 1 ? 5 : 3,
      ...(y.isShare === true ? { tickFormat: (share: number) => `${+(100 * share).toFixed(1)} %` } : {}),
    },
    marks: [
      ...(y.domain[0] < 0 && y.domain[1] > 0 ? [Plot.ruleY([0], { strokeOpacity: 0.45 })] : []),
      ...(y.level === undefined
        ? []
        : [Plot.ruleY([y.level], { stroke: colour('ink'), strokeDasharray: '4 3', strokeOpacity: 0.8 })]),
      ...panels.flatMap((panel, i) => marksOf(panel, layout.place(i))),
      layout.titles(panels),
    ],
  };
  return figure({ ...rest, plot, panels: panels.length > 1 ? layout.columns : [] });
}

function marksOf({ lines, marked = [] }: LinePanel, { fx, fy }: { fx: number; fy: number }): Plot.Markish[] {
  const facet = { fx: () => fx, fy: () => fy } as const;
  const rules =
    marked.length === 0
      ? []
      : [
          Plot.ruleX([...marked], {
            ...facet,
            stroke: colour('soft'),
            strokeDasharray: '2 2',
            strokeWidth: 1.3,
          }),
        ];
  const drawn = lines.flatMap(({ colour: name, points, dashed, singles = [], band = [], dots = [] }) => {
    const stroke = colour(name);
    const thin = singles.flatMap((curve, z) => curve.map((point) => ({ ...point, z })));
    return [
      band.length < 2
        ? null
        : Plot.areaY([...band], { ...facet, x: 'x', y1: 'low', y2: 'high', fill: stroke, fillOpacity: 0.18 }),
      dots.length === 0
        ? null
        : Plot.dot([...dots], { ...facet, x: 'x', y: 'y', fill: stroke, fillOpacity: 0.4, r: 2.2 }),
      thin.length === 0
        ? null
        : Plot.line(thin, { ...facet, x: 'x', y: 'y', z: 'z', stroke, strokeOpacity: 0.35, strokeWidth: 1 }),
      Plot.line([...points], {
        ...facet,
        x: 'x',
        y: 'y',
        stroke,
        strokeWidth: dashed === true ? 1.5 : 2.2,
        ...(dashed === true ? { strokeDasharray: '5 3' } : {}),
      }),
      // A line of one point would not be seen.
      points.length === 1 ? Plot.dot([...points], { ...facet, x: 'x', y: 'y', fill: stroke, r: 3.5 }) : null,
    ];
  });
  return [...rules, ...drawn];
}

/** From the first step to the last; half a step around a single one. */
function domainOf(steps: readonly number[]): [number, number] {
  if (steps.length === 0) return [0, 1];
  const [first, last] = steps.reduce(
    ([a, b], step) => [Math.min(a, step), Math.max(b, step)],
    [Infinity, -Infinity],
  );
  return first === last ? [first - 0.5, last + 0.5] : [first, last];
}

/** Ticks at whole steps alone. */
export function stepTicks(steps: readonly number[], panels: number): { ticks: number[]; tickFormat: string } {
  const [first, last] = domainOf(steps);
  const wanted = panels === 1 ? 8 : 4;
  const raw = Math.max(1, (last - first) / wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const every = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= raw) ?? raw;
  const from = Math.ceil(first / every) * every;
  const ticks: number[] = [];
  for (let tick = from; tick <= last && ticks.length <= 2 * wanted; tick += every) ticks.push(tick);
  return { ticks, tickFormat: ',d' };
}
