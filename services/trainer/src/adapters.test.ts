/** Trainings and updates of adapters: what they make, what continues, and what is refused. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Schedule, TrainingState, type AdapterConfig } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { CheckpointRef } from '@soar/store';
import { follow, greedy, problems, sampling, specOf, type SpecInit } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
});
after(() => site.close());

type Adapter = Partial<Pick<AdapterConfig, 'rank' | 'alpha' | 'targets' | 'rslora' | 'dropout'>>;

function adapterSpec(base: CheckpointRef, adapter?: Adapter, more: Partial<SpecInit> = {}): SpecInit {
  const { rl, ...spec } = specOf(base, 3, {
    evaluation: { problems, samplesPerProblem: 4, sampling, random: { seed: 5 } },
    ...more,
  });
  return {
    ...spec,
    rl: { ...rl, kl: { coefficient: 0.001 }, ...(adapter && { adapter }) } as SpecInit['rl'],
  };
}

/** Trains and returns the checkpoint. */
async function trained(id: string, spec: SpecInit, by = trainer): Promise<CheckpointRef> {
  const { run } = await follow(by, id, spec);
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
  const { key, sha256 } = run.result!.checkpoint!;
  return { key, sha256 };
}

test('a training of an adapter makes a folder of the adapter alone, which is sampled as it was evaluated', async () => {
  const spec = adapterSpec(site.characters, { rank: 2 });
  const { run } = await follow(trainer, 'one/student', spec);
  assert.equal(run.state, TrainingState.SUCCEEDED, run.failure?.message);
  const { checkpoint, evaluation, steps } = run.result!;
  assert.ok(steps.some(({ gradientNorm }) => gradientNorm > 0));
  assert.ok(steps.at(-1)!.kl > 0, 'the reference is the base without it');
  const { files } = await site.store.open(checkpoint!);
  assert.deepEqual([...files.keys()].sort(), ['adapter_config.json', 'adapter_model.safetensors']);
  const described = await trainer.client.getCheckpoint({ checkpoint: checkpoint! });
  assert.deepEqual({ ...described.base, $typeName: 0 }, { ...site.characters, $typeName: 0 });
  assert.equal(described.modelType, 'llama');
  const again = await trainer.client.evaluate({
    checkpoint: checkpoint!,
    domain: 'arithmetic',
    spec: spec.evaluation!,
  });
  assert.deepEqual(again.evaluation!.outcomes, evaluation!.outcomes);
  const request = { prompts: ['123+456'], samplesPerPrompt: 8, sampling, random: { seed: 2 } };
  const [own, base] = await Promise.all(
    [checkpoint!, site.characters].map((ref) => trainer.client.generate({ ...request, checkpoint: ref })),
  );
  assert.notDeepEqual(own!.completions, base!.completions);
});

test('equal specifications make equal adapters, whatever the id, the trainer, and what was lost', async () => {
  const spec = adapterSpec(site.characters, { rank: 4, targets: ['q_proj', 'v_proj'], rslora: true });
  const first = await trained('equal/a', spec);
  const other = await site.trainer({ workers: 2 });
  assert.equal((await trained('equal/b', spec, other)).sha256, first.sha256);
  await rm(join(site.folder, 'store', 'equal/a'), { recursive: true });
  assert.deepEqual(await trained('equal/a', spec), first);
  const seeded = await trained('equal/c', { ...spec, random: { seed: 4, path: 'step/0' } });
  assert.notEqual(seeded.sha256, first.sha256);
});

test('a training whose base is an adapter continues it, and keeps naming the weights under it', async () => {
  const first = await trained('continued/1', adapterSpec(site.characters, { rank: 2 }));
  for (const adapter of [undefined, { rank: 2, alpha: 4 }]) {
    const id = `continued/2-${adapter?.rank ?? 'default'}`;
    const second = await trained(id, adapterSpec(first, adapter, { reference: first }));
    const { base } = await trainer.client.getCheckpoint({ checkpoint: second });
    assert.deepEqual([base!.key, base!.sha256], [site.characters.key, site.characters.sha256]);
    assert.notEqual(second.sha256, first.sha256);
  }
});

test('updates of an adapter go on with its optimizer, and are made again bit for bit', async () => {
  const { completions, promptTokenIds } = await trainer.client.generate({
    checkpoint: site.characters,
    prompts: ['1'],
    samplesPerPrompt: 32,
    sampling,
  });
  const request = {
    rollouts: completions.map(({ tokenIds }) => ({
      promptTokenIds: promptTokenIds[0]!.ids,
      tokenIds,
      advantage: tokenIds.includes(1) ? 1 : -1,
    })),
    divisor: 32,
    temperature: 1,
    optimizer: { learningRate: 0.02, schedule: Schedule.CONSTANT },
    kl: { coefficient: 0.001 },
    reference: site.characters,
    adapter: { rank: 4 },
    random: { seed: 3, path: 'teacher' },
  };
  const update = async (id: string, base: CheckpointRef, by = trainer) =>
    (await by.client.updatePolicy({ ...request, id, base })).checkpoint!;
  const first = await update('update/0', site.characters);
  const second = await update('update/1', first);
  const { files } = await site.store.open(second);
  assert.deepEqual([...files.keys()].sort(), [
    'adapter_config.json',
    'adapter_model.safetensors',
    'optimizer.safetensors',
  ]);
  const other = await site.trainer();
  for (const key of ['update/0', 'update/1']) await rm(join(site.folder, 'store', key), { recursive: true });
  const again = await update('update/1', await update('update/0', site.characters, other), other);
  assert.equal(again.sha256, second.sha256);
});

test('what cannot be meant is refused before any work', async () => {
  const base = await trained('refused/base', adapterSpec(site.bytes, { rank: 2 }));
  const cases: [CheckpointRef, Adapter, RegExp][] = [
    [site.bytes, { rank: 0, alpha: 8 }, /rl\.adapter.*rank 0 is no adapter/],
    [site.bytes, { rank: 4, dropout: 0.1 }, /dropout must be 0: rollouts are drawn without it/],
    [site.bytes, { rank: 2000 }, /adapter\.rank/],
    [
      site.bytes,
      { targets: ['qkv_proj'] },
      /adapter\.targets: the model has no linear layers "qkv_proj", it has q_proj/,
    ],
    [
      base,
      { rank: 4 },
      /spec\.rl\.adapter: expected the adapter of base refused\/base \(rank 2, alpha 4 on 14 layers\)/,
    ],
    [base, { rank: 0 }, /which the training continues, got none; leave spec\.rl\.adapter out, or merge/],
  ];
  for (const [from, adapter, message] of cases) {
    await assert.rejects(
      trainer.client.createTrainingRun({ id: 'refused/student', spec: adapterSpec(from, adapter) }),
      (error) =>
        error instanceof UserError && error.reason === 'INVALID_ARGUMENT' && message.test(error.message),
    );
  }
});

test('an adapter whose weights are gone, or are others, is refused by the name of both', async () => {
  const key = 'models/other';
  const weights = await site.store.importFolder(join(site.folder, 'characters'), key);
  const adapter = await trained('lost/student', adapterSpec(weights, { rank: 2 }));
  const evaluate = async (message: RegExp, reason: string): Promise<void> => {
    const fresh = await site.trainer();
    const request = { checkpoint: adapter, prompts: ['1'], samplesPerPrompt: 1, sampling: greedy };
    await assert.rejects(
      fresh.client.generate(request),
      (error) => error instanceof UserError && error.reason === reason && message.test(error.message),
    );
  };
  await rm(join(site.folder, 'store', key), { recursive: true });
  await evaluate(/checkpoint lost\/student: the base of its adapter: .*models\/other/, 'NOT_FOUND');
  await site.store.importFolder(join(site.folder, 'bytes'), key);
  await evaluate(/checkpoint lost\/student: the base of its adapter: .*models\/other/, 'DATA_LOSS');
});
