/**
 * The comparison at the end of a run (paper, section 4): base, Hard-Only, PS and PQ on the held-out split.
 *
 * - base: the model as it came.
 * - hard-only: a fresh student, RLOO on the hard train split, for synthetic_steps + hard_steps: PQ's budget.
 * - ps: the promoted student with the best greedy accuracy on the train split (the earliest of equal ones); without a
 *   promotion, the base.
 * - pq: a fresh student. Curriculum: synthetic_steps on D_best, then hard_steps on the hard split. Mixed:
 *   synthetic_steps on both together, then hard_steps on the hard split (the paper mixes throughout). With an empty
 *   D_best, or no synthetic steps, this is Hard-Only by definition; the arm then reports Hard-Only's training and
 *   checkpoint, and nothing is trained twice.
 *
 * Arms depend on nothing but the loop's end, so they run side by side.
 */
import {
  Arm,
  type ArmReport,
  ArmReportSchema,
  type CheckpointRef,
  create,
  CurriculumMode,
  type Evaluation,
  type MessageInitShape,
  type Problem,
  ProblemSchema,
  RunReportSchema,
  type RunReport,
  type TrainingResult,
  TrainingResultSchema,
  type TrainingStageSchema,
} from '@soar/contracts';
import { passAtK as passAtKOfProblem } from '@soar/rl';
import { attributes, measure } from '@soar/telemetry';
import { addresses, parts } from '../journal/addresses.js';
import { evaluateGreedily, evaluateHeldOut } from '../loop/evaluations.js';
import type { LoopState } from '../loop/outer-loop.js';
import { armPart } from '../runs/report.js';
import type { RunContext } from '../loop/run-context.js';
import type { Training } from '../loop/run-steps.js';

const ARMS = [
  [Arm.BASE, 'base'],
  [Arm.HARD_ONLY, 'hard-only'],
  [Arm.PROMOTED_STUDENT, 'ps'],
  [Arm.PROMOTION_QUESTIONS, 'pq'],
] as const;

/** What an arm compares: a checkpoint and how it was made. */
interface Contestant {
  readonly checkpoint: CheckpointRef;
  readonly training?: TrainingResult;
}

type Stages = MessageInitShape<typeof TrainingStageSchema>[];

/** Trains and evaluates the configured arms; `onArm` hears of each as its part is there. */
export async function comparison(
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
  const contestant = await shared.contestant(name);
  const trained = run.now();
  const evaluation = await shared.heldOut(contestant.checkpoint, name);
  const seconds = {
    ...(name === 'base' ? {} : { [name]: trained - started }),
    evaluation: run.now() - trained,
  };
  return armPart(armReport(run, name, contestant, evaluation), seconds);
}

function armReport(run: RunContext, name: string, contestant: Contestant, evaluation: Evaluation): ArmReport {
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
    checkpoint: contestant.checkpoint,
    trainingSteps: contestant.training?.steps.length ?? 0,
    outcomes: evaluation.outcomes,
    training: contestant.training?.steps ?? [],
  });
}

/** Work that two arms may ask for: it is done once, for whoever asks first. */
class SharedWork {
  private readonly trainings = new Map<string, Promise<TrainingResult>>();
  private readonly evaluations = new Map<string, Promise<Evaluation>>();

  constructor(
    private readonly run: RunContext,
    private readonly state: LoopState,
  ) {}

  async contestant(name: (typeof ARMS)[number][1]): Promise<Contestant> {
    switch (name) {
      case 'base':
        return { checkpoint: this.run.base };
      case 'ps':
        return { checkpoint: await promotedStudent(this.run, this.state) };
      case 'hard-only':
        return this.trained('hard-only');
      case 'pq':
        return this.trained(hasSyntheticStage(this.run, this.state) ? 'pq' : 'hard-only');
    }
  }

  heldOut(checkpoint: CheckpointRef, arm: string): Promise<Evaluation> {
    return once(this.evaluations, checkpoint.key, () => evaluateHeldOut(this.run, checkpoint, arm));
  }

  private async trained(recipe: Recipe): Promise<Contestant> {
    const training = await once(this.trainings, recipe, () => train(this.run, recipe, this.state));
    return { checkpoint: training.checkpoint!, training };
  }
}

function once<T>(kept: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const found = kept.get(key) ?? work();
  kept.set(key, found);
  return found;
}

/** How a fresh student is trained, where it is. */
export type Recipe = 'hard-only' | 'pq';

/** The training of an arm from the base model, after the outer loop has ended in `state`. */
export function armTraining(run: RunContext, recipe: Recipe, state: LoopState): Training {
  const { config } = run;
  return {
    id: `${run.id}/${recipe}`,
    spec: {
      base: run.base,
      reference: run.base,
      domain: config.domain,
      stages: recipe === 'pq' ? curriculum(run, state) : hardOnly(run),
      rl: config.student.rl,
      random: addresses.arm(config.seed, recipe),
    },
  };
}

/** Trains an arm. Its steps go into the report. */
function train(run: RunContext, recipe: Recipe, state: LoopState): Promise<TrainingResult> {
  return run.durable.step(recipe, TrainingResultSchema, () => {
    const progress = run.track(recipe, budget(run), 'training steps');
    const { id, spec } = armTraining(run, recipe, state);
    return run.services.train(id, spec, { onStepsDone: (done) => progress.update(recipe, done) });
  });
}

/** Steps of both trained arms. */
function budget({ config: { comparison } }: RunContext): number {
  return comparison.syntheticSteps + comparison.hardSteps;
}

function hasSyntheticStage(run: RunContext, state: LoopState): boolean {
  return state.best.length > 0 && run.config.comparison.syntheticSteps > 0;
}

function hardOnly(run: RunContext): Stages {
  return [{ name: 'hard', problems: [...run.train], steps: budget(run) }];
}

function curriculum(run: RunContext, { best }: LoopState): Stages {
  const { syntheticSteps, hardSteps, mode } = run.config.comparison;
  const synthetic: Problem[] = best.flatMap(({ questions }) =>
    questions.map(({ id, question, answer }) => create(ProblemSchema, { id, question, answer })),
  );
  const first =
    mode === CurriculumMode.MIXED
      ? { name: 'mixed', problems: [...synthetic, ...run.train] }
      : { name: 'synthetic', problems: synthetic };
  return [
    { ...first, steps: syntheticSteps },
    { name: 'hard', problems: [...run.train], steps: hardSteps },
  ];
}

/** PS: the best of the promoted students by greedy accuracy on the train split (paper, section 4.1); else the base. */
export async function promotedStudent(run: RunContext, { promoted }: LoopState): Promise<CheckpointRef> {
  let best = { checkpoint: promoted[0] ?? run.base, correct: -1 };
  if (promoted.length < 2) return best.checkpoint;
  for (const checkpoint of promoted) {
    const { outcomes } = await evaluateGreedily(run, checkpoint, run.train);
    const correct = outcomes.reduce((sum, outcome) => sum + outcome.correct, 0);
    if (correct > best.correct) best = { checkpoint, correct };
  }
  return best.checkpoint;
}
