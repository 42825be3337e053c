/**
 * The attacks at a small scale, on servers with small limits in this process. `npm run attack` has them at full scale
 * on real services.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ListDomainsResponseSchema, TrainerService, VerifierService, create } from '@soar/contracts';
import { type RunningServer, service, type ServiceImpl, startServer } from '@soar/grpc-kit';
import { ROLES } from '@soar/grpc-kit/testing';
import { openArtifactStore, type WriterLease } from '@soar/store';
import { temporaryFolder } from '../../temporary-folder.js';
import type { Scale } from './attack.js';
import { ATTACKS } from './attacks.js';
import { inspect } from './inspect.js';
import type { Target } from './target.js';

const TOKEN = 'a-token-for-the-honest-caller';
const MiB = 2 ** 20;
const SMALL: Scale = {
  connections: 3,
  calls: 100,
  pauseMs: 0,
  messageBytes: 2 * MiB,
  silent: 40,
  connectionsMax: 20,
  receiveMs: { health: 500, others: 500 },
  heldBytesMax: 4 * MiB,
};

const folder = temporaryFolder();
const never = () => Promise.reject(new Error('not called by any attack'));
const verifier = service(VerifierService, {
  verify: never,
  verifyBatch: never,
  parseAnswer: never,
  listDomains: async () => create(ListDomainsResponseSchema),
});
/** Its methods with a fencing token begin as the trainer's do. */
async function trainer() {
  const store = await openArtifactStore(folder.at('store'));
  await store.issue(1);
  const fenced = async (request: WriterLease): Promise<never> => {
    await store.requireIssued(request);
    return never();
  };
  const others = Object.fromEntries(TrainerService.methods.map(({ localName }) => [localName, never]));
  const handlers = { ...others, createTrainingRun: fenced, updatePolicy: fenced };
  return service(TrainerService, handlers as unknown as ServiceImpl<typeof TrainerService>);
}

const running: RunningServer[] = [];
const targets: Target[] = [];

before(async () => {
  const limits = {
    listen: '127.0.0.1:0',
    services: [verifier],
    callsMax: 250,
    connectionsMax: 20,
    receiveMs: 500,
    requestBytesMax: 8 * MiB,
    log: () => undefined,
  };
  const withToken = { ...limits, tokenFile: folder.write('token', TOKEN), health: '127.0.0.1:0' };
  const roles = new Map(ROLES.map((role) => [role, `the-token-of-the-${role}-here`]));
  const lines = [...roles].map(([role, token]) => `${role} ${token}\n`);
  const withRoles = {
    ...limits,
    services: [verifier, await trainer()],
    callersFile: folder.write('callers', lines.join('')),
  };
  running.push(await startServer(limits), await startServer(withToken), await startServer(withRoles));
  targets.push(await inspect({ address: running[0]!.address }));
  targets.push(await inspect({ address: running[1]!.address, token: TOKEN }));
  targets.push(await inspect({ address: running[1]!.healthAddress! }));
  targets.push(await inspect({ address: running[2]!.address, token: roles.get('operator'), roles }));
});
after(async () => {
  await Promise.all(running.map((server) => server.stop()));
});

test('what is attacked is a service without a token, one with a token, its port for probes, and two with roles', () => {
  const seen = targets.map(({ methods, requiresToken }) => [methods.length, requiresToken]);
  assert.deepEqual(seen, [
    [4, false],
    [4, true],
    [0, false],
    [18, true],
  ]);
});

for (const { name, promised, run, eachService } of ATTACKS) {
  test(`${name}: ${promised}`, async () => {
    for (const target of targets) {
      if (target.roles !== undefined && eachService !== true) continue;
      const { ok, text } = await run(target, SMALL);
      assert.ok(ok, text);
    }
  });
}
