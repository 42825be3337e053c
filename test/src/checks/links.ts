/**
 * Links of the documents: every relative link in a Markdown file leads to a file or folder of the repository, every
 * anchor to a heading there, in GitHub's form, and a path in code exists. Addresses elsewhere are not looked up.
 */
import { posix } from 'node:path';
import type { Repository, SourceFile } from './repository.js';

const LINK = /!?\[(?:[^[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm;

/** `libs/rl/src`, `test/src/faults`: a path from the root, without blanks, patterns or build outputs. */
const CODE_PATH = /`((?:libs|services|proto|deploy|docs|examples|test)\/[\w./-]*\w)\/?`/g;
/** A log may name files that no longer exist. */
const LOG = /^(CHANGELOG\.md|docs\/experiments\b.*)$/;

export function checkLinks({ files, paths }: Repository): string[] {
  const documents = files.filter(({ path }) => path.endsWith('.md'));
  return [...deadLinks(documents, paths), ...deadPaths(documents, paths)];
}

function deadPaths(documents: readonly SourceFile[], paths: ReadonlySet<string>): string[] {
  return documents
    .filter(({ path }) => !LOG.test(path))
    .flatMap(({ path, text }) =>
      [...withoutBlocks(text).matchAll(CODE_PATH)]
        .filter(([, named]) => !paths.has(named!) && !named!.includes('/dist'))
        .map(({ 1: named, index }) => `${path}:${lineAt(text, index)}: there is no ${named!}`),
    );
}

function deadLinks(documents: readonly SourceFile[], paths: ReadonlySet<string>): string[] {
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

/** Relative links in order; code contains none. */
function linksIn(markdown: string): Link[] {
  const prose = withoutCode(markdown);
  return [...prose.matchAll(LINK)]
    .map((match) => ({
      target: decodeURI(match[1] ?? match[2]!),
      line: lineAt(prose, match.index),
    }))
    .filter(({ target }) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
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
