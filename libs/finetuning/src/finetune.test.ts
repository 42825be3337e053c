/** Losses as PyTorch has them, and a work that is resumed, found and refused. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { finetune } from './finetune.js';
import { contentOf, makeModel, recording, requestFor, testdata } from './testing.fixture.js';

const scratch = mkdtempSync(join(tmpdir(), 'soar-finetuning-'));
after(() => rmSync(scratch, { recursive: true }));

/** Made with transformers and PyTorch (testdata/make_finetune_fixture.py). */
const reference = JSON.parse(readFileSync(join(testdata, 'reference.json'), 'utf8')) as {
  readonly learningRate: number;
  readonly losses: readonly number[];
  readonly heldOutLosses: readonly number[];
};
const near = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) < 2e-5, `${got}, expected ${expected}`);
const small = { steps: 5, batchSize: 2, evaluateEvery: 2, learningRate: 1e-2 } as const;
const adapter = { rank: 2, alpha: 8 } as const;

test('losses and held-out losses of full-batch steps are those of PyTorch', async () => {
  const steps = reference.losses.length;
  const { learningRate } = reference;
  const settings = {
    steps,
    batchSize: 6,
    learningRate,
    schedule: 'constant',
    warmupSteps: 0,
    evaluateEvery: 1,
  } as const;
  const { measurements } = await finetune(requestFor(makeModel(scratch), settings), recording().options);
  assert.deepEqual(
    measurements.map(({ step }) => step),
    Array.from({ length: steps + 1 }, (_, i) => i),
  );
  measurements.forEach(({ heldOutLoss }, i) => near(heldOutLoss!, reference.heldOutLosses[i]!));
  measurements.slice(1).forEach(({ loss }, i) => near(loss!, reference.losses[i]!));
});

test('an adapter is trained, and written as peft does with the model that it belongs to', async () => {
  const place = makeModel(scratch);
  const { measurements } = await finetune(
    requestFor(place, { ...small, steps: 20, adapter }),
    recording().options,
  );
  assert.deepEqual(readdirSync(place.out).sort(), [
    'adapter_config.json',
    'adapter_model.safetensors',
    'finetuning.json',
  ]);
  const config = JSON.parse(readFileSync(join(place.out, 'adapter_config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  assert.deepEqual(
    [config['base_model_name_or_path'], config['r'], config['lora_alpha']],
    [place.folder, 2, 8],
  );
  assert.ok(measurements.at(-1)!.loss! < measurements[1]!.loss! - 0.2, JSON.stringify(measurements));
  // It is trained further as it is.
  const more = {
    ...requestFor(place, small),
    model: { folder: place.out, base: place.folder },
    out: `${place.out}-2`,
  };
  const again = await finetune(more, recording().options);
  near(again.measurements[0]!.heldOutLoss!, measurements.at(-1)!.heldOutLoss!);
});

for (const [name, how] of [
  ['all weights', {}],
  ['an adapter', { adapter }],
] as const) {
  test(`a work that is stopped, or killed, is resumed to the same bytes: ${name}`, async () => {
    const place = makeModel(scratch);
    const request = requestFor(place, { ...small, ...how, saveEvery: 2 });
    const undisturbed = `${place.out}-undisturbed`;
    const whole = recording();
    await finetune({ ...request, out: undisturbed }, whole.options);

    const stop = new AbortController();
    const onStep = ({ step }: { step: number }): void => void (step === 1 && stop.abort());
    await assert.rejects(finetune(request, recording({ signal: stop.signal, onStep }).options), /abort/);
    assert.ok(!existsSync(place.out));

    // An error at step 3 stands for a kill: the last checkpoint is that of step 2.
    const killed = recording({
      onStep: ({ step }) => {
        if (step === 3) throw new Error('killed');
      },
    });
    await assert.rejects(finetune(request, killed.options), /killed/);
    assert.deepEqual(killed.resumedFrom, [1]);
    mkdirSync(join(`${place.out}.partial`, 'step-4.partial')); // half a checkpoint

    const rest = recording();
    const { measurements } = await finetune({ ...request, saveEvery: 1 }, rest.options);
    assert.deepEqual(rest.resumedFrom, [2]);
    assert.deepEqual(measurements, whole.measured);
    assert.deepEqual(contentOf(place.out), contentOf(undisturbed));
    assert.ok(!existsSync(`${place.out}.partial`));
  });
}

test('what was made is found again, and another plan or folder is refused before any work', async () => {
  const place = makeModel(scratch);
  const request = requestFor(place, small);
  const made = await finetune(request, recording().options);
  const never = recording({ onPlan: () => assert.fail('began') }).options;
  assert.deepEqual(await finetune(request, never), made);
  await assert.rejects(
    finetune({ ...request, batchSize: 3 }, never),
    /another fine-tuning \(batchSize: 2, now 3\)/,
  );
  await assert.rejects(finetune({ ...request, out: place.folder }, never), /exists already; name a folder/);
  // A kill between the last rename and the removal of the working folder leaves the folder.
  mkdirSync(`${place.out}.partial`);
  writeFileSync(join(`${place.out}.partial`, 'plan.json'), JSON.stringify(made.plan));
  assert.deepEqual(await finetune(request, never), made);
  assert.deepEqual(readdirSync(join(place.out, '..')).sort(), ['model', 'out']);
});

test('an unfinished work is resumed by its own plan alone, and by one process at a time', async () => {
  const place = makeModel(scratch);
  const request = requestFor(place, small);
  const failing = recording({ onStep: () => assert.fail('stopped') }).options;
  await assert.rejects(finetune(request, failing), /stopped/);
  await assert.rejects(
    finetune({ ...request, seed: 1, steps: 6 }, failing),
    /differs \(steps: 5, now 6; seed: 0, now 1\)/,
  );
  const plan = join(`${place.out}.partial`, 'plan.json');
  const whole = readFileSync(plan);
  for (const damaged of ['{"steps": 5', '{}', 'null']) {
    writeFileSync(plan, damaged);
    await assert.rejects(finetune(request, failing), /plan\.json: .*; remove .*\.partial to begin anew/);
  }
  writeFileSync(plan, whole);
  writeFileSync(join(`${place.out}.partial`, 'process-id'), String(process.ppid));
  await assert.rejects(
    finetune(request, failing),
    new RegExp(`process ${process.ppid} works on this fine-tuning`),
  );
});

test('bad input is refused before any work, and nothing is left of it', async () => {
  const place = makeModel(scratch);
  const request = requestFor(place, small);
  const never = recording({ onPlan: () => assert.fail('began') }).options;
  await assert.rejects(
    finetune({ ...request, maxLength: 65 }, never),
    /--max-length 65: the model has 64 positions/,
  );
  await assert.rejects(finetune({ ...request, maxLength: 4 }, never), /all 6 rows are longer than 4 tokens/);
  await assert.rejects(
    finetune({ ...request, memoryBytes: 2 ** 10 }, never),
    /memory: training needs about .* use shorter texts \(now \d+ tokens\)/,
  );
  assert.deepEqual(readdirSync(join(place.out, '..')), ['model']);
});
