import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { KlEstimator, Schedule, TrainingState } from '@soar/contracts';
import { UserError, type Reason } from '@soar/core';
import type { CheckpointRef } from '@soar/store';
import { startGradingServer } from './testing/grading-server.js';
import { follow, problems, sampling, specOf, type SpecInit } from './testing/requests.js';
import { openSite, startTrainer, type RunningTrainer, type Site } from './testing/running-trainer.js';

let site: Site;
let trainer: RunningTrainer;
before(async () => {
  site = await openSite();
  trainer = await site.trainer();
});
after(() => site.close());

async function refuses(asked: Promise<unknown>, reason: Reason, message: RegExp): Promise<void> {
  await assert.rejects(asked, (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    assert.equal(error.reason, reason);
    assert.ok(!error.message.includes('\n'), 'one line');
    return true;
  });
}

const train = (spec: SpecInit): Promise<unknown> =>
  trainer.client.createTrainingRun({ id: 'bad/run', spec }).then(() => assert.fail('it was accepted'));

test('a checkpoint that is not there, or is another one, is refused by its key', async () => {
  const missing = { key: 'models/none', sha256: '' };
  await refuses(train(specOf(missing, 1)), 'NOT_FOUND', /models\/none/);
  await refuses(trainer.client.getCheckpoint({ checkpoint: missing }), 'NOT_FOUND', /models\/none/);
  const other = { key: site.characters.key, sha256: 'a'.repeat(64) };
  await refuses(train(specOf(other, 1)), 'DATA_LOSS', /models\/characters.*SHA-256/);
  await refuses(trainer.client.getCheckpoint({ checkpoint: { key: '../x' } }), 'INVALID_ARGUMENT', /key/);
});

test('k1 in the loss is refused, for a student and for a policy', async () => {
  const kl = { coefficient: 0.1, estimator: KlEstimator.K1 };
  const spec = specOf(site.characters, 1);
  const what = /kl\.estimator: k1 in the loss penalises nothing/;
  await refuses(train({ ...spec, rl: { ...spec.rl, kl } } as SpecInit), 'INVALID_ARGUMENT', what);
  const rollouts = [{ promptTokenIds: [1], tokenIds: [2], advantage: 1 }];
  const optimizer = { learningRate: 1e-3, schedule: Schedule.CONSTANT };
  const update = {
    id: 'bad/update',
    base: site.characters,
    rollouts,
    temperature: 1,
    divisor: 1,
    optimizer,
    kl,
  };
  await refuses(trainer.client.updatePolicy(update), 'INVALID_ARGUMENT', what);
});

test('a second set of problems and its share are given together, and its ids are unique', async () => {
  const stage = { name: 'mixed', problems, steps: 1 };
  const spec = (more: object): SpecInit => specOf(site.characters, 1, { stages: [{ ...stage, ...more }] });
  const together = /stages\[0\].*mixed_in and mixed_in_share together/;
  await refuses(train(spec({ mixedIn: problems })), 'INVALID_ARGUMENT', together);
  await refuses(train(spec({ mixedInShare: 0.5 })), 'INVALID_ARGUMENT', together);
  const twice = [problems[0]!, problems[0]!];
  const where = /stages\[0\]\.mixed_in\[1\]: problem "p0": its id is there twice/;
  await refuses(train(spec({ mixedIn: twice, mixedInShare: 0.5 })), 'INVALID_ARGUMENT', where);
});

test('weights that were cut after they were stored are refused by their file', async () => {
  const key = 'models/cut';
  await site.store.importFolder(join(site.folder, 'characters'), key);
  const path = join(site.folder, 'store', key, 'model.safetensors');
  const bytes = await readFile(path);
  await rm(path);
  await writeFile(path, bytes.subarray(0, -10));
  await refuses(train(specOf({ key, sha256: '' }, 1)), 'DATA_LOSS', /model\.safetensors/);
});

/** Imports the character model with one file changed. */
async function imported(
  name: string,
  file: string,
  change: (bytes: Buffer) => Buffer,
): Promise<CheckpointRef> {
  const folder = join(site.folder, name);
  await mkdir(folder);
  await cp(join(site.folder, 'characters'), folder, { recursive: true });
  await writeFile(join(folder, file), change(await readFile(join(folder, file))));
  return site.store.importFolder(folder, `models/${name}`);
}

test('a tokenizer that does not fit the model is refused', async () => {
  const small = await imported('misfit', 'config.json', (bytes) =>
    Buffer.from(bytes.toString().replace(/"vocab_size": \d+/, '"vocab_size": 5')),
  );
  await refuses(train(specOf(small, 1)), 'INVALID_ARGUMENT', /does not fit the model/);
});

test('a model of another kind is refused by the field of its config', async () => {
  const other = await imported('other', 'config.json', (bytes) =>
    Buffer.from(bytes.toString().replace('"model_type": "llama"', '"model_type": "mamba"')),
  );
  await refuses(train(specOf(other, 1)), 'INVALID_ARGUMENT', /config\.json: model_type: .*got "mamba"/);
});

test('weights that are no numbers, cut or absent end the training with the reason, and leave nothing', async () => {
  const fails = async (base: CheckpointRef, reason: Reason, message: RegExp): Promise<void> => {
    const id = `bad/${base.key}`;
    const { run } = await follow(trainer, id, specOf(base, 1));
    assert.equal(run.state, TrainingState.FAILED);
    assert.equal(run.failure!.reason, reason);
    assert.match(run.failure!.message, message);
    assert.equal(await site.store.find(id), undefined);
  };
  const nan = await imported('nan', 'model.safetensors', (bytes) => {
    bytes.writeFloatLE(NaN, bytes.length - 4);
    return bytes;
  });
  await fails(nan, 'NOT_FINITE', /model\.safetensors: tensor .*NaN/);
  const cut = await imported('truncated', 'model.safetensors', (bytes) => bytes.subarray(0, -8));
  await fails(cut, 'DATA_LOSS', /model\.safetensors: truncated/);
});

test('a training that diverges ends with NOT_FINITE and leaves nothing', async () => {
  const spec = specOf(site.characters, 50);
  const optimizer = { learningRate: 1, schedule: 1, weightDecay: 10, gradientClipNorm: 0 };
  const { run } = await follow(trainer, 'bad/diverged', {
    ...spec,
    rl: { ...spec.rl, optimizer },
  } as SpecInit);
  if (run.state === TrainingState.FAILED) {
    assert.equal(run.failure!.reason, 'NOT_FINITE');
    assert.match(run.failure!.message, /lower the learning rate/);
    assert.equal(await site.store.find('bad/diverged'), undefined);
  } else assert.equal(run.state, TrainingState.SUCCEEDED);
});

test('problems are refused by their place: ids that are there twice, text without tokens', async () => {
  const twice = [...problems, problems[1]!];
  await refuses(
    train(specOf(site.characters, 1, { stages: [{ problems: twice, steps: 1 }] })),
    'INVALID_ARGUMENT',
    /spec\.stages\[0\]\.problems\[4\]: problem "p1": its id is there twice/,
  );
  await refuses(
    train(specOf(site.characters, 1, { evaluation: { problems: twice, samplesPerProblem: 1, sampling } })),
    'INVALID_ARGUMENT',
    /spec\.evaluation\.problems\[4\]/,
  );
  const letter = [{ id: 'x', question: 'what?', answer: '1' }];
  await refuses(
    train(specOf(site.characters, 1, { stages: [{ problems: letter, steps: 1 }] })),
    'INVALID_ARGUMENT',
    /problems\[0\]: problem "x"/,
  );
  const long = [{ id: 'x', question: '1+'.repeat(40), answer: '1' }];
  await refuses(
    train(specOf(site.characters, 1, { stages: [{ problems: long, steps: 1 }] })),
    'INVALID_ARGUMENT',
    /leaves no room for an answer in the model's 64 positions/,
  );
  await refuses(train(specOf(site.characters, 1, { stages: [] })), 'INVALID_ARGUMENT', /spec\.stages/);
});

test('sampling that cannot be trained on, and unknown domains, are refused by field', async () => {
  const spec = specOf(site.characters, 1);
  const withSampling = (change: object): SpecInit =>
    ({ ...spec, rl: { ...spec.rl, sampling: { ...sampling, ...change } } }) as SpecInit;
  await refuses(
    train(withSampling({ temperature: 0 })),
    'INVALID_ARGUMENT',
    /spec\.rl\.sampling\.temperature: .* above 0, got 0/,
  );
  await refuses(train(withSampling({ topK: 5 })), 'INVALID_ARGUMENT', /spec\.rl\.sampling\.top_k: .* got 5/);
  await refuses(
    train(withSampling({ topP: 0.9 })),
    'INVALID_ARGUMENT',
    /spec\.rl\.sampling\.top_p: .* got 0\.9/,
  );
  await refuses(
    train({ ...spec, domain: 'poetry' }),
    'NOT_FOUND',
    /"poetry" is unknown; use one of arithmetic/,
  );
  await refuses(
    train({ ...spec, reference: site.bytes, rl: { ...spec.rl, kl: { coefficient: 1 } } } as SpecInit),
    'INVALID_ARGUMENT',
    /reference models\/bytes: vocabulary of 272/,
  );
});

test('a batch that cannot fit into memory ends the training before any work', async () => {
  const small = await site.trainer({ memoryBytes: 150_000 });
  const { run } = await follow(small, 'bad/large', specOf(site.characters, 1));
  assert.equal(run.failure?.reason, 'RESOURCE_EXHAUSTED');
  assert.match(
    run.failure.message,
    /needs about \d.* of memory with the models that it uses, a worker may use/,
  );
  assert.equal(run.result, undefined);
});

test('a verifier that is away is waited for; one that stays away ends the training', async () => {
  const spec = specOf(site.characters, 1);
  const gone = await startGradingServer();
  await gone.stop();
  const impatient = await startTrainer(site.store, gone.address, {}, 300);
  const { run } = await follow(impatient, 'bad/away', spec);
  assert.equal(run.failure?.reason, 'UNAVAILABLE');
  assert.match(run.failure.message, /VerifyBatch.*Is the service running there/);
  const back = await startGradingServer(gone.address);
  // It may be created again: what was down is back.
  const again = await follow(impatient, 'bad/away', spec);
  assert.equal(again.run.state, TrainingState.SUCCEEDED, again.run.failure?.message);
  await impatient.stop();
  await back.stop();
});

test('texts without a token, too many, or longer than the model has positions are refused', async () => {
  const embed = (texts: string[]) => trainer.client.embed({ checkpoint: site.characters, texts });
  await refuses(embed([]), 'INVALID_ARGUMENT', /texts/);
  await refuses(embed(['1', '']), 'INVALID_ARGUMENT', /texts/);
  await refuses(
    embed(['1', '1'.repeat(10_000)]),
    'INVALID_ARGUMENT',
    /texts\[1\]: 10000 tokens, expected 1 to /,
  );
  await refuses(embed(Array<string>(10_001).fill('1')), 'INVALID_ARGUMENT', /texts/);
});
