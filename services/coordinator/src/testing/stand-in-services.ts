/**
 * Services for the tests of the coordinator's own logic: a teacher and a trainer that serve the real contracts over
 * real gRPC and compute next to nothing, and the real metareward over a real ledger. A "model" is a skill, a whole
 * number. Training on dataset k of an outer step adds k to it, and a problem is solved when its number is below the
 * skill. The whole system with real models is tested in test/.
 *
 * Every call passes `onCall` twice, before and after its effect, so that a test can interrupt at any moment.
 */
import {
  type Build,
  BuildService,
  type CheckpointRef,
  type ComputeConfig,
  type Evaluation,
  type EvaluationSpec,
  MetaRewardService,
  TeacherService,
  TrainerService,
  type TrainingRun,
  type TrainingSpec,
  TrainingRunSchema,
  TrainingState,
  create,
  EvaluationSchema,
} from '@soar/contracts';
import { InvariantError, UserError } from '@soar/core';
import { type RunningServer, service, type Service, type ServiceImpl, startServer } from '@soar/grpc-kit';
import { RewardLedger } from '@soar/metareward/dist/ledger.js';
import { metaRewardRoutes } from '@soar/metareward/dist/routes.js';
import type { ArtifactStore, Ledger } from '@soar/store';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Moment = 'before' | 'after';

export class StandInServices {
  /** Calls in the order in which they came: "Propose step/0/propose", "CreateTrainingRun run-1/hard-only". */
  readonly calls: string[] = [];
  /** How often each training was done: more than once is a bug. */
  readonly worked = new Map<string, number>();
  readonly cancelled: string[] = [];
  /** Version of the domain that each kind of call came with; '' without one. */
  readonly domainVersions = new Map<string, string>();
  /** Called before and after the effect of every call. May wait or throw. */
  onCall: (call: string, moment: Moment, signal: AbortSignal) => Promise<void> | void = () => undefined;
  /** Skill that a training adds: repeat j on dataset k of outer step t. */
  gain: (k: number, j: number, t: number) => number = (k) => k;
  /** The question of a proposal. */
  asks: (k: number, i: number, path: string) => string = (k, i) => `10${k}+20${i}`;
  /** What most samples answer, and how many. */
  votes: (question: string, samples: number) => { answer: string; samples: number } = (_, samples) => ({
    answer: '777',
    samples: samples / 2,
  });
  /** Sampled tokens that every training step reports. */
  tokensAStep = 0;
  /** What each training was asked for, by its id. */
  readonly specs = new Map<string, TrainingSpec>();
  /** What build teacher, trainer and metareward say that they are; default: none, as of versions before 0.2.0. */
  build: Build | undefined;
  /** Whether models are written to the store; benchmarks of the coordinator do not need them. */
  writesArtifacts = true;
  private readonly skills = new Map<string, number>();
  private readonly trainings = new Map<string, Promise<TrainingRun>>();
  private server: RunningServer | undefined;

  constructor(private readonly store: ArtifactStore) {}

  get address(): string {
    return this.server!.address;
  }

  /** Serves teacher and trainer, and metareward over `ledger`. */
  async start(ledger: Ledger, listen = '127.0.0.1:0'): Promise<void> {
    this.server = await startServer({
      listen,
      services: [this.teacher(), this.trainer(), this.metareward(ledger), this.buildRoutes()],
      build: this.serverBuild(),
      drainMs: 10,
    });
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  /**
   * Another trainer over the same store, on its own port. `work`: what each training there waits for; default: nothing.
   * `build`: what it says that it is; default: as the others.
   */
  replica(listen = '127.0.0.1:0', work?: () => Promise<void>, build?: Build): Promise<RunningServer> {
    return startServer({
      listen,
      services: [this.trainer(work), this.buildRoutes(build)],
      build: this.serverBuild(build),
      drainMs: 10,
      log: () => undefined,
    });
  }

  private buildRoutes(build?: Build): Service {
    return service(BuildService, {
      getBuild: async () => {
        const own = build ?? this.build;
        return own === undefined ? {} : { build: own };
      },
    });
  }

  /** The trainer's part of it alone: the three services are one server here. */
  private serverBuild(build?: Build) {
    const fingerprint = (): string => (build ?? this.build)?.fingerprint ?? '';
    return {
      service: 'trainer',
      get fingerprint(): string {
        return fingerprint();
      },
    };
  }

  /** Puts a model into the store. */
  async model(key: string, skill: number): Promise<CheckpointRef> {
    const none = { key, sha256: '0'.repeat(64) };
    const ref = !this.writesArtifacts
      ? none
      : await this.store.put(key, (folder) =>
          // As in a real one, the name is no part of the content.
          writeFile(join(folder, 'config.json'), JSON.stringify({ skill })),
        );
    this.skills.set(key, skill);
    return { $typeName: 'soar.common.v1.CheckpointRef', ...ref };
  }

  /** Refuses a damaged or missing checkpoint, as a real trainer does when it opens one. */
  private async whole(ref: CheckpointRef): Promise<void> {
    if (!this.writesArtifacts) return;
    const { folder } = await this.store.open(ref);
    if (this.skills.has(ref.key)) return;
    // A copy that the coordinator has made: a promoted student.
    const { skill } = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as { skill: number };
    this.skills.set(ref.key, skill);
  }

  /** Removes a damaged or missing artifact; true if there is no intact one. */
  private async discardDamaged(id: string): Promise<boolean> {
    if (!this.writesArtifacts) return false;
    try {
      await this.store.open({ key: id, sha256: '' });
      return false;
    } catch {
      await this.store.remove(id);
      return true;
    }
  }

  private async around<T>(call: string, signal: AbortSignal, effect: () => Promise<T> | T): Promise<T> {
    this.calls.push(call);
    await this.onCall(call, 'before', signal);
    const result = await effect();
    await this.onCall(call, 'after', signal);
    return result;
  }

  teacher() {
    return service(TeacherService, {
      propose: (request, { signal }) =>
        this.around(`Propose ${request.random!.path}`, signal, async () => {
          this.domainVersions.set('Propose', request.domainDefinition?.version ?? '');
          await this.whole(request.checkpoint!);
          return {
            datasets: Array.from({ length: request.datasets }, (_, k) => ({
              index: k,
              proposals: Array.from({ length: request.questionsPerDataset }, (_, i) => ({
                problem: {
                  id: `${request.idPrefix}/${k}/${i}`,
                  question: this.asks(k, i, request.random!.path),
                  answer: i === 0 ? '000' : `30${k + i}`,
                },
                tokenIds: [1, 2],
                logprobs: [-0.5, -0.25],
              })),
            })),
            promptTokenIds: [7],
            rolloutsSampled: 2 * request.datasets * request.questionsPerDataset,
            rejections: { 'no answer': request.datasets * request.questionsPerDataset },
          };
        }),
      sampleProposals: () => {
        throw new InvariantError('stand-in: no run samples proposals to look at');
      },
      update: (request, { signal }) =>
        this.around(`Update ${request.id}`, signal, async () => {
          await this.whole(request.checkpoint!);
          await this.discardDamaged(request.id);
          const checkpoint = await this.model(request.id, 0);
          return { checkpoint, gradientNorm: Math.hypot(...request.advantages), learningRate: 1e-3, kl: 0 };
        }),
    });
  }

  private trainer(work: () => Promise<void> = () => Promise.resolve()) {
    const unused = () => Promise.reject(new UserError('no test calls this', 'INTERNAL'));
    return service(TrainerService, {
      getCheckpoint: ({ checkpoint }, { signal }) =>
        this.around(`GetCheckpoint ${checkpoint!.key}`, signal, async () => ({
          checkpoint: (await this.store.open(checkpoint!)).ref,
        })),
      evaluate: ({ checkpoint, spec, domainDefinition, votes }, { signal }) =>
        this.around(`Evaluate ${checkpoint!.key} ${spec!.samplesPerProblem}`, signal, async () => {
          this.domainVersions.set('Evaluate', domainDefinition?.version ?? '');
          await this.whole(checkpoint!);
          const voted = votes ? spec!.problems : [];
          return {
            evaluation: this.evaluation(checkpoint!, spec!),
            tokens: BigInt(100 * voted.length),
            votes: voted.map(({ id, question }) => ({
              problemId: id,
              ...this.votes(question, spec!.samplesPerProblem),
            })),
          };
        }),
      createTrainingRun: ({ id, spec }, { signal }) =>
        this.around(`CreateTrainingRun ${id}`, signal, async () => {
          this.domainVersions.set('CreateTrainingRun', spec!.domainDefinition?.version ?? '');
          await this.whole(spec!.base!);
          const known = await this.trainings.get(id);
          if (known !== undefined && !(await this.discardDamaged(id))) return { run: known };
          const training = this.train(id, spec!);
          this.trainings.set(id, training);
          const { stepsTotal } = await training;
          return { run: { id, state: TrainingState.QUEUED, stepsTotal } };
        }),
      watchTrainingRun: ({ id }, { signal }) => this.watch(id, signal, work),
      listTrainingRuns: async ({ idPrefix }) => ({
        runs: [...this.trainings.keys()]
          .filter((id) => id.startsWith(idPrefix))
          .map((id) => ({ id, state: TrainingState.RUNNING })),
      }),
      cancelTrainingRun: async ({ id }) => {
        this.cancelled.push(id);
        return { run: { id, state: TrainingState.CANCELLED } };
      },
      planCompute: ({ compute, works }) => this.plan(compute, works.length),
      getTrainingRun: unused,
      updatePolicy: unused,
      embed: ({ checkpoint, texts }, { signal }) =>
        this.around(`Embed ${checkpoint!.key}`, signal, () => ({
          embeddings: texts.map((text) => ({
            values: [text.length, ...Buffer.from(text.padEnd(8)).subarray(0, 8)],
          })),
        })),
      generate: unused,
      score: unused,
      listCheckpoints: unused,
      streamGenerate: async function* () {
        yield await unused();
      },
    });
  }

  /** Every work fits as it is asked for; no model is large. */
  plan(compute: ComputeConfig | undefined, works: number) {
    const { threads = 0, microBatchTokens = 0, recompute = false } = compute ?? {};
    return Promise.resolve({
      compute: { threads: threads || 1, microBatchTokens: microBatchTokens || 640, recompute },
      adapters: Array.from({ length: works }, () => ({ rank: 0 })),
    });
  }

  async train(id: string, spec: TrainingSpec): Promise<TrainingRun> {
    this.worked.set(id, (this.worked.get(id) ?? 0) + 1);
    this.specs.set(id, spec);
    const student = /step-(\d+)\/dataset-(\d+)\/repeat-(\d+)$/.exec(id);
    const [t, k, j] = student === null ? [0, 0, 0] : student.slice(1).map(Number);
    const checkpoint = await this.model(id, this.skill(spec.base!) + this.gain(k!, j!, t!));
    // By a stopping rule, every training has levelled off with its first step.
    const { scoreSteps = 0 } = spec.stopping ?? {};
    const stop = scoreSteps > 0 && { stopStep: 0 };
    const stepsMax = scoreSteps > 0 ? 1 + scoreSteps : Infinity;
    const all = spec.stages.flatMap(({ name, steps }) => Array<string>(steps).fill(name));
    const steps = all.slice(0, stepsMax);
    return create(TrainingRunSchema, {
      id,
      state: TrainingState.SUCCEEDED,
      stepsDone: steps.length,
      stepsTotal: all.length,
      result: {
        checkpoint,
        ...(stop ? stop : undefined),
        steps: steps.map((stage, step) => ({ step, stage, tokens: this.tokensAStep })),
        ...(spec.evaluation === undefined
          ? {}
          : { evaluation: this.evaluation(checkpoint, spec.evaluation) }),
      },
    });
  }

  private async *watch(id: string, signal: AbortSignal, work: () => Promise<void>) {
    const run = await this.trainings.get(id);
    if (run === undefined) throw new UserError(`there is no training ${id}`, 'NOT_FOUND');
    await this.around(`WatchTrainingRun ${id}`, signal, () => undefined);
    await work();
    yield { metrics: { step: 0 } };
    yield {};
    yield { run };
  }

  /** The real metareward, whose calls pass `onCall` like the others. */
  private metareward(ledger: Ledger): Service {
    const { handlers } = metaRewardRoutes(new RewardLedger(ledger));
    const { scoreStep, ...others } = handlers as ServiceImpl<typeof MetaRewardService>;
    return service(MetaRewardService, {
      ...others,
      scoreStep: (request, context) =>
        this.around(`ScoreStep ${request.runId} ${request.outerStep}`, context.signal, () =>
          scoreStep(request, context),
        ),
    });
  }

  evaluation(checkpoint: CheckpointRef, spec: EvaluationSpec): Evaluation {
    const skill = this.skill(checkpoint);
    return create(EvaluationSchema, {
      checkpoint,
      outcomes: spec.problems.map(({ id }) => ({
        problemId: id,
        samples: spec.samplesPerProblem,
        correct: Number(/\d+$/.exec(id)![0]) < skill ? spec.samplesPerProblem : 0,
      })),
    });
  }

  private skill({ key }: CheckpointRef): number {
    const skill = this.skills.get(key);
    if (skill === undefined) throw new UserError(`there is no checkpoint ${key}`, 'NOT_FOUND');
    return skill;
  }
}
