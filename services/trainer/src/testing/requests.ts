/** Requests for tests: small, valid, and easy to change. */
import type { CheckpointRef } from '@soar/store';
import { type MessageInitShape, Schedule, type TrainingRun, type TrainingSpecSchema } from '@soar/contracts';
import type { RunningTrainer } from './running-trainer.js';

export const problems = ['123+456', '200+311', '777+111', '050+949'].map((question, i) => ({
  id: `p${i}`,
  question,
  answer: String(i).repeat(3),
}));

export const sampling = { temperature: 1, maxNewTokens: 12 };
export const greedy = { temperature: 0, maxNewTokens: 12 };

/** A specification as a plain object. */
export type SpecInit = Extract<MessageInitShape<typeof TrainingSpecSchema>, { $typeName?: never }>;

/** A training of `steps` steps on four problems: 4 questions x 16 samples a step. */
export function specOf(base: CheckpointRef, steps: number, more: Partial<SpecInit> = {}): SpecInit {
  return {
    base,
    domain: 'arithmetic',
    stages: [{ name: 'synthetic', problems, steps }],
    rl: {
      questionsPerStep: 4,
      groupSize: 16,
      sampling,
      optimizer: { learningRate: 0.02, schedule: Schedule.CONSTANT },
    },
    random: { seed: 3, path: 'step/0' },
    ...more,
  };
}

/** Creates a training and follows it to its end; what every message of the stream had. */
export async function follow({ client }: RunningTrainer, id: string, spec: SpecInit, fencingToken = 0) {
  await client.createTrainingRun({ id, spec, fencingToken });
  const metrics = [];
  let run: TrainingRun | undefined;
  for await (const event of client.watchTrainingRun({ id })) {
    if (event.metrics) metrics.push(event.metrics);
    if (event.run) run = event.run;
  }
  if (run === undefined) throw new Error(`training ${id}: no message of its stream had the run`);
  return { run, metrics };
}
