/**
 * The builds that a call counts on. A run is worked on by one build of each service; a service that was restarted as
 * another one must not add to its results. So a call names the builds that it expects, in a header that goes along with
 * every call that it causes, as a trace does. A server that is another build refuses it before any work. It names its
 * own in its answer, so that one that knows nothing of this is noticed too.
 *
 * Not here: what a build is (@soar/builds), and what a difference means for a run.
 */
import { UserError } from '@soar/core';
import { Metadata } from '@grpc/grpc-js';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';

/** Header of a request: "trainer=<fingerprint>,verifier=<fingerprint>". */
const EXPECTED = 'soar-builds';
/** Header of a response: the fingerprint of its server. */
const OWN = 'soar-build';
const HEADER_CHARS_MAX = 1_000;

/** Fingerprints of builds, by the service: coordinator, trainer, ... */
export type Fingerprints = ReadonlyMap<string, string>;

/** Who a server is. */
export interface ServerBuild {
  readonly service: string;
  readonly fingerprint: string;
}

const expectations = new AsyncLocalStorage<() => Fingerprints>();

/** Runs `work`; its calls, and those that they cause, expect the builds that `builds` returns as they start. */
export function expectingBuilds<T>(builds: () => Fingerprints, work: () => T): T {
  return expectations.run(builds, work);
}

/** The build of `service` that the current work expects; undefined: any. */
export function expectedBuild(service: string): string | undefined {
  return expectations.getStore()?.().get(service);
}

/** Adds the current expectations to the headers of a call. */
export function withExpectations(headers: Metadata): Metadata {
  const expected = [...(expectations.getStore()?.() ?? [])];
  if (expected.length > 0) headers.set(EXPECTED, expected.map((entry) => entry.join('=')).join(','));
  return headers;
}

/**
 * Handles a call: refuses one that expects another build of this server, and passes its expectations on. `typeName`: of
 * the service that is called; health, reflection and GetBuild itself are for everyone.
 */
export function asExpected<T>(
  typeName: string,
  headers: Metadata,
  own: ServerBuild | undefined,
  handle: () => T,
): T {
  const sent = String(headers.get(EXPECTED)[0] ?? '').slice(0, HEADER_CHARS_MAX);
  if (sent === '') return handle();
  const pairs = sent.split(',').map((pair) => pair.split('='));
  const expected: Fingerprints = new Map(pairs.map(([service = '', hash = '']) => [service, hash]));
  if (own !== undefined && serviceOf(typeName) === own.service) {
    const wanted = expected.get(own.service);
    if (wanted !== undefined && wanted !== own.fingerprint)
      throw changed(`this ${own.service} is another build than its caller counts on`);
  }
  return expectations.run(() => expected, handle);
}

/** The headers of an answer. */
export function ownHeaders(own: ServerBuild | undefined): Metadata | undefined {
  if (own === undefined) return undefined;
  const headers = new Metadata();
  headers.set(OWN, own.fingerprint);
  return headers;
}

/** Returns a check to be made once there is an answer: throws unless it came from the build that is expected now. */
export function answerCheck(typeName: string, place: string, sent: EventEmitter): () => void {
  const service = serviceOf(typeName);
  const wanted = service === undefined ? undefined : expectedBuild(service);
  if (wanted === undefined) return () => undefined;
  let got: unknown;
  sent.once('metadata', (headers: Metadata) => (got = headers.get(OWN)[0]));
  return () => {
    if ((got ?? '') !== wanted)
      throw changed(`${place}: this ${service} is another build than its caller counts on`);
  };
}

/** `trainer` for soar.trainer.v1.TrainerService. */
function serviceOf(typeName: string): string | undefined {
  return /^soar\.([a-z]+)\./.exec(typeName)?.[1];
}

function changed(what: string): UserError {
  return new UserError(`${what}; it was restarted as another version`, 'BUILD_CHANGED');
}
