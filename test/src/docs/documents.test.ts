/** The documents against the program: commands, flags, examples. Links are checked by `npm run check`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../repository-root.js';
import { temporaryFolder } from '../temporary-folder.js';
import { commandReference } from './command-reference.js';
import { problemOf } from './documented-commands.js';
import { codeBlocks, documents, examplesIn } from './documents.js';
import { DOCUMENTED_HTTP, matches, testExamples } from './examples.js';
import { flagsOf, serviceNames } from './service-flags.js';
import { commandsIn } from './shell.js';

for (const name of Object.keys(process.env).filter((name) => name.startsWith('SOAR_')))
  delete process.env[name];

const textOf = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');
/** A dated log may name commands that no longer exist. */
const isLog = (path: string): boolean => /^(CHANGELOG\.md|docs\/(experiments|results)\b.*)$/.test(path);
const current = documents.filter(({ path }) => !isLog(path));

test('every command that a document shows would be accepted', () => {
  const blocks = current.flatMap(codeBlocks).filter(({ language }) => language === 'sh');
  assert.ok(blocks.length > 0);
  const problems = blocks.flatMap(({ path, line, text }) =>
    commandsIn(text).flatMap((words) => {
      const problem = problemOf(words);
      return problem === undefined ? [] : [`${path}:${line}: ${words.join(' ')}\n  ${problem}`];
    }),
  );
  assert.deepEqual(problems, []);
});

test('a command that nothing accepts is found', () => {
  const refused = [
    ['npx soar runs watch', /missing required argument 'id'/],
    ['soar run a.yaml --model m --train t --test u --stesp 3', /unknown option '--stesp'/],
    ['npx soar compare --arms nonsense', /Unknown arm "nonsense"/],
    ['npm run nonsense', /no such script/],
    ['node libs/nonsense.js', /no such file/],
    ['node services/trainer/dist/main.js --nonsense 1', /nonsense/],
    ['docker compose run --rm soar runs list --nonsense', /unknown option/],
    ['nonsense', /no program that documents show/],
  ] as const;
  for (const [line, message] of refused) assert.match(problemOf(commandsIn(line)[0]!) ?? '', message, line);
  assert.equal(problemOf(['npx', 'soar', 'runs', 'watch', 'my-run']), undefined);
});

test('docs/commands.md is what the commands print', () => {
  assert.equal(textOf('docs/commands.md'), commandReference(), 'regenerate it with: npm run docs');
});

test('docs/services.md and docs/security.md name every flag of the services', () => {
  const named = new Set(
    `${textOf('docs/services.md')}${textOf('docs/security.md')}`.match(/--[a-z][a-z-]+/g),
  );
  for (const name of serviceNames) {
    const missing = [...flagsOf(name)].filter((flag) => !named.has(flag));
    assert.deepEqual(missing, [], `flags of the ${name}`);
  }
});

test('every flag that a document names in its text exists', () => {
  const known = new Set(commandReference().match(/--[a-z][a-z-]+/g));
  for (const name of serviceNames) for (const flag of flagsOf(name)) known.add(flag);
  const unknown = current.flatMap(({ path, text }) =>
    [...text.matchAll(/`(?:soar [a-z ]*)?(--[a-z][a-z-]+)[^`\n]*`/g)]
      .map(([, flag]) => flag!)
      .filter((flag) => !known.has(flag) && !OTHERS_FLAGS.has(flag))
      .map((flag) => `${path}: ${flag}`),
  );
  assert.deepEqual(unknown, []);
});

/** Flags of npm, node, docker and of this repository's scripts. */
const OTHERS_FLAGS = new Set([
  '--inspect',
  '--key',
  '--kills',
  '--omit-lockfile-registry-resolved',
  '--role',
  '--target',
  '--test',
  '--watch',
]);

test('what a document shows of a file is that file', () => {
  const shown = current.flatMap(({ path, text }) =>
    [...text.matchAll(/^<!-- file: (.+?) -->\s*^```\w*\n([\s\S]*?)^```$/gm)].map(
      ([, file, block]) => [path, file!, block!] as const,
    ),
  );
  assert.ok(shown.length >= 2);
  for (const [path, file, block] of shown) assert.equal(block, textOf(file), `${path}: ${file}`);
});

test('"..." in an example stands for anything, and nothing else does', () => {
  assert.ok(matches('a (12 s)\nb\n', 'a (...)\nb\n'));
  assert.ok(!matches('a (12 s)\nbc\n', 'a (...)\nb\n'));
  assert.ok(!matches('axb\n', 'a.b\n'));
});

testExamples(
  current
    .filter(({ path }) => path !== 'README.md')
    .flatMap(examplesIn)
    .filter(({ text }) => !text.includes(DOCUMENTED_HTTP)), // http-examples.test.ts
  temporaryFolder(),
);
