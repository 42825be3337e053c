/**
 * Stand-ins for trainer and verifier behind real gRPC, for tests of the teacher's logic: completions are a pure
 * function of their address, delays are the test's, and what was asked is kept.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  TrainerService,
  VerifierService,
  type GenerateRequest,
  type UpdatePolicyRequest,
} from '@soar/contracts';
import { InvariantError, Overloaded } from '@soar/core';
import { gradedDomain } from '@soar/domains';
import { service, startServer, type RunningServer, type ServiceImpl } from '@soar/grpc-kit';

export interface StandIns {
  readonly addresses: { readonly trainer: string; readonly verifier: string };
  readonly generated: GenerateRequest[];
  readonly updates: UpdatePolicyRequest[];
  /** Number of answers in each ParseAnswer call. */
  readonly parses: number[];
  stop(): Promise<void>;
}

export interface StandInBehaviour {
  /** Text of sample `s` of the batch at `path`; of prompt `s` where there are several. */
  readonly textOf: (path: string, s: number) => string;
  /** How long batch `path` takes, ms. Default 0. */
  readonly delayOf?: (path: string) => number;
  /** How many ParseAnswer calls are turned away first. Default 0. */
  readonly overloads?: number;
  /** What was put into each completion. Default: nothing. */
  readonly inserted?: { readonly begin: number; readonly end: number };
}

const none = (): never => {
  throw new InvariantError('stand-in: not called by the teacher');
};

/** Methods of the trainer that no teacher calls. */
const NEVER_ASKED = {
  createTrainingRun: none,
  getTrainingRun: none,
  listTrainingRuns: none,
  watchTrainingRun: none,
  cancelTrainingRun: none,
  evaluate: none,
  score: none,
  embed: none,
  streamGenerate: none,
  getCheckpoint: none,
  listCheckpoints: none,
  planCompute: none,
};

export async function startStandIns(behaviour: StandInBehaviour): Promise<StandIns> {
  const generated: GenerateRequest[] = [];
  const updates: UpdatePolicyRequest[] = [];
  const parses: number[] = [];
  let overloads = behaviour.overloads ?? 0;
  const put = behaviour.inserted && { inserted: behaviour.inserted };

  const trainer: ServiceImpl<typeof TrainerService> = {
    async generate(request, { signal }) {
      generated.push(request);
      const { path } = request.random!;
      await sleep(behaviour.delayOf?.(path) ?? 0, undefined, { signal });
      const prompts = Math.max(request.prompts.length, request.chats.length);
      const completions = Array.from({ length: prompts * request.samplesPerPrompt }, (_, s) => {
        const text = behaviour.textOf(path, s);
        const tokenIds = [...text].map((char) => char.charCodeAt(0));
        return { promptIndex: 0, sampleIndex: s, text, tokenIds, logprobs: tokenIds.map(() => -1), ...put };
      });
      // The first prompt is 16, the others 16 and their number.
      const promptTokenIds = Array.from({ length: prompts }, (_, p) => ({ ids: p === 0 ? [16] : [16, p] }));
      return { completions, promptTokenIds };
    },
    async updatePolicy(request) {
      updates.push(request);
      return { checkpoint: { key: request.id }, gradientNorm: 2, learningRate: 0.5, kl: 0.25 };
    },
    ...NEVER_ASKED,
  };
  const verifier: ServiceImpl<typeof VerifierService> = {
    async parseAnswer({ domain, domainDefinition, answers }) {
      if (overloads-- > 0) throw new Overloaded('the queue is full', 10);
      parses.push(answers.length);
      const parse = gradedDomain(domain, domainDefinition).parseAnswer;
      // A verifier of another version may be stricter than the parser of proposals: 000 stands for that here.
      return {
        answers: answers.map((answer) => {
          const read = answer === '000' ? ({ ok: false, reason: 'zero' } as const) : parse(answer);
          return read.ok
            ? { parsed: true, canonical: read.canonical }
            : { parsed: false, reason: read.reason };
        }),
      };
    },
    verify: none,
    verifyBatch: none,
    listDomains: none,
  };
  const servers = [
    await serving(service(TrainerService, trainer)),
    await serving(service(VerifierService, verifier)),
  ] as const;
  return {
    addresses: { trainer: servers[0].address, verifier: servers[1].address },
    generated,
    updates,
    parses,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

function serving(it: ReturnType<typeof service>): Promise<RunningServer> {
  return startServer({ listen: '127.0.0.1:0', services: [it] });
}
