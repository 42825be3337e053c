/**
 * The frame of a page: one file that loads nothing. Its policy allows its own style sheet and its own script, by their
 * hashes, and nothing else, so a text that slipped through as markup could neither run nor load anything.
 */
import { createHash } from 'node:crypto';
import { SCRIPT } from './behaviour.js';
import { Html, joined, markup } from './html.js';
import { STYLE } from './style.js';

export interface Section {
  /** Its anchor. */
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

export interface Page {
  readonly title: string;
  /** What a reader should know first. */
  readonly lead: Html;
  /** Sections without content are left out. */
  readonly sections: readonly Section[];
}

const POLICY = [
  "default-src 'none'",
  `style-src ${hash(STYLE)}`,
  `script-src ${hash(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function pageOf({ title, lead, sections }: Page): string {
  const shown = sections.filter(({ content }) => !content.isEmpty);
  const links = shown.map(({ id, title: name }) => markup`<li><a href="#${id}">${name}</a></li>`);
  const parts = shown.map(({ id, title: name, content }) => [
    markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${name}</h2>`,
    markup`${content}</section>\n`,
  ]);
  const body = joined(
    markup`<nav aria-label="Contents"><ol>${links}</ol></nav>\n`,
    markup`<main><header><h1>${title}</h1>${lead}</header>\n${parts}</main>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${markup`${title}`.markup}</title>
<style>${STYLE}</style></head>
<body>${body.markup}<script>${SCRIPT}</script></body></html>
`;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Paragraphs, one for each text. */
export function paragraphs(...texts: readonly (string | Html)[]): Html {
  return markup`${texts.map((text) => markup`<p>${text}</p>`)}`;
}

/** A list of sentences. */
export function notes(texts: readonly string[]): Html {
  return markup`<ul class="notes">${texts.map((text) => markup`<li>${text}</li>`)}</ul>`;
}

/** Content that a reader opens. */
export function folded(summary: string | Html, content: Html): Html {
  return markup`<details><summary>${summary}</summary>${content}</details>`;
}

/** A configuration, as indented JSON. */
export function json(value: unknown): Html {
  return markup`<pre tabindex="0">${JSON.stringify(value, null, 1)}</pre>`;
}
