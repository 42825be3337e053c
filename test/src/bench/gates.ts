/**
 * Whether a task gives a teacher an informative reward, checked before any teacher is trained:
 * `npm run bench:gates -- [--model DIR --train FILE --curated FILE] [--datasets N] [--seeds N]`; default: the shipped
 * task.
 *
 * Students of the quickstart preset train for one inner loop from the base model, on
 *
 * - good datasets: curated problems of three operands and more, with right answers. Greedy accuracy on the reward
 *   questions should leave zero, and no single dataset should reach 50 %;
 * - datasets of the untrained teacher, two repeats each. The spread of their true rewards should be at least the noise
 *   between repeats (analysis of variance).
 *
 * Hard-Only, Base-T and the upper bound are arms of `soar compare`. Not a test: nothing fails here.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SamplingConfigSchema, TeacherService, TrainerService, TrainingState, create } from '@soar/contracts';
import { presetConfig } from '@soar/cli/dist/run-config.js';
import { Random } from '@soar/core';
import { type Problem, readProblems } from '@soar/datasets';
import { mean, sd, varianceComponents } from '@soar/experiments';
import { createClient } from '@soar/grpc-kit';
import { openArtifactStore } from '@soar/store';
import { repositoryRoot } from '../repository-root.js';
import { startSoar } from '../soar-command.js';
import { baseModel } from '../tiny-run.js';

const RUN_MS_MAX = 3 * 3_600_000;
const POLL_MS = 500;
const REPEATS = 2;
/** Curated problems with at least this many numbers may help. */
const OPERANDS_MIN = 3;

const assets = join(repositoryRoot, 'libs/quickstart/assets');
const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: baseModel },
    train: { type: 'string', default: join(assets, 'hard/train.jsonl') },
    curated: { type: 'string', default: join(assets, 'curated.jsonl') },
    datasets: { type: 'string', default: '32' },
    seeds: { type: 'string', default: '4' },
  },
});
const { problems: train } = await readProblems(flags.train);
const { problems: curated } = await readProblems(flags.curated);
const { domain, student, teacher, rewardQuestions } = presetConfig('quickstart');
const perDataset = teacher!.questionsPerDataset;

/** `count` of `problems`, drawn at this random address. */
function drawn(problems: readonly Problem[], count: number, ...at: (string | number)[]): Problem[] {
  return Random.of(0)
    .at('gates', ...at)
    .permutation(problems.length)
    .slice(0, count)
    .map((i) => problems[i]!);
}

const plain = ({ id, question, answer }: Problem) => ({ id, question, answer });
const out = mkdtempSync(join(tmpdir(), 'soar-gates-'));
const services = startSoar(['up', '--free-ports', '--json', '--out', out], RUN_MS_MAX);
try {
  const { addresses } = JSON.parse(await services.firstLine) as {
    addresses: { trainer: string; teacher: string };
  };
  const trainer = createClient(TrainerService, addresses.trainer);
  const proposer = createClient(TeacherService, addresses.teacher);
  const base = await (await openArtifactStore(out)).importFolder(flags.model, 'models/base');

  /**
   * Greedy accuracy on reward questions of a student that trained on these problems: its reward, since the base has
   * none right.
   */
  async function reward(name: string, problems: readonly Problem[], seed: number): Promise<number> {
    const id = `gates/${name}`;
    const questions = drawn(train, rewardQuestions, 'reward', seed);
    await trainer.createTrainingRun({
      id,
      spec: {
        base,
        reference: base,
        domain,
        stages: [{ name: 'dataset', problems: problems.map(plain), steps: student!.steps }],
        rl: student!.rl!,
        random: { seed, path: id },
        evaluation: {
          problems: questions.map(plain),
          samplesPerProblem: 1,
          sampling: create(SamplingConfigSchema, { ...student!.rl!.sampling!, temperature: 0 }),
        },
      },
    });
    for (const until = Date.now() + RUN_MS_MAX; Date.now() < until; await sleep(POLL_MS)) {
      const { run } = await trainer.getTrainingRun({ id });
      if (run!.state === TrainingState.SUCCEEDED)
        return mean(run!.result!.evaluation!.outcomes.map(({ correct }) => correct));
      if (run!.failure !== undefined) throw new Error(`${id}: ${run!.failure.message}`);
    }
    throw new Error(`${id}: not done after ${RUN_MS_MAX / 3_600_000} hours`);
  }

  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const shown = (rewards: readonly number[]): string => rewards.map((r) => r.toFixed(2)).join(' ');
  const helpful = curated.filter(({ question }) => question.split(/[-+<>%]/).length >= OPERANDS_MIN);
  const good = await Promise.all(
    Array.from({ length: Number(flags.seeds) }, (_, seed) =>
      reward(`good-${seed}`, drawn(helpful, perDataset, 'good', seed), seed),
    ),
  );
  say(
    `good datasets: R ${shown(good)}; mean ${mean(good).toFixed(3)}, largest ${Math.max(...good).toFixed(3)}`,
  );

  const { datasets } = await proposer.propose(
    {
      checkpoint: base,
      domain,
      datasets: Number(flags.datasets),
      questionsPerDataset: perDataset,
      sampling: teacher!.sampling!,
      random: { seed: 0, path: 'gates/questions' },
      idPrefix: 'gates',
    },
    { deadlineMs: RUN_MS_MAX },
  );
  const rows = await Promise.all(
    datasets.map(({ proposals }, k) =>
      Promise.all(
        Array.from({ length: REPEATS }, (_, j) =>
          reward(
            `base-${k}/${j}`,
            proposals.map(({ problem }) => problem!),
            j,
          ),
        ),
      ),
    ),
  );
  const above = rows.filter((row) => mean(row) > 0).length;
  const components = varianceComponents(rows);
  say(
    `base teacher, ${rows.length} datasets: R above 0 in ${above}, largest ${Math.max(...rows.map(mean)).toFixed(3)}`,
  );
  say(
    `sd of the true R ${Math.sqrt(components?.between ?? NaN).toFixed(4)}, ` +
      `of repeats ${Math.sqrt(components?.within ?? NaN).toFixed(4)}, ` +
      `of the mean R ${(sd(rows.map(mean)) ?? NaN).toFixed(4)}`,
  );
  trainer.close();
  proposer.close();
} finally {
  services.child.kill('SIGTERM');
  await services.ended;
  rmSync(out, { recursive: true, force: true });
}
