import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connections } from './connections.js';

/** As much of a socket as is looked at. */
class Accepted extends EventEmitter {
  destroyed = false;
  readonly remoteAddress = '192.0.2.1';
  constructor(readonly remotePort: number) {
    super();
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function crowd(connectionsMax: number) {
  const connections = new Connections(connectionsMax);
  const accept = (port: number): Accepted => {
    const socket = new Accepted(port);
    connections.accept(socket as unknown as Socket);
    return socket;
  };
  return { connections, accept };
}

test('beyond the bound the oldest connection that brought no request is closed, then the oldest idle one', () => {
  const { connections, accept } = crowd(3);
  const [idle, silent, busy] = [accept(1), accept(2), accept(3)];
  connections.of(idle)!.hasServed = true;
  connections.of(busy)!.calls = 1;
  accept(4);
  assert.deepEqual([idle.destroyed, silent.destroyed, busy.destroyed], [false, true, false]);
  const last = accept(5);
  assert.equal(last.destroyed, false);
  connections.of(last)!.hasServed = true;
  accept(6);
  assert.deepEqual([idle.destroyed, last.destroyed, busy.destroyed], [true, false, false]);
});

test('if all connections are at work, the new one is closed', () => {
  const { connections, accept } = crowd(2);
  for (const port of [1, 2]) connections.of(accept(port))!.calls = 1;
  assert.equal(accept(3).destroyed, true);
});

test('a connection that closes makes room', () => {
  const { connections, accept } = crowd(1);
  const first = accept(1);
  connections.of(first)!.calls = 1;
  first.destroy();
  assert.equal(accept(2).destroyed, false);
});
