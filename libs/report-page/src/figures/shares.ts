/** Shares of a whole, stacked over steps, in one panel or in several beside each other. */
import * as Plot from '@observablehq/plot';
import { cut, type Figure, figure, type LegendItem } from '../figure.js';
import type { Html } from '../html.js';
import { colour } from '../palette.js';
import { stepTicks } from './lines.js';
import { layoutOf, PANELS_MAX, type PanelTitle } from './panels.js';

export interface SharePanel extends PanelTitle {
  readonly columns: readonly {
    readonly from: number;
    readonly to: number;
    /** One for each part. */
    readonly shares: readonly number[];
  }[];
  readonly marked?: readonly number[];
}

export interface ShareFigure extends Pick<Figure, 'name' | 'title' | 'caption' | 'values'> {
  /** The parts, bottom first. */
  readonly parts: readonly { readonly label: string; readonly colour: string }[];
  readonly y: string;
  /** The top of the axis. Default 1. */
  readonly to?: number;
  readonly panels: readonly SharePanel[];
}

/** Labels of a legend are cut to this. */
const LABEL_MAX = 54;

export function shareFigure({ parts, panels: all, y, to = 1, ...rest }: ShareFigure): Html {
  const panels = all.slice(0, PANELS_MAX);
  const layout = layoutOf(panels.length);
  const steps = panels.flatMap(({ columns }) => columns.flatMap(({ from, to }) => [from, to]));
  const legend = parts.map(({ label, colour: name }): LegendItem => ({
    label: cut(label, LABEL_MAX),
    colour: name,
    mark: 'area',
  }));
  const plot = {
    ...layout.options,
    height: layout.height,
    marginLeft: 48,
    marginRight: 14,
    marginBottom: 42,
    x: {
      domain: [Math.min(...steps) - 0.5, Math.max(...steps) + 0.5],
      label: 'outer step',
      ...stepTicks(steps, panels.length),
    },
    y: {
      domain: [0, to],
      label: y,
      ticks: panels.length === 1 ? 5 : 2,
      tickFormat: (share: number) => `${+(100 * share).toFixed(1)} %`,
    },
    marks: [...panels.flatMap((panel, i) => areas(panel, parts, layout.place(i))), layout.titles(panels)],
  };
  return figure({ ...rest, legend, plot, panels: panels.length > 1 ? layout.columns : [] });
}

/**
 * One area for each part, from 0 to the top of its share, the highest first, so that each covers what is below it. A
 * column is as wide as its steps.
 */
function areas(
  { columns, marked = [] }: SharePanel,
  parts: ShareFigure['parts'],
  { fx, fy }: { fx: number; fy: number },
): Plot.Markish[] {
  const facet = { fx: () => fx, fy: () => fy } as const;
  const tops = columns.map(() => 0);
  const stacked = parts.map(({ colour: name }, part) => {
    const isEmpty = columns.every(({ shares }) => (shares[part] ?? 0) === 0);
    const points = columns.flatMap(({ from, to, shares }, i) => {
      const high = (tops[i] = tops[i]! + (shares[part] ?? 0));
      return [from - 0.5, to + 0.5].map((x) => ({ x, high }));
    });
    return isEmpty ? null : Plot.areaY(points, { ...facet, x: 'x', y1: 0, y2: 'high', fill: colour(name) });
  });
  const rules =
    marked.length === 0
      ? []
      : [
          Plot.ruleX([...marked], {
            ...facet,
            stroke: colour('ink'),
            strokeDasharray: '2 2',
            strokeWidth: 1.3,
          }),
        ];
  return [...stacked.reverse(), ...rules];
}
