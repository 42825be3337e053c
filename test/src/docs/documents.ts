/** The repository's documents, and the fenced blocks in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository-root.js';

/** A Markdown file of the repository. */
export interface Document {
  /** Path from the root. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a document. */
export interface CodeBlock {
  /** The document's path from the root. */
  readonly path: string;
  /** Line of the block's first line, from 1. */
  readonly line: number;
  /** The language after the fence: sh, yaml, ... */
  readonly language: string;
  readonly text: string;
  /** Name in the comment `<!-- example: NAME -->` before it, if there is one. */
  readonly example: string | undefined;
}

/** What a script prints, according to its document. */
export interface Example extends CodeBlock {
  readonly example: string;
  readonly output: string;
}

const FENCE = /(?:^ *<!-- example: (.+?) -->\s*)?^( *)```(\w*)\n([\s\S]*?)^\2```$/gm;

/** Dependencies, and the outputs of builds and runs. */
const NOT_OURS = new Set(['node_modules', 'dist', 'runs', '.git', '.nx', '.venv']);

/** Every Markdown file, by path. */
export const documents: readonly Document[] = markdownBelow('').map((path) => ({
  path,
  text: readFileSync(join(repositoryRoot, path), 'utf8'),
}));

function markdownBelow(folder: string): string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return markdownBelow(path);
      return entry.isFile() && path.endsWith('.md') ? [path] : [];
    })
    .sort();
}

export function codeBlocks({ path, text }: Document): CodeBlock[] {
  return [...text.matchAll(FENCE)].map((match) => {
    const [whole, example, indent, language, body] = match as unknown as [string, string?, ...string[]];
    const start = match.index + whole.indexOf('```');
    const line = text.slice(0, start).split('\n').length + 1;
    return {
      path,
      line,
      language: language!,
      text: body!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      example,
    };
  });
}

/** Blocks with a name, each with the `text` block that follows it. */
export function examplesIn(document: Document): Example[] {
  const blocks = codeBlocks(document);
  return blocks.flatMap((block, i) => {
    const { example, language, path, line } = block;
    if (example === undefined) return [];
    const next = blocks[i + 1];
    if (language !== 'sh' || next?.language !== 'text')
      throw new Error(
        `${path}:${line}: the example "${example}" is not an sh block followed by a text block`,
      );
    return [{ ...block, example, output: next.text }];
  });
}
