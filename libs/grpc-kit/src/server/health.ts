/**
 * grpc.health.v1.Health for every server. The server as a whole is SERVING from the start and NOT_SERVING once it
 * stops. A single service is NOT_SERVING also before the server listens: a coordinator on standby is alive, but not
 * ready. Watch ends with the server, so that watchers do not delay the drain. Source:
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
import type { DescService } from '@bufbuild/protobuf';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@soar/contracts/grpc';
import { UserError } from '@soar/core';
import { type Service, service } from '../service.js';

/** Health of a server that offers `services`. They are ready once `listening` has aborted. */
export function healthService(services: readonly DescService[], listening: AbortSignal): Service {
  const names = new Set(['', Health.typeName, ...services.map((desc) => desc.typeName)]);
  return service(Health, {
    async check(request, context) {
      if (!names.has(request.service)) {
        throw new UserError(
          `health of ${request.service}: no such service here; services: ${[...names].filter(Boolean).join(', ')}`,
          'NOT_FOUND',
        );
      }
      const serves = !context.draining.aborted && (request.service === '' || listening.aborted);
      return { status: serves ? Status.SERVING : Status.NOT_SERVING };
    },
    async *watch(request, context) {
      const ending = [context.draining, context.signal];
      if (!names.has(request.service)) {
        yield { status: Status.SERVICE_UNKNOWN };
        await aborted(ending);
        return;
      }
      if (request.service !== '' && !listening.aborted) {
        yield { status: Status.NOT_SERVING };
        await aborted([listening, ...ending]);
        if (!listening.aborted) return;
      }
      yield { status: Status.SERVING };
      await aborted(ending);
      yield { status: Status.NOT_SERVING };
    },
  });
}

/** Settles when one of `signals` aborts. */
async function aborted(signals: readonly AbortSignal[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    for (const signal of signals) {
      if (signal.aborted) done();
      else signal.addEventListener('abort', done);
    }
  });
}
