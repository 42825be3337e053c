/**
 * What training without a teacher comes to on the shipped task: `npm run bench:baselines -- [--seeds N]`. Three recipes from
 * the base model, each with the preset's budget, evaluated on the held-out problems:
 *
 * - Hard-Only: the hard train split alone; Hard-Only 4x: with four times the group (both should stay at the base);
 * - upper bound: curated easier problems first, in the place of a teacher's questions (it should be far above).
 *
 * Not a test: nothing fails here.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ProblemOutcome, TrainerService, TrainingState, type TrainingRun } from '@soar/contracts';
import { presetConfig } from '@soar/cli/dist/run-config.js';
import { createClient } from '@soar/grpc-kit';
import { passAtK } from '@soar/rl';
import { type CheckpointRef, openArtifactStore } from '@soar/store';
import { repositoryRoot } from '../repository-root.js';
import { startSoar } from '../soar-command.js';
import { baseModel } from '../tiny-run.js';

const RUN_MS_MAX = 3 * 3_600_000;
const POLL_MS = 500;

interface Line {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '3' } } });
const assets = join(repositoryRoot, 'libs/quickstart/assets');
const [train, test, curated] = ['hard/train.jsonl', 'hard/test.jsonl', 'curated.jsonl'].map((file) =>
  readFileSync(join(assets, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { id, question, answer } = JSON.parse(line) as Line;
      return { id, question, answer };
    }),
) as [Line[], Line[], Line[]];
const { domain, student, comparison } = presetConfig('quickstart');
const { syntheticSteps, hardSteps, samplesPerProblem, passAt, sampling } = comparison!;
const rl = student!.rl!;
const hard = (steps: number) => ({ name: 'hard', problems: train, steps });
const recipes = [
  ['Hard-Only', [hard(syntheticSteps + hardSteps)], rl],
  ['Hard-Only 4x', [hard(syntheticSteps + hardSteps)], { ...rl, groupSize: 4 * rl.groupSize }],
  ['upper bound', [{ name: 'curated', problems: curated, steps: syntheticSteps }, hard(hardSteps)], rl],
] as const;

const out = mkdtempSync(join(tmpdir(), 'soar-baselines-'));
const services = startSoar(['up', '--free-ports', '--json', '--out', out], RUN_MS_MAX);
try {
  const { addresses } = JSON.parse(await services.firstLine) as { addresses: { trainer: string } };
  const trainer = createClient(TrainerService, addresses.trainer);
  const base = await (await openArtifactStore(out)).importFolder(baseModel, 'models/base');
  const say = (name: string, outcomes: readonly ProblemOutcome[]): void => {
    const mean = (k: number): number =>
      outcomes.reduce((sum, { samples, correct }) => sum + passAtK(samples, correct, k), 0) / outcomes.length;
    const figures = passAt.map((k) => `pass@${k} ${(100 * mean(k)).toFixed(1).padStart(5)} %`);
    process.stdout.write(`${name.padEnd(24)} ${figures.join('   ')}\n`);
  };
  const spec = (seed: number) => ({
    problems: test,
    samplesPerProblem,
    sampling: sampling!,
    random: { seed, path: 'baselines/held-out' },
  });
  const untrained = await trainer.evaluate(
    { checkpoint: base, domain, spec: spec(0) },
    { deadlineMs: RUN_MS_MAX },
  );
  say('base', untrained.evaluation!.outcomes);
  const finished = async (id: string): Promise<TrainingRun> => {
    for (const until = Date.now() + RUN_MS_MAX; Date.now() < until; await sleep(POLL_MS)) {
      const { run } = await trainer.getTrainingRun({ id });
      if (run!.state === TrainingState.SUCCEEDED) return run!;
      if (run!.failure !== undefined) throw new Error(`${id}: ${run!.failure.message}`);
    }
    throw new Error(`${id}: not done after ${RUN_MS_MAX / 3_600_000} hours`);
  };
  const one = async (seed: number, r: number, reference: CheckpointRef): Promise<void> => {
    const [name, stages, settings] = recipes[r]!;
    const id = `baselines/${r}/${seed}`;
    await trainer.createTrainingRun({
      id,
      spec: {
        base: reference,
        reference,
        domain,
        stages: stages.map((stage) => ({ ...stage, problems: [...stage.problems] })),
        rl: settings,
        random: { seed, path: id },
        evaluation: spec(seed),
      },
    });
    say(`${name}, seed ${seed}`, (await finished(id)).result!.evaluation!.outcomes);
  };
  const all = Array.from({ length: Number(values.seeds) }, (_, seed) =>
    recipes.map((_, r) => [seed, r] as const),
  );
  await Promise.all(all.flat().map(([seed, r]) => one(seed, r, base)));
  trainer.close();
} finally {
  services.child.kill('SIGTERM');
  await services.ended;
  rmSync(out, { recursive: true, force: true });
}
