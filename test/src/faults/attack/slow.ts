/** Attacks that take their time: bodies that never end, and crowds of connections that do next to nothing. */
import { beginCall, openSession, partOfMessage, type RawCall, send } from '@soar/grpc-kit/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientHttp2Session } from 'node:http2';
import { type Attack, served } from './attack.js';
import { HEALTH_CHECK, type Target } from './target.js';

const DRIP_MS = 50;

const slowBodies: Attack = {
  eachService: true,
  name: 'bodies of a byte at a time',
  promised: 'ended after the receive deadline',
  run: async (target, { receiveMs }) => {
    const session = await openSession(target);
    try {
      const open = target.requiresToken ? [] : target.methods;
      const calls = [HEALTH_CHECK, ...open].map((path) => beginCall(session, path));
      for (const call of calls) send(call, partOfMessage(1_000, 0));
      const limitMs = (open.length > 0 ? receiveMs.others : receiveMs.health) + 3_000;
      const begun = performance.now();
      while (calls.some(({ closed }) => !closed) && performance.now() - begun < limitMs) {
        for (const call of calls) send(call, Buffer.of(0));
        await sleep(DRIP_MS);
      }
      const after = await served(target);
      const left = calls.filter(({ closed }) => !closed).length;
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      return {
        ok: left === 0 && after.ok,
        text: `${left} of ${calls.length} open after ${seconds} s; ${after.text}`,
      };
    } finally {
      session.destroy();
    }
  },
};

/** Connections that speak HTTP/2, each with one call that is half open: they do serve something, if little. */
const manyConnections: Attack = {
  name: 'many connections, each with a half-open call',
  promised: 'others are served',
  run: async (target, { silent, connectionsMax }) => {
    const sessions: ClientHttp2Session[] = [];
    const calls: RawCall[] = [];
    try {
      for (let i = 0; i < silent; i++) {
        const session = await opened(target);
        if (session === undefined) continue;
        sessions.push(session);
        if (!session.closed) calls.push(beginCall(session, i % 2 === 0 ? HEALTH_CHECK : pathIn(target, i)));
      }
      await sleep(200);
      const after = await served(target);
      const open = sessions.filter(({ closed, destroyed }) => !closed && !destroyed).length;
      return { ok: after.ok && open <= connectionsMax, text: `${open} of ${silent} open; ${after.text}` };
    } finally {
      for (const session of sessions) session.destroy();
    }
  },
};

function pathIn({ methods }: Target, i: number): string {
  return methods.length === 0 ? HEALTH_CHECK : methods[i % methods.length]!;
}

/** undefined: the server takes no more. */
function opened(target: Target): Promise<ClientHttp2Session | undefined> {
  return openSession(target).catch(() => undefined);
}

export const slow: readonly Attack[] = [slowBodies, manyConnections];
