/** Trainers that are gone in the midst of work, as the coordinator's clients see it: connections that break. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { TrainerService, TrainingState } from '@soar/contracts';
import { UserError } from '@soar/core';
import { service, type ServiceImpl, startServer } from '@soar/grpc-kit';
import { connect } from './connections.js';
import { grpcServices } from './grpc-services.js';

const ID = 'run/step-0/dataset-0/repeat-0';
const bounds = { unavailableMs: 20_000, computeMs: 60_000, heartbeatMs: 20_000 };
/** Waits until the coordinator has seen that the training is at work. */
class Watcher {
  private seen: () => void = () => undefined;
  readonly onStarted = (): void => this.seen();
  readonly onStepsDone = (): void => undefined;

  atWork(): Promise<void> {
    return new Promise((resolve) => (this.seen = resolve));
  }
}
const made = { id: ID, state: TrainingState.SUCCEEDED, result: { checkpoint: { key: ID, sha256: '' } } };

const problems = [{ id: 'p', question: '1+1', answer: '2' }];
const sampling = { temperature: 1, maxNewTokens: 4 };
const spec = {
  base: { key: 'models/base' },
  domain: 'arithmetic',
  stages: [{ name: 'synthetic', problems, steps: 1 }],
  rl: { questionsPerStep: 1, groupSize: 2, sampling, optimizer: { learningRate: 1e-3 } },
  random: { seed: 1, path: 'step/0' },
};

/** What a trainer does. `die` breaks its connections, as they break when its process is killed. */
type Trainer = (
  die: () => Promise<never>,
) => Pick<ServiceImpl<typeof TrainerService>, 'createTrainingRun' | 'watchTrainingRun' | 'evaluate'>;

/** The services of a run whose only trainer is `trainer`. */
async function servicesWith(t: TestContext, trainer: Trainer) {
  const sockets = new Set<Socket>();
  const die = (): Promise<never> => {
    for (const socket of sockets) socket.destroy();
    return new Promise(() => undefined);
  };
  const unused = () => Promise.reject(new UserError('no test calls this', 'INTERNAL'));
  const others = Object.fromEntries(TrainerService.methods.map(({ localName }) => [localName, unused]));
  const handlers = { ...others, ...trainer(die) } as unknown as ServiceImpl<typeof TrainerService>;
  const services = [service(TrainerService, handlers)];
  const server = await startServer({ listen: '127.0.0.1:0', services, drainMs: 10, log: () => undefined });
  const port = Number(server.address.split(':')[1]);
  const link = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [near, far].forEach((it) => it.destroy()));
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(link, 'listening');
  const address = `127.0.0.1:${(link.address() as { port: number }).port}`;
  const connections = connect({ trainer: address, teacher: address, metareward: address });
  const signal = new AbortController().signal;
  const call = { signal, fencingToken: 1, compute: undefined, domainDefinition: undefined, bounds };
  t.after(async () => {
    connections.close();
    void die();
    link.close();
    await server.stop();
  });
  return grpcServices(connections, call);
}

const exhausted = (what: RegExp) => (error: unknown) =>
  error instanceof UserError && error.reason === 'RESOURCE_EXHAUSTED' && what.test(error.message);

describe('work that takes its trainer with it', { concurrency: true }, () => {
  test('a training ends the fifth time, with the settings to change', async (t) => {
    let begun = 0;
    const watcher = new Watcher();
    const { train } = await servicesWith(t, (die) => ({
      createTrainingRun: async () => ({ run: { id: ID, state: TrainingState.QUEUED } }),
      watchTrainingRun: async function* () {
        begun++;
        const atWork = watcher.atWork();
        yield { run: { id: ID, state: TrainingState.RUNNING } };
        await atWork;
        await die();
      },
      evaluate: () => die(),
    }));
    await assert.rejects(
      train(ID, spec, watcher),
      exhausted(/^training run\/step-0.*: 5 times in a row .* compute\.microBatchTokens or student\.rl/),
    );
    assert.equal(begun, 5);
  });

  test('an evaluation does too', async (t) => {
    let begun = 0;
    const { evaluate } = await servicesWith(t, (die) => ({
      createTrainingRun: () => die(),
      watchTrainingRun: async function* () {},
      evaluate: () => {
        begun++;
        return die();
      },
    }));
    const evaluating = evaluate({
      checkpoint: { key: 'models/base' },
      domain: 'arithmetic',
      spec: { problems, samplesPerProblem: 1, sampling },
    });
    await assert.rejects(evaluating, exhausted(/^evaluation by models\/base: 5 times in a row/));
    assert.equal(begun, 5);
  });
});

describe('what is no loss of the work', { concurrency: true }, () => {
  test('connections that break while the training goes on do not count', async (t) => {
    let broken = 0;
    const watcher = new Watcher();
    const { train } = await servicesWith(t, (die) => ({
      createTrainingRun: async () => ({
        run: broken < 6 ? { id: ID, state: broken > 0 ? TrainingState.RUNNING : TrainingState.QUEUED } : made,
      }),
      watchTrainingRun: async function* () {
        const atWork = watcher.atWork();
        yield { run: { id: ID, state: TrainingState.RUNNING } };
        await atWork;
        broken++;
        await die();
      },
      evaluate: () => die(),
    }));
    assert.equal((await train(ID, spec, watcher)).checkpoint?.key, ID);
    assert.equal(broken, 6);
  });

  test('a training that waits for its turn when the trainer is gone does not count', async (t) => {
    let asked = 0;
    const watcher = new Watcher();
    const { train } = await servicesWith(t, (die) => ({
      createTrainingRun: async () => ({
        run: ++asked <= 6 ? { id: ID, state: TrainingState.QUEUED } : made,
      }),
      watchTrainingRun: async function* () {
        yield { run: { id: ID, state: TrainingState.QUEUED } };
        await die();
      },
      evaluate: () => die(),
    }));
    assert.equal((await train(ID, spec, watcher)).checkpoint?.key, ID);
  });
});
