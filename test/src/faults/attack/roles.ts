/**
 * Attacks by callers that are known: each role at every method that it may not call, and tokens of a fence that no
 * coordinator was issued. They need the tokens of the roles, so they run against servers of our own, or where these are
 * given.
 */
import {
  create,
  toBinary,
  TrainerService,
  CreateTrainingRunRequestSchema,
  UpdatePolicyRequestSchema,
} from '@soar/contracts';
import {
  beginCall,
  openSession,
  partOfMessage,
  type RawCall,
  type Role,
  rolesOf,
} from '@soar/grpc-kit/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, nameOf } from './attack.js';
import { status as Code } from './status-codes.js';
import { callWith, type Target } from './target.js';

/** Names of methods that change nothing. */
const READS = /^(Get|List|Watch|Recompute)/;
const ANSWER_MS_MAX = 5_000;
/** The largest token of a fence that a message can hold. */
const LEAP = 4_294_967_295;

const otherRoles: Attack = {
  eachService: true,
  name: 'each role at every method that is not for it',
  promised: 'PERMISSION_DENIED before the body is read',
  run: async (target) => {
    const attempts = [...(target.roles ?? [])].flatMap(([role, token]) =>
      target.methods.filter((path) => isForbidden(role, path)).map((path) => ({ role, token, path })),
    );
    if (attempts.length === 0) return { ok: true, text: 'no tokens of roles are known' };
    const session = await openSession(target);
    try {
      const calls = attempts.map(({ token, path, role }) => {
        const call = beginCall(session, path, { authorization: `Bearer ${token}` });
        call.stream.write(partOfMessage(1_000, 100));
        return { call, what: `${role} at ${path}` };
      });
      const until = performance.now() + ANSWER_MS_MAX;
      while (calls.some(({ call }) => !call.closed) && performance.now() < until) await sleep(10);
      const passed = calls.filter(({ call }) => !isRefused(call)).map(({ what }) => what);
      const roles = new Set(attempts.map(({ role }) => role)).size;
      const text = `${calls.length} calls of ${roles} roles, ${calls.length - passed.length} refused`;
      return { ok: passed.length === 0, text: [text, ...passed.slice(0, 3)].join('; ') };
    } finally {
      session.destroy();
    }
  },
};

/** By the table of access.ts; and a reader may change nothing, whatever stands there. */
function isForbidden(role: Role, path: string): boolean {
  return !rolesOf(path).includes(role) || (role === 'reader' && !READS.test(path.split('/')[2]!));
}

/** Where the caller's certificate is another one than its token's, it is not known at all. */
function isRefused({ closed, status }: RawCall): boolean {
  return closed && (status === Code.PERMISSION_DENIED || status === Code.UNAUTHENTICATED);
}

const problems = [{ id: 'p', question: '1+1', answer: '2' }];
const sampling = { temperature: 1, maxNewTokens: 1 };
const optimizer = { learningRate: 1e-3 };
const base = { key: 'models/none' };
const random = { seed: 1, path: 'attack' };

/** Requests that are valid but for their fencing token. The model that they name does not exist. */
const leaping: ReadonlyMap<string, Uint8Array> = new Map([
  [
    `/${TrainerService.typeName}/UpdatePolicy`,
    toBinary(
      UpdatePolicyRequestSchema,
      create(UpdatePolicyRequestSchema, {
        id: 'victim/zz',
        base,
        rollouts: [{ promptTokenIds: [1], tokenIds: [1], advantage: 1 }],
        temperature: 1,
        divisor: 1,
        optimizer,
        fencingToken: LEAP,
      }),
    ),
  ],
  [
    `/${TrainerService.typeName}/CreateTrainingRun`,
    toBinary(
      CreateTrainingRunRequestSchema,
      create(CreateTrainingRunRequestSchema, {
        id: 'victim/zz',
        spec: {
          base,
          domain: 'arithmetic',
          stages: [{ name: 'attack', problems, steps: 1 }],
          rl: { questionsPerStep: 1, groupSize: 2, sampling, optimizer },
          random,
        },
        fencingToken: LEAP,
      }),
    ),
  ],
]);

const fencingLeaps: Attack = {
  eachService: true,
  name: `a fencing token of ${LEAP}`,
  promised: 'refused: it was issued to no coordinator',
  run: async (target) => {
    const seen: string[] = [];
    let ok = true;
    for (const [path, message] of leaping) {
      if (!target.methods.includes(path)) continue;
      const token = tokenFor(target, path);
      if (target.requiresToken && token === undefined) continue;
      const { status, message: said } = await callWith(target, path, message, token);
      ok &&= status === Code.FAILED_PRECONDITION && said.includes('fencing token');
      seen.push(`${path.split('/')[2]!} ${nameOf(status)}`);
    }
    return { ok, text: seen.length === 0 ? 'no method that is tried is here' : seen.join(', ') };
  },
};

/** The token of a role that may call the method, or the honest caller's. */
function tokenFor({ roles, token }: Target, path: string): string | undefined {
  const role = rolesOf(path).find((known) => roles?.has(known));
  return role === undefined ? token : roles!.get(role);
}

export const byRoles: readonly Attack[] = [otherRoles, fencingLeaps];
