/**
 * Ports for servers that are restarted. They are below the ephemeral range (32768 and up on Linux), because an
 * outgoing connection could take such a port while the server is down.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

const [FIRST, COUNT] = [15_000, 15_000];
let asked = 0;

/** A loopback port that is free now and that no other test process is likely to pick. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = FIRST + ((process.pid * 397 + asked++ * 13) % COUNT);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('none of a hundred ports tried is free');
}
