import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  KlPlacement,
  Schedule,
  type MessageInitShape,
  type UpdatePolicyRequestSchema,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { sampling } from './testing/requests.js';
import { openSite, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
});
after(() => site.close());

type Init = Extract<MessageInitShape<typeof UpdatePolicyRequestSchema>, { $typeName?: never }>;

/** Rollouts of one prompt: those that end get advantage 1, the others -1. */
async function requestOf(id: string, more: Partial<Init> = {}): Promise<Init> {
  const { completions, promptTokenIds } = await trainer.client.generate({
    checkpoint: site.characters,
    prompts: ['1'],
    samplesPerPrompt: 64,
    sampling,
    random: { seed: 9, path: 'rollouts' },
  });
  return {
    id,
    base: site.characters,
    rollouts: completions.map(({ tokenIds }) => ({
      promptTokenIds: promptTokenIds[0]!.ids,
      tokenIds,
      advantage: tokenIds.includes(1) ? 1 : -1,
    })),
    divisor: 64,
    temperature: 1,
    optimizer: { learningRate: 0.02, schedule: Schedule.CONSTANT },
    ...more,
  };
}

async function shareThatEnds(checkpoint: { key: string; sha256: string }): Promise<number> {
  const { completions } = await trainer.client.generate({
    checkpoint,
    prompts: ['1'],
    samplesPerPrompt: 128,
    sampling,
  });
  return completions.filter(({ tokenIds }) => tokenIds.includes(1)).length / 128;
}

test('what has a positive advantage becomes more likely, update after update', async () => {
  let checkpoint = site.characters;
  const before = await shareThatEnds(checkpoint);
  for (let i = 0; i < 4; i++) {
    const made = await trainer.client.updatePolicy(
      await requestOf(`up/${i}`, { base: checkpoint, scheduleStep: i, kl: { coefficient: 0.001 } }),
    );
    assert.ok(made.gradientNorm > 0 && Number.isFinite(made.kl));
    assert.equal(made.learningRate, 0.02);
    checkpoint = made.checkpoint!;
    const { files } = await site.store.open(checkpoint);
    assert.ok(files.has('optimizer.safetensors') && !files.has('record.json'));
  }
  const after = await shareThatEnds(checkpoint);
  assert.ok(after > before + 0.1, `${before} before, ${after} after`);
});

test('the optimizer continues where the base left it', async () => {
  const first = await trainer.client.updatePolicy(await requestOf('two/0'));
  const on = await trainer.client.updatePolicy(await requestOf('two/1', { base: first.checkpoint! }));
  const { files } = await site.store.open(on.checkpoint!);
  // The same weights without the optimizer's state give another update.
  const bare = await site.store.put('two/bare', async (folder) => {
    const { cp } = await import('node:fs/promises');
    const { folder: from } = await site.store.open(first.checkpoint!);
    for (const name of ['config.json', 'model.safetensors', 'tokenizer.json'])
      await cp(`${from}/${name}`, `${folder}/${name}`);
  });
  const anew = await trainer.client.updatePolicy(await requestOf('two/2', { base: bare }));
  const other = await site.store.open(anew.checkpoint!);
  assert.notEqual(files.get('model.safetensors')!.sha256, other.files.get('model.safetensors')!.sha256);
});

test('repeating a call returns the first result, whoever calls; another request under the id is refused', async () => {
  const request = await requestOf('once');
  const [one, two] = await Promise.all([
    trainer.client.updatePolicy(request),
    trainer.client.updatePolicy(request),
  ]);
  assert.deepEqual(one, two);
  assert.deepEqual(await trainer.client.updatePolicy(request), one);
  assert.deepEqual(await trainer.client.updatePolicy({ ...request, fencingToken: 2 }), one);
  await assert.rejects(
    trainer.client.updatePolicy({ ...request, divisor: 32 }),
    (error) => error instanceof UserError && error.reason === 'ALREADY_EXISTS',
  );
});

test('an update under an older lease is refused', async () => {
  await site.store.writeFile('taken/over', '', { fencingToken: 3 });
  const request = await requestOf('taken/teacher');
  await assert.rejects(
    trainer.client.updatePolicy({ ...request, fencingToken: 2 }),
    (error) =>
      error instanceof UserError && error.reason === 'FAILED_PRECONDITION' && error.where === 'fencing_token',
  );
  assert.ok((await trainer.client.updatePolicy({ ...request, fencingToken: 3 })).checkpoint);
});

test('without any gradient the weights stay as they are', async () => {
  const request = await requestOf('none');
  const rollouts = request.rollouts!.map(({ promptTokenIds, tokenIds }) => ({
    promptTokenIds: promptTokenIds!,
    tokenIds: tokenIds!,
    advantage: 0,
  }));
  const made = await trainer.client.updatePolicy({ ...request, rollouts });
  assert.equal(made.gradientNorm, 0);
  const weights = async (ref: { key: string; sha256: string }): Promise<Uint8Array> => {
    const { readFile } = await import('node:fs/promises');
    return readFile(`${(await site.store.open(ref)).folder}/model.safetensors`);
  };
  assert.deepEqual(await weights(made.checkpoint!), await weights(site.characters));
});

test('requests without a meaning are refused by field', async () => {
  const refuses = async (more: Partial<Init>, message: RegExp): Promise<void> => {
    await assert.rejects(trainer.client.updatePolicy(await requestOf('refused', more)), (error) => {
      assert.ok(error instanceof UserError && error.reason === 'INVALID_ARGUMENT');
      assert.match(error.message, message);
      return true;
    });
  };
  await refuses({ optimizer: { learningRate: 0.1 } }, /optimizer.horizon_steps: must be set/);
  await refuses({ kl: { coefficient: 1, placement: KlPlacement.REWARD } }, /kl.placement/);
  const rollout = { promptTokenIds: [1], tokenIds: [2], advantage: 1 };
  await refuses(
    { rollouts: [{ ...rollout, tokenIds: [99] }] },
    /rollouts\[0\]: token 99, expected ids below/,
  );
  await refuses({ rollouts: [{ ...rollout, advantage: NaN }] }, /rollouts\[0\].advantage: expected a finite/);
  await refuses(
    { rollouts: [{ ...rollout, tokenIds: new Array<number>(70).fill(3) }] },
    /71 tokens, the model has 64/,
  );
  assert.equal(await site.store.find('refused'), undefined);
});

test('an update with a fencing token that no coordinator was issued is refused, and its run goes on', async () => {
  await site.store.issue(3);
  const made = await requestOf('victim/zz', { fencingToken: 4294967295 });
  await assert.rejects(trainer.client.updatePolicy(made), {
    reason: 'FAILED_PRECONDITION',
    message: /4294967295 was issued by no coordinator that uses this artifact store: the highest is 3/,
  });
  const { checkpoint } = await trainer.client.updatePolicy(
    await requestOf('victim/teacher', { fencingToken: 3 }),
  );
  assert.ok(await site.store.find(checkpoint!.key));
});
