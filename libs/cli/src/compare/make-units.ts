/**
 * Makes the units of a comparison with services that are up: teachers by runs of the coordinator, their questions by
 * the teacher service, students by the trainer. Every id follows from the unit's name, so that what was made before an
 * interruption is found.
 */
import {
  CoordinatorService,
  durationMs,
  type ProposeResponse,
  type Run,
  type RunReport,
  TeacherService,
  TrainerService,
  TrainingState,
  type TrainingRun,
} from '@soar/contracts';
import { InvariantError, Random, UserError } from '@soar/core';
import type { Domain } from '@soar/domains';
import {
  type AskedQuestion,
  cosineKernel,
  diversity,
  type HeldOut,
  type StudentUnit,
  type TeacherUnit,
} from '@soar/experiments';
import { type Client, createClient } from '@soar/grpc-kit';
import type { CheckpointRef } from '@soar/store';
import type { Addresses } from '../supervisor.js';
import { Progress } from '../progress.js';
import { requireSuccess, watchRun } from '../watch-run.js';
import {
  type Inputs,
  QUESTIONS,
  recipeOf,
  type StudentTask,
  teacherConfig,
  type TeacherTask,
} from './plan.js';

/** A day bounds a hang, not the work. */
const WORK_MS_MAX = 24 * 3_600_000;
/** Longest silence of a training's stream, whose heartbeats come every 5 s. */
const SILENCE_MS_MAX = 30_000;
const DATASETS = 8;
/** Held-out evaluations of a student: a learning curve of so many points. */
const EVALUATIONS = 6;

export interface Bench {
  /** Names the comparison: two with other inputs may share an artifact store. */
  readonly tag: string;
  readonly inputs: Inputs;
  readonly domain: Domain;
  readonly base: CheckpointRef;
  readonly signal: AbortSignal;
}

export class UnitMaker {
  private readonly coordinator: Client<typeof CoordinatorService>;
  private readonly teacher: Client<typeof TeacherService>;
  private readonly trainer: Client<typeof TrainerService>;
  private readonly untrained = new Map<number, Promise<HeldOut>>();

  constructor(
    private readonly bench: Bench,
    addresses: Addresses,
  ) {
    this.coordinator = createClient(CoordinatorService, addresses.coordinator);
    this.teacher = createClient(TeacherService, addresses.teacher);
    this.trainer = createClient(TrainerService, addresses.trainer);
  }

  close(): void {
    for (const client of [this.coordinator, this.teacher, this.trainer]) client.close();
  }

  /** Trains a teacher (the base one is not trained) and samples its questions. */
  async makeTeacher(task: TeacherTask): Promise<TeacherUnit> {
    const began = performance.now();
    const report = task.teacher === 'base' ? undefined : (await this.run(task)).report;
    const steps = report?.steps ?? [];
    const proposals = await this.questionsOf(task, steps.at(-1)?.teacher ?? this.bench.base);
    const promotions = this.promotionsOf(report);
    const questions = proposals.datasets
      .flatMap((dataset) => dataset.proposals)
      .map(({ problem }) => this.asked(problem!.question, problem!.answer));
    const promoted = promotions.flatMap((promotion) => promotion.questions);
    const { student, teacher } = this.bench.inputs.config;
    const pairs = teacher!.datasets * student!.repeats;
    return {
      unit: 'teacher',
      teacher: task.teacher,
      teacherSeed: task.seed,
      steps: steps.map((step) => {
        const { score, kinds, correctAnswers } = step;
        if (score === undefined) throw new InvariantError(`compare: step ${step.outerStep} has no score`);
        return {
          step: step.outerStep,
          rewards: score.datasets.map(({ reward }) => reward),
          repeatRewards: score.datasets.map(({ repeatRewards }) => [...repeatRewards]),
          movingAverage: score.movingAverage,
          baselineAccuracy: score.baselineAccuracy,
          kinds: { ...kinds },
          ...(correctAnswers === undefined ? {} : { correctAnswers }),
          ...(score.promotion === undefined ? {} : { promoted: score.promotion.datasetIndex }),
        };
      }),
      promotions,
      questions,
      hiddenDiversity: {
        asked: await this.hiddenDiversity(questions, task),
        ...(promoted.length === 0 ? {} : { promoted: await this.hiddenDiversity(promoted, task) }),
      },
      wellFormed: Math.min(1, QUESTIONS / Math.max(1, proposals.rolloutsSampled)),
      cost: {
        tokens: Number(steps.reduce((sum, { studentTokens }) => sum + studentTokens, 0n)),
        steps: steps.reduce((sum, { innerSteps }) => sum + pairs * innerSteps, 0),
        seconds: report?.timing?.seconds['outer-steps'] ?? (performance.now() - began) / 1000,
        workerSeconds: report?.timing?.seconds['student-workers'] ?? 0,
      },
    };
  }

  /** Trains a student as its arm says, and evaluates it. `teacher`: the unit of its teacher, where it has one. */
  async makeStudent(
    task: StudentTask,
    teacher: TeacherUnit | undefined,
    onStep: (done: number, total: number) => void,
  ): Promise<StudentUnit> {
    const { inputs } = this.bench;
    const recipe = recipeOf(inputs, task.arm, teacher);
    const untrained = await this.untrainedOf(task.studentSeed);
    const common = {
      unit: 'student' as const,
      arm: task.arm,
      ...(task.teacher === undefined ? {} : { teacherSeed: task.teacher.seed }),
      studentSeed: task.studentSeed,
    };
    if (recipe === undefined) {
      const began = performance.now();
      const last = task.arm === 'base' ? untrained : await this.promoted(task, teacher!);
      const seconds = (performance.now() - began) / 1000;
      return { ...common, training: [], heldOut: [last], cost: { tokens: 0, steps: 0, seconds } };
    }
    const { config } = inputs;
    const { run, seconds } = await this.train(task, recipe, onStep);
    const result = run.result!;
    return {
      ...common,
      training: result.steps.map(({ stage, rewardMean, accuracy }) => ({
        stage,
        reward: rewardMean,
        accuracy,
      })),
      heldOut: [
        untrained,
        ...result.evaluations.map(({ stepsDone, evaluation }) =>
          heldOutOf(stepsDone, config.comparison!.samplesPerProblem, evaluation?.outcomes ?? []),
        ),
        heldOutOf(
          result.steps.length,
          config.comparison!.samplesPerProblem,
          result.evaluation?.outcomes ?? [],
        ),
      ],
      cost: {
        tokens: result.steps.reduce((sum, { tokens }) => sum + tokens, 0),
        steps: result.steps.length,
        seconds,
        workerSeconds: run.workerTime === undefined ? 0 : durationMs(run.workerTime) / 1000,
      },
    };
  }

  private async run(task: TeacherTask): Promise<Run> {
    const { inputs, base, signal } = this.bench;
    const problems = (split: Inputs['train']) =>
      split.map(({ id, question, answer }) => ({ id, question, answer }));
    const id = this.runOf(task);
    await this.coordinator.createRun({
      id,
      config: teacherConfig(inputs, task),
      base,
      trainProblems: problems(inputs.train),
      testProblems: problems(inputs.test),
    });
    const { run } = await this.coordinator.getRun({ id });
    if (run?.failure !== undefined && run.failure !== '') await this.coordinator.resumeRun({ id });
    const quiet = new Progress('json', { write: () => true });
    return requireSuccess(await watchRun(this.coordinator, id, quiet, signal), 'run the same command');
  }

  private runOf({ name }: TeacherTask): string {
    return `${name}-${this.bench.tag}`;
  }

  private async questionsOf(task: TeacherTask, checkpoint: CheckpointRef): Promise<ProposeResponse> {
    const { domain, teacher } = this.bench.inputs.config;
    return this.teacher.propose(
      {
        checkpoint,
        domain,
        datasets: DATASETS,
        questionsPerDataset: QUESTIONS / DATASETS,
        sampling: teacher!.sampling!,
        random: { seed: task.seed, path: 'compare/questions' },
        idPrefix: task.name,
      },
      { deadlineMs: WORK_MS_MAX, signal: this.bench.signal },
    );
  }

  /** Vendi score of questions by the base model's mean hidden states. */
  private async hiddenDiversity(asked: readonly AskedQuestion[], { seed }: TeacherTask): Promise<number> {
    const { embeddings } = await this.trainer.embed(
      { checkpoint: this.bench.base, texts: asked.map(({ question }) => question) },
      { deadlineMs: WORK_MS_MAX, signal: this.bench.signal },
    );
    const kernel = cosineKernel(embeddings.map(({ values }) => values));
    return diversity(kernel, Random.of(seed).at('hidden-diversity')).value;
  }

  private promotionsOf(report: RunReport | undefined): TeacherUnit['promotions'] {
    return (report?.promotionQuestions ?? []).map(({ outerStep, reward, questions }) => ({
      step: outerStep,
      reward,
      questions: questions.map(({ question, answer }) => this.asked(question, answer)),
    }));
  }

  /** A question as the oracle judges it, where there is one. */
  private asked(question: string, answer: string): AskedQuestion {
    const { domain } = this.bench;
    const asked = { question, answer, kind: domain.kindOf?.(question) ?? '' };
    if (domain.oracle === undefined) return asked;
    const exact = domain.oracle(question);
    const [right, stated] = [
      exact === undefined ? undefined : domain.parseAnswer(exact),
      domain.parseAnswer(answer),
    ];
    return {
      ...asked,
      wellPosed: exact !== undefined,
      correct: right?.ok === true && stated.ok && right.canonical === stated.canonical,
    };
  }

  /** The promoted student that is best on the train split: the run has left it. */
  private async promoted({ teacher, studentSeed }: StudentTask, unit: TeacherUnit): Promise<HeldOut> {
    if (unit.promotions.length === 0) return this.untrainedOf(studentSeed);
    return this.evaluate({ key: `${this.runOf(teacher!)}/promoted-student`, sha256: '' }, studentSeed);
  }

  private untrainedOf(seed: number): Promise<HeldOut> {
    const known = this.untrained.get(seed) ?? this.evaluate(this.bench.base, seed);
    this.untrained.set(seed, known);
    return known;
  }

  private async evaluate(checkpoint: CheckpointRef, seed: number): Promise<HeldOut> {
    const { config } = this.bench.inputs;
    const { evaluation } = await this.trainer.evaluate(
      { checkpoint, domain: config.domain, spec: this.heldOut(seed) },
      { deadlineMs: WORK_MS_MAX, signal: this.bench.signal },
    );
    return heldOutOf(0, config.comparison!.samplesPerProblem, evaluation?.outcomes ?? []);
  }

  /** The same samples for every student of a seed. */
  private heldOut(seed: number) {
    const { test, config } = this.bench.inputs;
    const { samplesPerProblem, sampling } = config.comparison!;
    return {
      problems: test.map(({ id, question, answer }) => ({ id, question, answer })),
      samplesPerProblem,
      sampling: sampling!,
      random: { seed, path: 'compare/held-out' },
    };
  }

  private async train(
    task: StudentTask,
    { stages, groupSize }: NonNullable<ReturnType<typeof recipeOf>>,
    onStep: (done: number, total: number) => void,
  ): Promise<{ run: TrainingRun; seconds: number }> {
    const { base, inputs, signal } = this.bench;
    const { domain, student } = inputs.config;
    const id = `compare-${this.bench.tag}/${task.name}`;
    const total = stages.reduce((sum, { steps }) => sum + steps, 0);
    await this.trainer.createTrainingRun(
      {
        id,
        spec: {
          base,
          reference: base,
          domain,
          stages: stages.map(({ name, problems, steps }) => ({
            name,
            steps,
            problems: problems.map((problem) => ({
              id: problem.id,
              question: problem.question,
              answer: problem.answer,
            })),
          })),
          rl: { ...student!.rl!, groupSize },
          random: { seed: task.studentSeed, path: 'compare/student' },
          evaluation: this.heldOut(task.studentSeed),
          evaluateEvery: Math.max(1, Math.ceil(total / EVALUATIONS)),
        },
      },
      { signal },
    );
    const options = { signal, deadlineMs: WORK_MS_MAX, idleMs: SILENCE_MS_MAX };
    let [began, last]: [number | undefined, TrainingRun | undefined] = [undefined, undefined];
    for await (const { run, metrics } of this.trainer.watchTrainingRun({ id }, options)) {
      last = run ?? last;
      if (run?.state === TrainingState.RUNNING || metrics !== undefined) began ??= performance.now();
      if (metrics !== undefined) onStep(metrics.step + 1, total);
    }
    if (last?.state !== TrainingState.SUCCEEDED || last.result === undefined) {
      const why = last?.failure?.message ?? `it is ${TrainingState[last?.state ?? 0]}`;
      throw new UserError(`training ${id}: ${why}; run the same command to go on`, 'UNAVAILABLE', id);
    }
    return { run: last, seconds: began === undefined ? 0 : (performance.now() - began) / 1000 };
  }
}

function heldOutOf(
  step: number,
  samples: number,
  outcomes: readonly { readonly correct: number }[],
): HeldOut {
  return { step, samples, correct: outcomes.map(({ correct }) => correct) };
}
