/** What holds for every page, whatever its texts are. Reads the page with a parser, not with patterns. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';

/** The page as a document. */
function parsed(page: string): Document {
  return parseHTML(page).document;
}

/** One script and one style sheet, those that the page's policy names, and nothing that loads or runs anything else. */
export function assertInert(page: string): Document {
  const document = parsed(page);
  const all = [...document.querySelectorAll('*')];
  const names = new Set(all.map(({ tagName }) => tagName.toLowerCase()));
  for (const name of [
    'img',
    'iframe',
    'object',
    'embed',
    'link',
    'form',
    'base',
    'image',
    'use',
    'foreignobject',
  ])
    assert.ok(!names.has(name), `<${name}>`);
  for (const element of all)
    for (const { name, value } of element.attributes) {
      assert.doesNotMatch(name, /^on|^style$|^src|xlink/i, `${element.tagName} ${name}`);
      if (name === 'href') assert.match(value, /^#/);
      assert.doesNotMatch(value, /url\(|javascript:/i, `${element.tagName} ${name}`);
    }
  assert.doesNotMatch(page, /https?:/);
  const policy = document.querySelector('meta[http-equiv]')!.getAttribute('content')!;
  for (const tag of ['script', 'style']) {
    const found = [...document.querySelectorAll(tag)];
    assert.equal(found.length, 1, tag);
    const hash = createHash('sha256').update(between(page, tag)).digest('base64');
    assert.ok(policy.includes(`${tag}-src 'sha256-${hash}'`), `${tag}-src of ${policy}`);
  }
  assert.match(policy, /^default-src 'none'/);
  return document;
}

/** What a browser hashes: the text between the tags as it stands in the file. */
function between(page: string, tag: string): string {
  return page.slice(page.indexOf(`<${tag}>`) + tag.length + 2, page.indexOf(`</${tag}>`));
}

/** No coordinate that is not a number, no figure without a name, and contents that lead somewhere. */
export function assertDrawn(document: Document): void {
  for (const svg of document.querySelectorAll('figure svg')) {
    assert.ok(svg.getAttribute('aria-label')!.length > 10);
    for (const element of svg.querySelectorAll('*'))
      for (const { name, value } of element.attributes)
        assert.doesNotMatch(value, /NaN|Infinity|undefined/, `${element.tagName} ${name}`);
  }
  for (const cell of document.querySelectorAll('td, dd, p, text'))
    assert.doesNotMatch(cell.textContent, /\bNaN\b|Infinity|undefined/);
  for (const link of document.querySelectorAll('nav a'))
    assert.ok(document.getElementById(link.getAttribute('href')!.slice(1)), link.textContent);
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, 'an id appears twice');
}

/** Ids of the figures. */
export function figureNames(document: Document): string[] {
  return [...document.querySelectorAll('figure')].map(({ id }) => id.replace('fig-', ''));
}

/** The rows of a figure's table, head first. */
export function valuesOf(document: Document, name: string): string[][] {
  const rows = [...document.querySelectorAll(`#fig-${name} tr`)];
  return rows.map((row) =>
    [...row.querySelectorAll('th, td')].map((cell) => cell.textContent.replace('\u00a0', ' ')),
  );
}
