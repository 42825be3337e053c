/**
 * The attacks on a server, each with what is promised and what was seen. After every one an honest caller on a connection
 * of its own must be answered: whoever attacks, others are served. Those that need credentials are in roles.ts.
 *
 * Not here: anything that reads more than the answers and, on
 * the same machine, the memory of the process.
 */
import { beginCall, openSession, partOfMessage, type RawCall, send } from '@soar/grpc-kit/testing';
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type Attack, nameOf, type Scale, served } from './attack.js';
import { status as Code } from './status-codes.js';
import { floods } from './floods.js';
import { byRoles } from './roles.js';
import { slow } from './slow.js';
import { HEALTH_CHECK, HEALTH_WATCH, REFLECTION, type Target } from './target.js';

const MiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Opens sessions, runs `work`, and closes them. */
async function withSessions<T>(
  target: Target,
  count: number,
  work: (sessions: readonly ClientHttp2Session[]) => Promise<T>,
): Promise<T> {
  const sessions: ClientHttp2Session[] = [];
  try {
    for (let i = 0; i < count; i++) sessions.push(await openSession(target));
    return await work(sessions);
  } finally {
    for (const session of sessions) session.destroy();
  }
}

/** Statuses of calls with their numbers: "180 RESOURCE_EXHAUSTED, 12 open". */
function tally(calls: readonly RawCall[]): string {
  const counts = new Map<string, number>();
  for (const { status, closed } of calls) {
    const name = status !== undefined ? nameOf(status) : closed ? 'closed' : 'open';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

/** Waits until `done`, at most `timeoutMs`; the time that it took. */
async function until(done: () => boolean, timeoutMs: number): Promise<number> {
  const start = performance.now();
  while (!done() && performance.now() - start < timeoutMs) await sleep(20);
  return performance.now() - start;
}

/** Half of a large message on each of many calls: how much of it does the server take? */
function halfSent(
  name: string,
  path: (target: Target, i: number) => string,
  promisedBytes: (scale: Scale) => number,
): Attack {
  return {
    name: `half-sent messages: ${name}`,
    promised: 'their bytes are bounded',
    run: (target, scale) =>
      withSessions(target, scale.connections, async (sessions) => {
        const half = partOfMessage(scale.messageBytes, Math.ceil(scale.messageBytes * 0.9));
        const count = Math.min(scale.calls, Math.ceil((3 * promisedBytes(scale)) / half.length) + 8);
        const calls: RawCall[] = [];
        for (let i = 0; i < count; i++) {
          const call = beginCall(sessions[i % sessions.length]!, path(target, i));
          calls.push(call);
          const piece = 64 * 1024;
          for (let at = 0; at < half.length && !call.closed; at += piece) {
            send(call, half.subarray(at, at + piece));
            if (call.stream.writableLength > 4 * piece) await sleep(1);
            if (call.stream.writableLength > 64 * piece) break; // it does not take more
          }
        }
        await sleep(200);
        const held = calls.filter(({ closed }) => !closed).reduce((sum, { sentBytes }) => sum + sentBytes, 0);
        const after = await served(target);
        const ok = held <= promisedBytes(scale) && after.ok;
        return { ok, text: `${tally(calls)}; ${MiB(held)} held; ${after.text}` };
      }),
  };
}

/** Nothing but the headers of many calls: are there slots left for others? */
function halfOpen(
  name: string,
  pathsOf: (target: Target) => readonly string[],
  headersOf: (target: Target) => object = () => ({}),
): Attack {
  return {
    name: `half-open calls: ${name}`,
    promised: 'others are served',
    run: (target, scale) =>
      withSessions(target, scale.connections, async (sessions) => {
        const paths = pathsOf(target);
        const headers = headersOf(target);
        const calls: RawCall[] = [];
        for (const session of sessions) {
          for (let i = 0; i < scale.calls; i++)
            calls.push(beginCall(session, paths[i % paths.length]!, headers));
          await sleep(scale.pauseMs);
        }
        const after = await served(target);
        return { ok: after.ok, text: `${tally(calls)}; ${after.text}` };
      }),
  };
}

const neverCompleted: Attack = {
  name: 'a request that never ends',
  promised: 'ended after the receive deadline',
  run: (target, { receiveMs }) =>
    withSessions(target, 1, async ([session]) => {
      const open = target.requiresToken || target.methods.length === 0 ? [] : [target.methods[0]!];
      const calls = [HEALTH_CHECK, ...open].map((path) => beginCall(session!, path));
      for (const call of calls) send(call, partOfMessage(100, 3));
      const limitMs = open.length > 0 ? receiveMs.others : receiveMs.health;
      const tookMs = await until(() => calls.every(({ closed }) => closed), limitMs + 3_000);
      return {
        ok: calls.every(({ closed }) => closed),
        text: `${tally(calls)} after ${(tookMs / 1000).toFixed(1)} s`,
      };
    }),
};

const tokenFirst: Attack = {
  name: 'a wrong token, and half a body',
  eachService: true,
  promised: 'UNAUTHENTICATED before the body is read',
  run: (target, scale) =>
    withSessions(target, 1, async ([session]) => {
      if (!target.requiresToken) return { ok: true, text: 'this server requires no token' };
      const headers = { authorization: 'Bearer a-token-that-nobody-has-issued' };
      const calls = [...target.methods, REFLECTION, HEALTH_WATCH].map((path) =>
        beginCall(session!, path, headers),
      );
      for (const call of calls) send(call, partOfMessage(scale.messageBytes, 1_000));
      await until(() => calls.every(({ closed }) => closed), 3_000);
      const ok = calls.every(({ status, closed }) => closed && status === Code.UNAUTHENTICATED);
      return { ok, text: tally(calls) };
    }),
};

const unpacking: Attack = {
  name: 'compressed messages to Health/Check',
  promised: 'refused before they are unpacked',
  run: (target, scale) =>
    withSessions(target, 1, async ([session]) => {
      const bomb = gzipSync(Buffer.alloc(3 * 2 ** 20));
      const body = Buffer.concat([partOfMessage(bomb.length, 0, true), bomb]);
      const calls = Array.from({ length: Math.min(scale.calls, 200) }, () =>
        beginCall(session!, HEALTH_CHECK, { 'grpc-encoding': 'gzip' }),
      );
      for (const call of calls) send(call, body);
      await until(() => calls.every(({ closed }) => closed), 3_000);
      const ok = calls.every(({ status }) => status === Code.INVALID_ARGUMENT);
      return { ok, text: tally(calls) };
    }),
};

const unreadAnswers: Attack = {
  name: 'answers that are never taken: Health/Watch and Check',
  promised: 'others are served',
  run: async (target, scale) => {
    const sessions = await Promise.all(
      Array.from({ length: scale.connections }, () =>
        openSession(target, { settings: { initialWindowSize: 0 } }),
      ),
    );
    try {
      const calls = sessions.flatMap((session) =>
        Array.from({ length: scale.calls }, (_, i) => {
          const call = beginCall(session, i % 2 === 0 ? HEALTH_WATCH : HEALTH_CHECK);
          call.stream.end(partOfMessage(0, 0));
          return call;
        }),
      );
      await sleep(300);
      const after = await served(target);
      return { ok: after.ok, text: `${tally(calls)}; ${after.text}` };
    } finally {
      for (const session of sessions) session.destroy();
    }
  },
};

const silentCrowd: Attack = {
  name: 'connections without a word',
  promised: 'others are served',
  run: async (target, scale) => {
    const [host, port] = [target.address.replace(/:\d+$/, ''), Number(target.address.split(':').at(-1))];
    const sockets: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < scale.silent; i++) {
      const socket = connectTcp(port, host.replace(/^\[|\]$/g, ''));
      socket.on('error', () => undefined).on('close', () => closed++);
      socket.resume(); // else it would not notice its end
      sockets.push(socket);
      if (i % 100 === 99) await sleep(20);
    }
    const after = await served(target);
    await until(() => sockets.length - closed <= scale.connectionsMax, 5_000);
    const open = sockets.length - closed;
    const text = `${open} of ${sockets.length} open; ${after.text}`;
    for (const socket of sockets) socket.destroy();
    return { ok: after.ok && open <= scale.connectionsMax, text };
  },
};

const anyMethod = ({ methods }: Target, i: number): string => methods[i % methods.length] ?? HEALTH_WATCH;

/** All of them, in the order in which they run. */
export const ATTACKS: readonly Attack[] = [
  halfSent(
    'Health/Check',
    () => HEALTH_CHECK,
    // Of each call the server may have had its first frame.
    () => 2 ** 20,
  ),
  halfSent(
    'reflection',
    () => REFLECTION,
    () => 2 ** 20,
  ),
  { ...halfSent('each method of the service', anyMethod, (scale) => scale.heldBytesMax), eachService: true },
  halfOpen('Health/Check', () => [HEALTH_CHECK]),
  halfOpen('Health/Watch', () => [HEALTH_WATCH]),
  halfOpen('reflection', () => [REFLECTION]),
  {
    ...halfOpen('each method of the service', ({ methods }) =>
      methods.length > 0 ? methods : [HEALTH_WATCH],
    ),
    eachService: true,
  },
  {
    ...halfOpen(
      'each method, by a known caller',
      ({ methods }) => (methods.length > 0 ? methods : [HEALTH_WATCH]),
      ({ token }) => (token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ),
    eachService: true,
  },
  halfOpen('methods that do not exist', () => ['/no.such.Service/Method']),
  unreadAnswers,
  tokenFirst,
  unpacking,
  neverCompleted,
  silentCrowd,
  ...slow,
  ...byRoles,
  ...floods,
];
