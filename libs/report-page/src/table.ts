/** Tables: numbers to the right with digits of one width, wide ones scroll inside the page. */
import { type Content, Html, joined, markup, NOTHING } from './html.js';

export type Cell = string | Html;

/** Longest name that keeps its row's first column in one line. */
const NAME_MAX = 40;

/** A table; nothing without rows. Ends of cells and rows are left out, as HTML allows: there are many. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  if (rows.length === 0) return NOTHING;
  // A column with a text in it is text as a whole. The first one names its row, in one line where names are short.
  const isText = head.map((_, column) =>
    column === 0
      ? rows.some(([name]) => lengthOf(name ?? '') > NAME_MAX)
      : !rows.every((row) => looksLikeNumber(row[column] ?? '')),
  );
  const cells = (tag: Html, row: readonly Content[]): Html[] =>
    row.map((cell, column) => {
      const kind = isText[column] === true ? new Html(' class="t"') : NOTHING;
      return markup`<${tag}${kind}>${cell}`;
    });
  const [th, td] = [new Html('th'), new Html('td')];
  const body = rows.map((row) => markup`<tr>${cells(td, row)}`);
  return joined(
    markup`<div class="scroll" tabindex="0"><table><thead><tr>${cells(th, head)}</tr></thead>`,
    markup`<tbody>${body}</table></div>`,
  );
}

function looksLikeNumber(cell: Cell): boolean {
  return cell instanceof Html ? false : cell === '' || /^[+\-−]?\d/.test(cell);
}

function lengthOf(cell: Cell): number {
  return cell instanceof Html ? cell.markup.replace(/<[^>]*>/g, '').length : cell.length;
}

/** A name with the colour that its figures have. */
export function coloured(name: string, colourName: string): Html {
  return markup`<span class="key ${colourName}"></span>${name}`;
}

/** A fact and its value, as a list. */
export function facts(entries: readonly (readonly [name: string, value: Content])[]): Html {
  return markup`<dl>${entries.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
