/** A domain service on a free port of this process, for tests: a user's server, which may do anything. */
import {
  type DomainSchema,
  type MessageInitShape,
  type ParsedAnswerSchema,
  type VerificationSchema,
  Verdict,
  VerifierService,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { service, startServer, type RunningServer } from '@soar/grpc-kit';

type Listed = MessageInitShape<typeof DomainSchema>;
type Graded = MessageInitShape<typeof VerificationSchema>;
type Parsed = MessageInitShape<typeof ParsedAnswerSchema>;

const student = { text: 'Q: {{question}}\nA:' };

/** A service with nothing wrong: the capital follows the word "answer:". */
export const CAPITALS = {
  name: 'capitals',
  description: 'Capitals of countries.',
  definition: { student, teacher: { text: 'Write a question.' } },
} satisfies Listed;

export interface Behaviour {
  readonly domains?: Listed[];
  /** Gradings of a call, in place of the right ones. */
  readonly graded?: (responses: readonly string[], right: Graded[]) => Promise<Graded[]> | Graded[];
  readonly parsed?: (answers: readonly string[], right: Parsed[]) => Promise<Parsed[]> | Parsed[];
}

export interface RunningService {
  readonly address: string;
  /** Items of each VerifyBatch call. */
  readonly calls: number[];
  stop(): Promise<void>;
}

function gradeOf(gold: string, response: string): Graded {
  const extracted = /answer: *(\S+)/.exec(response)?.[1] ?? '';
  if (extracted === '') return { verdict: Verdict.NO_ANSWER, stage: 'extract:none' };
  const verdict = extracted === gold ? Verdict.CORRECT : Verdict.INCORRECT;
  return { verdict, extracted, stage: 'equal:string' };
}

export async function startService(behaviour: Behaviour = {}): Promise<RunningService> {
  const { domains = [CAPITALS], graded = (_, right) => right, parsed = (_, right) => right } = behaviour;
  const calls: number[] = [];
  const requireKnown = (name: string): void => {
    if (domains.some((domain) => domain.name === name)) return;
    throw new UserError(`no domain ${name}`, 'NOT_FOUND');
  };
  const handlers = service(VerifierService, {
    async verify({ domain, item }) {
      requireKnown(domain);
      return { verification: gradeOf(item!.gold, item!.response) };
    },
    async verifyBatch({ domain, items }) {
      requireKnown(domain);
      calls.push(items.length);
      const right = items.map(({ gold, response }) => gradeOf(gold, response));
      return {
        verifications: await graded(
          items.map(({ response }) => response),
          right,
        ),
      };
    },
    async parseAnswer({ domain, answers }) {
      requireKnown(domain);
      const right = answers.map((answer) =>
        answer.trim() === ''
          ? { parsed: false, reason: 'empty' }
          : { parsed: true, canonical: answer.trim() },
      );
      return { answers: await parsed(answers, right) };
    },
    async listDomains() {
      return { domains };
    },
  });
  const server: RunningServer = await startServer({ listen: '127.0.0.1:0', services: [handlers] });
  return { address: server.address, calls, stop: () => server.stop() };
}
