/**
 * A coordinator over real gRPC whose runs end when a test says so, and which remembers the calls that were cancelled.
 * Every other method waits until its caller gives up.
 */
import { CoordinatorService, RunState } from '@soar/contracts';
import { UserError } from '@soar/core';
import {
  type HandlerContext,
  type RunningServer,
  service,
  type ServiceImpl,
  startServer,
} from '@soar/grpc-kit';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

export class StandInCoordinator {
  /** Methods whose caller has gone, or whose deadline has passed. */
  readonly cancelled: string[] = [];
  /** Deadlines of the calls, as milliseconds from their beginning. */
  readonly deadlines: number[] = [];
  state = RunState.RUNNING;
  private server: RunningServer | undefined;

  get address(): string {
    return this.server!.address;
  }

  async start(t: TestContext, listen = '127.0.0.1:0', more: { callersFile?: string } = {}): Promise<this> {
    const waiting = Object.fromEntries(
      CoordinatorService.methods.map(({ localName }) => [
        localName,
        (_: unknown, context: HandlerContext) => this.wait(context),
      ]),
    ) as unknown as ServiceImpl<typeof CoordinatorService>;
    const routes = service(CoordinatorService, {
      ...waiting,
      watchRun: ({ id }, context) => this.watch(id, context),
    });
    this.server = await startServer({
      listen,
      services: [routes],
      drainMs: 10,
      log: () => undefined,
      ...more,
    });
    t.after(() => this.stop());
    return this;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private async *watch(id: string, context: HandlerContext) {
    this.note(context);
    if (id !== 'one' && id !== 'endless') throw new UserError(`there is no run "${id}"`, 'NOT_FOUND', 'id');
    yield { run: { id, state: RunState.RUNNING } };
    for (let step = 0; this.state === RunState.RUNNING || id === 'endless'; step++) {
      yield { progress: { done: step, total: 9 } };
      yield {}; // a heartbeat
      await during(context, 20);
    }
    yield { run: { id, state: this.state } };
  }

  private async wait(context: HandlerContext): Promise<never> {
    this.note(context);
    await during(context, 20_000);
    throw new UserError('nobody gave up', 'INTERNAL');
  }

  private note({ signal, draining, deadlineMs, method }: HandlerContext): void {
    this.deadlines.push(deadlineMs - Date.now());
    signal.addEventListener('abort', () => {
      if (!draining.aborted) this.cancelled.push(method.split('/')[1]!);
    });
  }
}

/** Waits for `ms`, or until the caller is gone or the server stops. */
async function during({ signal, draining }: HandlerContext, ms: number): Promise<void> {
  try {
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, draining]) });
  } catch {
    throw new UserError('the coordinator is stopping', 'UNAVAILABLE');
  }
}
