/**
 * The comparison at the end of a run (paper, section 4): base, Hard-Only, PS and PQ on the held-out split. recipes.ts
 * says what each trains on.
 *
 * PQ without questions is Hard-Only by definition; the arm then reports Hard-Only's training and checkpoint, and
 * nothing is trained twice. PS is the promoted student with the best greedy accuracy on the train split, the earliest
 * of equals; without a promotion, the base. Arms depend only on the loop's final state, so they run concurrently.
 */
import {
  Arm,
  type ArmReport,
  ArmReportSchema,
  type CheckpointRef,
  create,
  type Evaluation,
  type Problem,
  ProblemSchema,
  RunReportSchema,
  type RunReport,
  type TrainingResult,
  TrainingResultSchema,
} from '@soar/contracts';
import { passAtK as passAtKOfProblem } from '@soar/rl';
import { attributes, measure } from '@soar/telemetry';
import { addresses, parts } from '../journal/addresses.js';
import { evaluateGreedily, evaluateHeldOut } from '../loop/evaluations.js';
import type { LoopState } from '../loop/loop-state.js';
import { budget, isHardOnly, NO_INGREDIENTS, recipeOf, stagesOf } from './recipes.js';
import { armPart } from '../runs/report.js';
import type { RunContext } from '../loop/run-context.js';
import type { Training } from '../loop/run-steps.js';

const ARMS = [
  [Arm.BASE, 'base'],
  [Arm.HARD_ONLY, 'hard-only'],
  [Arm.PROMOTED_STUDENT, 'ps'],
  [Arm.PROMOTION_QUESTIONS, 'pq'],
] as const;

/** What an arm evaluates: a checkpoint and the training that made it. */
interface Candidate {
  readonly checkpoint: CheckpointRef;
  readonly training?: TrainingResult;
}

/** Trains and evaluates the configured arms. `onArm` receives each arm's part of the report. */
export async function endOfRun(
  run: RunContext,
  state: LoopState,
  onArm: (part: RunReport) => void,
): Promise<void> {
  const wanted = run.config.comparison.arms;
  const arms = ARMS.filter(([arm]) => wanted.length === 0 || wanted.includes(arm));
  const shared = new SharedWork(run, state);
  await run.durable.fanOut(arms, async ([, name]) => {
    const part = await run.durable.step(parts.arm(name), RunReportSchema, () =>
      run.traced('arm', name, () => arm(run, name, shared)),
    );
    onArm(part);
  });
}

async function arm(run: RunContext, name: (typeof ARMS)[number][1], shared: SharedWork): Promise<RunReport> {
  const started = run.now();
  const candidate = await shared.candidate(name);
  const trained = run.now();
  const evaluation = await shared.heldOut(candidate.checkpoint, name);
  const seconds = {
    ...(name === 'base' ? {} : { [name]: trained - started }),
    evaluation: run.now() - trained,
  };
  return armPart(armReport(run, name, candidate, evaluation), seconds);
}

function armReport(run: RunContext, name: string, candidate: Candidate, evaluation: Evaluation): ArmReport {
  const { passAt, samplesPerProblem } = run.config.comparison;
  const counts = evaluation.outcomes.map(({ samples, correct }) => ({ samples, correct }));
  const mean = (k: number): number =>
    counts.reduce((sum, { samples, correct }) => sum + passAtKOfProblem(samples, correct, k), 0) /
    counts.length;
  const passAtK = Object.fromEntries([...passAt].sort((a, b) => a - b).map((k) => [k, mean(k)]));
  for (const [k, value] of Object.entries(passAtK)) {
    measure('passAtK', value, {
      [attributes.runId]: run.id,
      [attributes.arm]: name,
      [attributes.k]: Number(k),
    });
  }
  return create(ArmReportSchema, {
    name,
    passAtK,
    problems: counts.length,
    samplesPerProblem,
    checkpoint: candidate.checkpoint,
    trainingSteps: candidate.training?.steps.length ?? 0,
    outcomes: evaluation.outcomes,
    training: candidate.training?.steps ?? [],
  });
}

/** Work that two arms may share; it is done once. */
class SharedWork {
  private readonly trainings = new Map<string, Promise<TrainingResult>>();
  private readonly evaluations = new Map<string, Promise<Evaluation>>();

  constructor(
    private readonly run: RunContext,
    private readonly state: LoopState,
  ) {}

  async candidate(name: (typeof ARMS)[number][1]): Promise<Candidate> {
    switch (name) {
      case 'base':
        return { checkpoint: this.run.base };
      case 'ps':
        return { checkpoint: await promotedStudent(this.run, this.state) };
      case 'hard-only':
        return this.trained('hard-only');
      case 'pq':
        return this.trained(isHardOnly(this.run.config, promoted(this.state)) ? 'hard-only' : 'pq');
    }
  }

  heldOut(checkpoint: CheckpointRef, arm: string): Promise<Evaluation> {
    return once(this.evaluations, checkpoint.key, () => evaluateHeldOut(this.run, checkpoint, arm));
  }

  private async trained(arm: TrainedArm): Promise<Candidate> {
    const training = await once(this.trainings, arm, () => train(this.run, arm, this.state));
    return { checkpoint: training.checkpoint!, training };
  }
}

function once<T>(kept: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const found = kept.get(key) ?? work();
  kept.set(key, found);
  return found;
}

/** The arms in which a fresh student is trained. */
export type TrainedArm = 'hard-only' | 'pq';

/** The training of an arm from the base model, after the outer loop has ended in `state`. */
export function armTraining(run: RunContext, arm: TrainedArm, state: LoopState): Training {
  const { config } = run;
  const ingredients = { ...NO_INGREDIENTS, hard: run.train, promoted: promoted(state) };
  const { stages, rl } = recipeOf(config, arm, ingredients)!;
  return {
    id: `${run.id}/${arm}`,
    spec: {
      base: run.base,
      reference: run.base,
      domain: config.domain,
      stages: stagesOf(stages),
      rl,
      prompt: config.student.prompt,
      random: addresses.arm(config.seed, arm),
    },
  };
}

function train(run: RunContext, arm: TrainedArm, state: LoopState): Promise<TrainingResult> {
  return run.durable.step(arm, TrainingResultSchema, () => {
    const progress = run.track(arm, budget(run.config), 'training steps');
    const { id, spec } = armTraining(run, arm, state);
    return run.services.train(id, spec, { onStepsDone: (done) => progress.update(arm, done) });
  });
}

/** D_best as problems, with the answers that the teacher stated. */
function promoted({ best }: LoopState): Problem[] {
  return best.flatMap(({ questions }) =>
    questions.map(({ id, question, answer }) => create(ProblemSchema, { id, question, answer })),
  );
}

/** PS: the best of the promoted students by greedy accuracy on the train split (paper, section 4.1); else the base. */
export async function promotedStudent(
  run: RunContext,
  { promoted: students }: LoopState,
): Promise<CheckpointRef> {
  let best = { checkpoint: students[0] ?? run.base, correct: -1 };
  if (students.length < 2) return best.checkpoint;
  for (const checkpoint of students) {
    const { outcomes } = await evaluateGreedily(run, checkpoint, run.train);
    const correct = outcomes.reduce((sum, outcome) => sum + outcome.correct, 0);
    if (correct > best.correct) best = { checkpoint, correct };
  }
  return best.checkpoint;
}
