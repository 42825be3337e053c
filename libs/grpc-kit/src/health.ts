/**
 * grpc.health.v1.Health for every server: SERVING from the start, NOT_SERVING once it stops. Watch ends then, so that a
 * watcher does not hold up the drain. Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
import type { DescService } from '@bufbuild/protobuf';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@soar/contracts/grpc';
import { UserError } from '@soar/core';
import { type Service, service } from './service.js';

/** Health of a server that offers `services`. */
export function healthService(services: readonly DescService[]): Service {
  const names = new Set(['', Health.typeName, ...services.map((desc) => desc.typeName)]);
  return service(Health, {
    async check(request, context) {
      if (!names.has(request.service)) {
        throw new UserError(
          `health of ${request.service}: no such service here; known: ${[...names].filter(Boolean).join(', ')}`,
          'NOT_FOUND',
        );
      }
      return { status: context.draining.aborted ? Status.NOT_SERVING : Status.SERVING };
    },
    async *watch(request, context) {
      const known = names.has(request.service);
      yield { status: known ? Status.SERVING : Status.SERVICE_UNKNOWN };
      await aborted([context.draining, context.signal]);
      if (known) yield { status: Status.NOT_SERVING };
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
