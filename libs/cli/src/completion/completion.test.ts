/** Sources each script in its shell and reads the completions that it offers. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createProgram, loadCommands } from '../program.js';
import { bashCompletion } from './bash.js';
import { allCommands, commandTree } from './command-tree.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-completion-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'some models'));
writeFileSync(join(folder, 'some.yaml'), '');
const root = commandTree(createProgram(await loadCommands()));

/** The reason for skipping a shell's test, or false. In continuous integration a missing shell is an error. */
function skipReason(shell: string): string | false {
  if (spawnSync(shell, ['--version']).status === 0) return false;
  if (process.env['CI'] === 'true')
    throw new Error(`${shell} is not installed: .ci/run installs it before the tests`);
  return `${shell} is not installed: its completion was not tested`;
}

function script(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** The completions that a shell prints when it runs `code`. */
function offered(shell: string, code: string): string[] {
  const text = execFileSync(shell, ['-c', code], { cwd: folder, encoding: 'utf8', timeout: 30_000 });
  return text.split('\n').filter((line) => line !== '');
}

const bashScript = script('soar.bash', bashCompletion(root));

function bash(...words: string[]): string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _soar; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return offered('bash', `source '${bashScript}' && complete -p soar >/dev/null && ${ask}`);
}

test('bash completes commands and subcommands', () => {
  assert.deepEqual(bash('soar', 'ru'), ['run', 'runs']);
  assert.deepEqual(bash('soar', 'models', ''), ['import', 'list', 'show', 'export', '--help']);
  assert.ok(bash('soar', '').includes('demo'));
});

test('bash completes the flags of a command, and offers no second command', () => {
  assert.deepEqual(bash('soar', 'runs', 'fork', '--from'), ['--from-step']);
  assert.deepEqual(bash('soar', 'run', '--see'), ['--seed']);
  assert.deepEqual(bash('soar', 'version', ''), ['--json', '--help']);
});

test('bash completes the values of flags: choices, files and folders, but not ids', () => {
  const choices = ['everything', 'forkable', 'results'];
  assert.deepEqual(bash('soar', 'artifacts', 'list', '--keep', ''), choices);
  assert.deepEqual(bash('soar', 'artifacts', 'list', '--keep', '=', 'f'), ['forkable']);
  assert.deepEqual(bash('soar', 'run', '--model', 'some'), ['some models']);
  assert.deepEqual(bash('soar', 'run', 'some'), ['some models', 'some.yaml']);
  assert.deepEqual(bash('soar', 'run', '--id', ''), []);
  assert.deepEqual(bash('soar', 'completion', 'z'), ['zsh']);
});

test('fish completes commands, flags and values', { skip: skipReason('fish') }, () => {
  const path = script('soar.fish', fishCompletion(root));
  const fish = (line: string): string[] =>
    offered('fish', `source '${path}'; complete -C '${line}'`).map((text) => text.split('\t')[0]!);
  assert.deepEqual(fish('soar ru'), ['run', 'runs']);
  assert.deepEqual(fish('soar artifacts list --keep '), ['everything', 'forkable', 'results']);
  assert.deepEqual(fish('soar runs fork --from'), ['--from-step']);
  assert.deepEqual(fish('soar run --model some'), ['some models/']);
  assert.deepEqual(fish('soar completion b'), ['bash']);
});

test('zsh loads its script and registers the completion', { skip: skipReason('zsh') }, () => {
  const path = script('_soar', zshCompletion(root));
  // Without the completion system there is no compdef, so a function in its place checks what is registered.
  offered('zsh', `compdef() { [[ "$*" == '_soar soar' ]] }; source '${path}' && (( $+functions[_soar] ))`);
});

test('every command and flag has help', () => {
  for (const { path, help, flags } of allCommands(root)) {
    assert.notEqual(help, '', `soar ${path}`);
    for (const flag of flags) assert.notEqual(flag.help, '', `soar ${path} ${flag.long}`);
  }
});
