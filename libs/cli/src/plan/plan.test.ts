/** Plans of the shipped model and problems: what they say, what they leave alone, and what they refuse. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { resolvedConfig, runConfigToJson } from '@soar/contracts';
import { readProblems } from '@soar/datasets';
import { quickstartAssets } from '@soar/quickstart';
import { loadRunConfig, presetConfig, presetNames, readRunConfig } from '../run-config.js';
import type { InputSources } from './checked-inputs.js';
import { describeProblem } from './input-problems.js';
import { makePlan, type Plan } from './make-plan.js';
import { configYaml, planJson, planText } from './plan-text.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-plan-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function planOf(
  config: string,
  change: Partial<InputSources> = {},
  artifacts = join(folder, 'runs'),
): Promise<Plan> {
  const path = file('run.yaml', config);
  const { model, train, test } = quickstartAssets;
  const sources: InputSources = {
    config: () => readRunConfig(path),
    model,
    train: () => readProblems(train, { limit: 8 }),
    test: () => readProblems(test, { limit: 8 }),
    trainFiles: [train],
    machine: { workers: 1 },
    ...change,
  };
  return makePlan({ sources, artifacts }, () => undefined);
}

const small =
  'preset: quickstart\nouterSteps: 2\nrewardQuestions: 8\nteacher: { datasets: 2, questionsPerDataset: 2 }\n';

test('a plan has every setting, memory, disk and time, and leaves nothing behind', async () => {
  const plan = await planOf(small);
  assert.deepEqual(plan.problems, []);
  const { memory, compute } = plan.inputs.machine!;
  assert.deepEqual([compute.threads, compute.microBatchTokens, memory.workers], [1, 640, 1]);
  assert.ok(memory.totalBytes > 1e6 && memory.totalBytes < memory.memoryBytes);
  const { least, likely, most } = plan.time!.seconds;
  assert.ok(0 < least && least <= likely && likely <= most, `${least} ${likely} ${most}`);
  assert.ok(plan.time!.rates.student.length.ended > 0, 'the shipped model ends its answers');
  assert.ok(plan.disk!.leastBytes > 1e6 && plan.disk!.freeBytes! > 0);
  assert.deepEqual(readdirSync(folder), ['run.yaml']);
  const json = JSON.stringify(planJson(plan));
  assert.doesNotMatch(json, /UNSPECIFIED/);
  assert.equal((JSON.parse(json) as { canRun: boolean }).canRun, true);
});

test('the text of a plan is a configuration that resolves to the same', async () => {
  const plan = await planOf(small, { machine: undefined });
  const again = await loadRunConfig(file('again.yaml', planText('soar run', plan)));
  rmSync(join(folder, 'again.yaml'));
  assert.deepEqual(runConfigToJson(resolvedConfig(again)), runConfigToJson(plan.config!));
  for (const name of presetNames()) {
    const resolved = resolvedConfig(presetConfig(name));
    const read = await loadRunConfig(file('preset.yaml', configYaml(resolved)));
    rmSync(join(folder, 'preset.yaml'));
    assert.deepEqual(read, resolved);
  }
});

test('all that is wrong is said at once, and nothing is measured', async () => {
  const plan = await planOf('preset: quickstart\nouterStep: 3\ndomain: chess\nrewardQuestions: 9\n', {
    model: join(folder, 'none'),
    test: () => readProblems(quickstartAssets.train, { limit: 3 }),
  });
  assert.equal(plan.time, undefined);
  const shown = plan.problems.map((problem) => describeProblem(problem).replaceAll(`${folder}/`, ''));
  const expected = [
    /^run\.yaml:2:1: outerStep: unknown field; did you mean outerSteps/,
    /^run\.yaml:3:9: domain: unknown domain "chess"; known: arithmetic/,
    /^run\.yaml:4:18: rewardQuestions: 9 reward questions cannot be drawn from 8 train problems/,
    /^none: there is no such model folder/,
    /also in/,
  ];
  assert.equal(shown.length, expected.length, shown.join('\n'));
  expected.forEach((message, i) => assert.match(shown[i]!, message));
});

test('what cannot fit is refused: too little memory, a prompt that is too long, another screening', async () => {
  const memory = await planOf(small, { machine: { workers: 1, memory: 2 ** 20 } });
  assert.match(
    memory.problems[0]!.message,
    /memory: training needs about .* of the 1\.0 MiB for models; raise --memory/,
  );
  assert.ok(!memory.warnings.some((warning) => warning.includes('screened')));
  const warmer = `${small}student: { rl: { sampling: { temperature: 1.5, maxNewTokens: 64 } } }\n`;
  const { warnings } = await planOf(warmer, { machine: { workers: 1, memory: 2 ** 20 } });
  assert.match(
    warnings.join('\n'),
    /were screened at temperature 1, .*; the students sample at temperature 1\.5/,
  );
  const long = '1+'.repeat(3000);
  const prompt = await planOf(`${small}student: { prompt: { text: "${long}{{question}}" } }\n`, {
    allowOtherPrompt: true,
  });
  assert.match(
    describeProblem(prompt.problems[0]!).replace(`${folder}/`, ''),
    /^run\.yaml:5:12: student\.prompt: the longest prompt has \d+ tokens, which leaves no room/,
  );
  const manifest = {
    format: 'soar-screening/1',
    modelSha256: 'b'.repeat(64),
    problemsSha256: 'c'.repeat(64),
    domain: 'arithmetic',
    samples: 8,
    sampling: { temperature: 1, topP: 1, topK: 0, maxNewTokens: 64 },
    seed: 0,
    outcomes: [{ problemId: 'p', samples: 8, correct: 0, ungraded: 0 }],
  };
  file('manifest.json', JSON.stringify(manifest));
  const other = await planOf(small, { trainFiles: [join(folder, 'train.jsonl')] });
  assert.equal(other.problems.length, 1);
  assert.match(other.problems[0]!.message, /this set was screened with the model bbb/);
  assert.equal(other.time, undefined);
});
