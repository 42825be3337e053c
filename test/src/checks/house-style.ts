/**
 * Rules of style that a machine can check; each message names what to do instead. (CONTRIBUTING.md, "Style".)
 */
import type { Repository, SourceFile } from './repository.js';

const LINES_MAX = 400;
const COLUMNS_MAX = 120;
const proseAndCode = /\.(tsx?|mjs|js|md|proto|py|ya?ml)$/;
/** One word after an indent and a mark of a comment, a list or a quotation: nothing to break it at. */
const unbreakable = /^\s*(?:\S{1,3}\s+)?\S+$/;
const vagueNames = /\/(utils?|helpers?|types?|misc|common|shared)\.tsx?$/;

/** A pattern that some files may not contain, and what to do about it. */
interface TextRule {
  readonly pattern: RegExp;
  readonly applies: (path: string) => boolean;
  readonly problem: string;
}

const isTypeScript = (path: string): boolean => /\.tsx?$/.test(path);
const isTest = (path: string): boolean => path.endsWith('.test.ts') || path.startsWith('test/');
const isProduct = (path: string): boolean => isTypeScript(path) && !isTest(path);
/** The checks contain the patterns themselves. */
const isOurs = (path: string): boolean =>
  !path.startsWith('test/src/checks/') && path !== 'package-lock.json';

const rules: readonly TextRule[] = [
  {
    pattern: /(^|[\s"'`(=])\/(home|Users|root|work|tmp|var|opt|usr\/local)\/[A-Za-z0-9]/m,
    applies: (path) => isOurs(path) && !/^(deploy|\.ci)\//.test(path),
    problem: 'an absolute path of one machine; use a relative path or os.tmpdir()',
  },
  {
    pattern: /\b(TODO|FIXME|XXX)\b/,
    applies: isOurs,
    problem: 'a note of unfinished work; finish it or open an issue',
  },
  {
    pattern: /\b(test|it|describe)\.(skip|only|todo)\b|\{[^}]*\b(skip|only|todo):\s*(true|['"`])/,
    applies: (path) => isOurs(path) && isTypeScript(path),
    problem: 'a test that does not run, or keeps others from running',
  },
  {
    pattern: /\bprocess\.env\b/,
    applies: (path) => isProduct(path) && !/(^|\/)config\.ts$/.test(path),
    problem: 'process.env is read in config.ts alone; pass the value on from there',
  },
  {
    pattern: /\b(oxlint|eslint)-(disable|enable)/,
    applies: isOurs,
    problem:
      'a rule turned off in place; list the exception in test/src/checks/exceptions.ts, with its reason',
  },
  {
    pattern: /\bMath\.random\(/,
    applies: (path) => isOurs(path) && isTypeScript(path),
    problem: 'Math.random cannot be replayed; draw from an address with Random of @soar/core',
  },
  {
    pattern: /([:<|]\s*any\b\s*(?=[;,)=\]}|>[&]|$)|\bas any\b|@ts-ignore|@ts-nocheck)/m,
    applies: (path) => isOurs(path) && isTypeScript(path),
    problem: 'no `any` and no silenced type errors; write unknown and narrow it',
  },
];

export function checkHouseStyle(repository: Repository): string[] {
  return repository.files.flatMap((file) => [...checkFile(file), ...checkText(file), ...checkColumns(file)]);
}

function checkFile({ path, text }: SourceFile): string[] {
  if (!isTypeScript(path)) return [];
  const problems: string[] = [];
  if (vagueNames.test(path)) problems.push(`${path}: name the file after the concept in it`);
  const lines = text.split('\n').length - 1;
  if (lines > LINES_MAX) problems.push(`${path}: ${lines} lines, at most ${LINES_MAX}; split it by concept`);
  const index = /(^|\/)index\.ts$/.test(path);
  if (!isTest(path) && !index && !/^(#!.*\n)?\s*(\/\*\*|\/\/)/.test(text)) {
    problems.push(`${path}: begin with a comment: what it is, why, what it is not`);
  }
  return problems;
}

function checkText({ path, text }: SourceFile): string[] {
  return rules.flatMap(({ pattern, applies, problem }) => {
    if (!applies(path)) return [];
    const match = pattern.exec(text);
    if (match === null) return [];
    const line = text.slice(0, match.index).split('\n').length + (match[0].startsWith('\n') ? 1 : 0);
    return [`${path}:${line}: ${problem}`];
  });
}

function checkColumns({ path, text }: SourceFile): string[] {
  if (!proseAndCode.test(path)) return [];
  return text.split('\n').flatMap((line, index) => {
    const columns = [...line].length;
    if (columns <= COLUMNS_MAX || unbreakable.test(line)) return [];
    return [`${path}:${index + 1}: ${columns} columns, at most ${COLUMNS_MAX}; break the line`];
  });
}
