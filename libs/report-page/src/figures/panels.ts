/** The layout of small multiples: two panels in a row, each under its title, with shared scales. */
import * as Plot from '@observablehq/plot';
import { colour } from '../palette.js';

export interface PanelTitle {
  readonly title: string;
  /** The name of a colour. */
  readonly colour: string;
}

/** Where a panel stands, as facets of Plot. */
export interface Place {
  readonly fx: number;
  readonly fy: number;
}

export interface Layout {
  readonly height: number;
  /** Options of the plot. */
  readonly options: Pick<Plot.PlotOptions, 'fx' | 'fy' | 'marginTop'>;
  /** Panels beside each other, for the pointer. */
  readonly columns: readonly number[];
  place(panel: number): Place;
  /** The titles above the panels. */
  titles(panels: readonly PanelTitle[]): Plot.Markish;
}

const COLUMNS = 2;
const [ONLY, PANEL, GAP, AXIS] = [200, 84, 30, 48];
/** Most panels of a figure. */
export const PANELS_MAX = 40;

export function layoutOf(panels: number): Layout {
  const columns = Math.min(COLUMNS, panels);
  const rows = Math.ceil(panels / columns);
  const inner = panels === 1 ? ONLY : rows * (PANEL + GAP) - GAP;
  const marginTop = panels === 1 ? 22 : 38;
  const place = (panel: number): Place => ({ fx: panel % columns, fy: Math.floor(panel / columns) });
  return {
    height: inner + marginTop + AXIS,
    options: {
      marginTop,
      fx: { domain: range(columns), padding: panels === 1 ? 0 : 0.14, axis: null },
      fy: { domain: range(rows), padding: panels === 1 ? 0 : GAP / (PANEL + GAP), axis: null },
    },
    columns: range(columns),
    place,
    titles: (all) =>
      panels === 1
        ? null
        : Plot.text(
            all.map(({ title, colour: name }, i) => ({ ...place(i), title, fill: colour(name) })),
            {
              fx: 'fx',
              fy: 'fy',
              text: 'title',
              fill: 'fill',
              frameAnchor: 'top-left',
              dy: -15,
              fontWeight: 600,
            },
          ),
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
