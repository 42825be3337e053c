/**
 * Mistakes that a user can make, with the real command: one clear message (what, where, what to do), exit code
 * 2, no stack trace, and nothing half-written.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { soarSession } from './soar-session.js';
import { temporaryFolder } from './temporary-folder.js';
import { baseModel, problemLines, tinyRun } from './tiny-run.js';

const folder = temporaryFolder();
const soar = soarSession();
let runs = 0;

interface Change {
  /** Text of the configuration. */
  readonly config?: string;
  /** Text of the train split. */
  readonly train?: string;
  readonly test?: string;
  /** Model folder. */
  readonly model?: string;
}

/** Runs SOAR on the tiny inputs with a change; resolves with the message that it was refused with. */
async function refusal(change: Change): Promise<string> {
  const out = folder.at(`out-${runs++}`);
  const args = tinyRun(folder, out);
  if (change.config !== undefined) folder.write('tiny.yaml', change.config);
  if (change.train !== undefined) folder.write('train.jsonl', change.train);
  if (change.test !== undefined) folder.write('test.jsonl', change.test);
  if (change.model !== undefined) args[args.indexOf('--model') + 1] = change.model;
  return refusalOf(args, out);
}

/** `soar evaluate` refuses a model that its trainer cannot use as a run does, with two services instead of five. */
function modelRefusal(model: string): Promise<string> {
  const out = folder.at(`out-${runs++}`);
  const problems = folder.write('p.jsonl', problemLines(3, 1));
  const args = ['evaluate', '--model', model, '--problems', problems, '--domain', 'arithmetic'];
  return refusalOf([...args, '--artifacts', out], out);
}

/** Runs a command that may leave nothing in `out`; resolves with the message that it was refused with. */
async function refusalOf(args: readonly string[], out: string): Promise<string> {
  const { code, stdout, stderr } = await soar(args, 120_000);
  assert.equal(code, 2, `exit code ${code}\n${stdout}${stderr}`);
  assert.equal(stdout, '');
  assert.doesNotMatch(stderr, /\n\s+at |this is a bug/, 'shows a stack trace');
  assertNothingLeft(out);
  return stderr.replaceAll(`${folder.path}/`, '');
}

/** No run and no half-made artifact: only complete models (with their manifest), logs and databases may remain. */
function assertNothingLeft(out: string): void {
  if (!existsSync(out)) return;
  const known = /^(logs|models|.*\.sqlite.*)$/;
  const isEmptyFolder = (name: string): boolean =>
    name === '.incoming' && readdirSync(join(out, name)).length === 0;
  const names = readdirSync(out).filter((name) => !known.test(name) && !isEmptyFolder(name));
  assert.deepEqual(names, [], 'something was left in the store');
  const models = join(out, 'models');
  for (const name of existsSync(models) ? readdirSync(models) : []) {
    assert.ok(existsSync(join(models, name, 'manifest.json')), `models/${name} has no manifest`);
  }
}

/** A copy of the base model with a change made to it. */
function modelWith(change: (path: (name: string) => string) => void): string {
  const copy = folder.at(`model-${runs++}`);
  cpSync(baseModel, copy, { recursive: true });
  rmSync(join(copy, 'manifest.json'), { force: true });
  change((name) => join(copy, name));
  return copy;
}

const editJson = (path: string, edit: (json: Record<string, unknown>) => void): void => {
  const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  edit(json);
  writeFileSync(path, JSON.stringify(json));
};

test('an unknown field of the configuration is refused with its line and the nearest known one', async () => {
  const message = await refusal({ config: 'preset: quickstart\nouterStep: 3\n' });
  assert.match(message, /tiny\.yaml:2:1: outerStep: unknown field; did you mean outerSteps\?/);
});

test('a malformed value, a value out of range and an unknown domain are refused', async () => {
  const message = await refusal({ config: 'seed: -1\nteacher: { datasets: 1 }\ndomain: maths\n' });
  assert.match(message, /^soar: \d things are wrong with the input\n/);
  assert.match(message, /^ {2}tiny\.yaml:1:7: seed: expected a whole number/m);
  assert.match(message, /^ {2}tiny\.yaml:2:22: teacher\.datasets: /m);
  assert.match(message, /^ {2}tiny\.yaml:3:9: domain: unknown domain "maths"; known: .*math/m);
});

test('a problem file that is empty, malformed or repeats an id is refused with the line', async () => {
  assert.match(await refusal({ train: '' }), /^soar: train\.jsonl: holds no problems/);
  assert.match(await refusal({ train: '{"id": 1\n' }), /^soar: train\.jsonl:1: malformed JSON/);
  assert.match(
    await refusal({ train: problemLines(7, 2) + problemLines(7, 1) }),
    /^soar: train\.jsonl:3: id "p7-0" is already at train\.jsonl:1/,
  );
  assert.match(
    await refusal({ train: problemLines(7), test: problemLines(7) }),
    /^soar: test\.jsonl: id "p7-0".*train\.jsonl/,
  );
});

test('a model folder that is missing or incomplete is refused by name', async () => {
  assert.match(await refusal({ model: folder.at('nowhere') }), /nowhere/);
  const model = modelWith((path) => rmSync(path('model.safetensors')));
  assert.match(await refusal({ model }), /model\.safetensors/);
});

test('a truncated safetensors file is refused', async () => {
  const model = modelWith((path) => truncateSync(path('model.safetensors'), 10_000));
  assert.match(await refusal({ model }), /model\.safetensors/);
});

test('weights that are not finite are refused', async () => {
  const model = modelWith((path) => {
    const bytes = readFileSync(path('model.safetensors'));
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    writeFileSync(path('model.safetensors'), bytes);
  });
  assert.match(await modelRefusal(model), /NaN|not finite/);
});

test('a configuration that does not fit the weights is refused', async () => {
  const model = modelWith((path) => editJson(path('config.json'), (config) => (config['hidden_size'] = 32)));
  assert.match(await refusal({ model }), /expected|shape/);
});

test('a tokenizer that does not fit the model is refused', async () => {
  const model = modelWith((path) =>
    editJson(path('tokenizer.json'), (tokenizer) => {
      const vocabulary = (tokenizer['model'] as { vocab: Record<string, number> }).vocab;
      vocabulary['extra'] = 5000;
    }),
  );
  assert.match(await modelRefusal(model), /tokenizer/);
});

test('a model without room for the prompts is refused before a run is created', async () => {
  const model = modelWith((path) =>
    editJson(path('config.json'), (config) => (config['max_position_embeddings'] = 8)),
  );
  assert.match(
    await refusal({ model }),
    /student\.prompt: the longest prompt has 13 tokens, which leaves no room to answer in the model's 8;/,
  );
});

test('a path that cannot take the result is refused before the work', async () => {
  const file = folder.write('p.jsonl', problemLines(3, 1));
  const store = folder.at('no-results');
  const evaluation = [
    '--model',
    baseModel,
    '--problems',
    file,
    '--domain',
    'arithmetic',
    '--artifacts',
    store,
  ];
  const refused: readonly (readonly [string[], RegExp])[] = [
    [['evaluate', ...evaluation, '--output', folder.path], /: is a folder; name a file/],
    [['evaluate', ...evaluation, '--output', join(file, 'x')], /x cannot be written: /],
    [['screen', ...evaluation, '--out', file], /p\.jsonl: is a file; name another --out/],
    [['pretrain', '--out', join(file, 'base')], /base: cannot be created: /],
    [['demo', '--trace', folder.path, '--out', store], /: is a folder; name a file/],
    [['up', '--trace', folder.path, '--out', store], /: is a folder; name a file/],
    [['demo', '--out', file], /p\.jsonl: a file exists where a folder is expected/],
    [['demo', '--workers', '257', '--out', store], /Expected a whole number from 1 to 256/],
    [['demo', '--id', '../x', '--out', store], /'--id <id>' argument '\.\.\/x' is invalid/],
  ];
  for (const [args, message] of refused) {
    const { code, stdout, stderr } = await soar(args);
    assert.equal(code, 2, `${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
  assert.equal(existsSync(store), false, 'work was started');
});

test('a checkpoint that was changed in the store is refused', async () => {
  const out = folder.at('changed-store');
  const args = ['evaluate', '--model', baseModel, '--problems', folder.write('p.jsonl', problemLines(3, 1))];
  args.push('--domain', 'arithmetic', '--samples', '1', '--max-new-tokens', '32', '--artifacts', out);
  const good = await soar(args, 120_000);
  assert.equal(good.code, 0, good.stderr);
  const [key] = readdirSync(join(out, 'models'));
  const weights = join(out, 'models', key!, 'model.safetensors');
  const bytes = readFileSync(weights);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(weights, bytes);
  const { code, stderr } = await soar(args, 120_000);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /model\.safetensors.*SHA-256/);
});

test('a malformed line of soar verify writes nothing', async () => {
  const input = folder.write('pairs.jsonl', '{"id":"a","gold":"1","response":"1"}\n{"id":"b"}\n');
  const output = folder.at('verdicts.jsonl');
  const { code, stderr } = await soar(['verify', '--input', input, '--output', output]);
  assert.equal(code, 2);
  assert.match(stderr, /pairs\.jsonl:2: gold: expected text, got nothing/);
  assert.equal(existsSync(output), false);
});

test('wrong usage exits with 2 and says what is missing', async () => {
  const { code, stderr } = await soar(['run', 'x.yaml']);
  assert.equal(code, 2);
  assert.match(stderr, /required option '--model <dir>' not specified/);
  assert.equal((await soar(['frobnicate'])).code, 2);
  assert.equal((await soar(['demo', '--seed', '-1'])).code, 2);
});

test('a coordinator that is not reachable is one message', async () => {
  const { code, stderr } = await soar(['runs', 'list', '--coordinator', '127.0.0.1:1']);
  assert.equal(code, 1);
  assert.match(stderr, /127\.0\.0\.1:1: not reachable .*Is the service running there\?/);
});
