/**
 * `GET /healthz`, for probes of an orchestrator and for load balancers: whether this process answers. It needs no token
 * and takes no slot, so that a gateway under load is not taken for a dead one, and it asks no service: a service that
 * is away is told to the calls that need it, and another gateway would not reach it either.
 */
import { type IncomingMessage, send, type ServerResponse } from '@soar/http-kit';

/** Answers a probe. `draining`: no new work may come here. Returns false for all other requests. */
export function answerProbe(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  draining: AbortSignal,
): boolean {
  if (url !== '/healthz' || (method !== 'GET' && method !== 'HEAD')) return false;
  const [status, body] = draining.aborted ? [503, 'draining\n'] : [200, 'ok\n'];
  send(response, { status, type: 'text/plain; charset=utf-8', body });
  return true;
}
