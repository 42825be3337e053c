/**
 * Links of the documents: every relative link in a Markdown file leads to a file or folder of the repository, and every
 * anchor to a heading there, spelt as GitHub spells it. Addresses elsewhere are not looked up.
 */
import { posix } from 'node:path';
import type { Repository } from './repository.js';

const LINK = /!?\[(?:[^[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm;

export function checkLinks({ files, paths }: Repository): string[] {
  const documents = files.filter(({ path }) => path.endsWith('.md'));
  const anchors = new Map(documents.map(({ path, text }) => [path, anchorsOf(text)]));
  return documents.flatMap(({ path, text }) =>
    linksIn(text).flatMap(({ target, line }) => {
      const [file = '', anchor] = target.split('#');
      const found =
        file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '');
      if (found !== '.' && !paths.has(found))
        return [`${path}:${line}: ${target} leads nowhere; there is no ${found}`];
      if (anchor === undefined || anchors.get(found)?.has(anchor) === true) return [];
      return [`${path}:${line}: ${target} leads to no heading of ${found}`];
    }),
  );
}

interface Link {
  readonly target: string;
  readonly line: number;
}

/** Relative links in order; what stands in code is none. */
export function linksIn(markdown: string): Link[] {
  const prose = withoutCode(markdown);
  return [...prose.matchAll(LINK)]
    .map((match) => ({
      target: decodeURI(match[1] ?? match[2]!),
      line: prose.slice(0, match.index).split('\n').length,
    }))
    .filter(({ target }) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** Anchors of a document's headings: letters, digits, "_" and "-" in lower case, repetitions numbered. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutBlocks(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The text with fenced blocks blanked, line by line, so that lines keep their numbers. */
function withoutBlocks(markdown: string): string {
  return markdown.replace(/^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^\1\2 *$/gm, (block) =>
    block.replace(/[^\n]/g, ''),
  );
}

function withoutCode(markdown: string): string {
  return withoutBlocks(markdown).replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));
}
