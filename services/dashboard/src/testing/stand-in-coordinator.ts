/**
 * A coordinator for the tests of the page: the real contracts over real gRPC, with a run of as many steps and as
 * hostile texts as a test wants. Whole runs with the real coordinator are in test/.
 */
import {
  ComparisonService,
  CoordinatorService,
  create,
  type OuterStepReport,
  OuterStepReportSchema,
  type Run,
  RunSchema,
  RunState,
  timestampFromMs,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { type RunningServer, service, startServer } from '@soar/grpc-kit';

/** A text that would run, load or restyle something if it ever became markup. */
export const HOSTILE =
  '</script><script>globalThis.hacked = 1</script><img src=x onerror="globalThis.hacked = 1">' +
  '<style>*{display:none}</style>';

export class StandInCoordinator {
  /** Calls that change something: "pauseRun x". */
  readonly steered: string[] = [];
  readonly runs = new Map<string, Run>();
  private server: RunningServer | undefined;

  get address(): string {
    return this.server!.address;
  }

  async start(listen = '127.0.0.1:0'): Promise<void> {
    this.server = await startServer({
      listen,
      services: [this.coordinator(), comparisons()],
      drainMs: 10,
      log: () => undefined,
    });
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  /** Adds a run of `steps` finished outer steps. */
  add(id: string, steps: number, state = RunState.RUNNING, kind = 'sum'): void {
    this.runs.set(
      id,
      create(RunSchema, {
        id,
        state,
        config: { domain: kind, outerSteps: 2 * steps, promotion: { tau: 0.01, window: 3 } },
        outerStepsDone: steps,
        failure: state === RunState.FAILED ? kind : '',
        createTime: timestampFromMs(1_700_000_000_000),
        report: {
          runId: id,
          steps: Array.from({ length: steps }, (_, step) => stepOf(step, kind)),
          timing: { seconds: { 'outer-steps': steps } },
        },
      }),
    );
  }

  private need(id: string): Run {
    const run = this.runs.get(id);
    if (run === undefined) throw new UserError(`there is no run "${id}"`, 'NOT_FOUND', 'id');
    return run;
  }

  private coordinator() {
    const steer = (name: string, id: string) => {
      this.steered.push(`${name} ${id}`);
      return Promise.resolve({ run: this.need(id) });
    };
    return service(CoordinatorService, {
      createRun: refuse,
      forkRun: refuse,
      sweepArtifacts: refuse,
      listArtifacts: refuse,
      getRun: async ({ id }) => ({ run: this.need(id) }),
      listRuns: async () => ({
        runs: [...this.runs.values()].map((run) => create(RunSchema, { ...run, report: undefined! })),
      }),
      watchRun: ({ id }, { signal, draining }) => this.watch(id, AbortSignal.any([signal, draining])),
      pauseRun: ({ id }) => steer('pauseRun', id),
      resumeRun: ({ id }) => steer('resumeRun', id),
      cancelRun: ({ id }) => steer('cancelRun', id),
      listProposals: async ({ id, outerStep }) => {
        const kind = this.need(id).config!.domain;
        const texts = [`What is 1 + ${outerStep}? ${kind}`, 'Line one\nline two'];
        return {
          questions: texts.map((question, i) => ({
            id: `step-${outerStep}/${i % 2}/${i}`,
            question,
            answer: `${kind} ${i}`,
          })),
          verdicts: texts.map((_, i) => ({ kind, wellPosed: true, correct: i === 0 })),
        };
      },
    });
  }

  private async *watch(id: string, ending: AbortSignal): AsyncIterable<{ run?: Run }> {
    const run = this.need(id);
    yield { run };
    if (run.state !== RunState.RUNNING) return;
    await new Promise<void>((resolve) => {
      ending.addEventListener('abort', () => resolve(), { once: true });
      if (ending.aborted) resolve();
    });
    throw new UserError('the coordinator is stopping; watch it again', 'UNAVAILABLE');
  }
}

function comparisons() {
  return service(ComparisonService, {
    createComparison: refuse,
    extendComparison: refuse,
    getComparison: refuse,
    listComparisons: () => Promise.resolve({ comparisons: [] }),
    listComparisonUnits: refuse,
    watchComparison: () => refuse(),
    pauseComparison: refuse,
    resumeComparison: refuse,
    cancelComparison: refuse,
  });
}

function refuse(): never {
  throw new UserError('the stand-in coordinator does not do this', 'FAILED_PRECONDITION');
}

function stepOf(outerStep: number, kind: string): OuterStepReport {
  const meanReward = Math.sin(outerStep / 40) / 10;
  return create(OuterStepReportSchema, {
    outerStep,
    score: {
      outerStep,
      baselineAccuracy: 0.25,
      meanReward,
      movingAverage: meanReward,
      datasets: [0, 1, 2, 3].map((k) => ({ datasetIndex: k, reward: meanReward + k / 100 })),
      ...(outerStep % 50 === 7 ? { promotion: { datasetIndex: 2, repeat: 1 } } : {}),
    },
    rolloutsSampled: 70,
    rejections: { [kind]: 6 },
    kinds: { [kind]: 60, other: 4 },
    teacherGradientNorm: 1,
    innerSteps: 10,
    studentTokens: 12_345n,
  });
}
