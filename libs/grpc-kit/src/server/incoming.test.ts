import { messageOf, type UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ByteBudget } from './byte-budget.js';
import { requestBytesMaxHere } from './guarded-server.js';
import { type CallBounds, type IncomingCall, IncomingCalls } from './incoming.js';
import { MessageLengths } from './message-lengths.js';

const BOUNDS: CallBounds = {
  callsMax: 3,
  messageBytesMax: 1_000,
  compressed: true,
  receiveMs: 60_000,
  givesWay: false,
};

/** Calls under these bounds. `ended` has what each was ended with. */
function callsUnder(bounds: Partial<CallBounds>, bytesMax = 1e6) {
  const budget = new ByteBudget(bytesMax);
  const calls = new IncomingCalls({ ...BOUNDS, ...bounds }, budget);
  const ended = new Map<string, UserError>();
  const opened: IncomingCall[] = [];
  after(() => opened.forEach((call) => call.close()));
  const begin = (name: string, peer = 'peer', requestStream = false): IncomingCall => {
    const end = (error: UserError) => void ended.set(name, error);
    const call = calls.begin({ peer, headerBytes: 10, requestStream, end });
    opened.push(call);
    return call;
  };
  return { budget, begin, ended };
}

/** A prefix that announces `length` bytes, and `sent` of them. */
const message = (length: number, sent: number, flag = 0): Uint8Array => {
  const bytes = Buffer.alloc(5 + sent);
  bytes[0] = flag;
  bytes.writeUInt32BE(length, 1);
  return bytes;
};

test('without a free slot the call that has been incomplete the longest is ended', () => {
  const { begin, ended } = callsUnder({});
  begin('first').complete();
  begin('second');
  begin('third');
  begin('fourth');
  assert.deepEqual([...ended.keys()], ['second']);
  assert.match(messageOf(ended.get('second')), /ended for a newer call/);
  begin('fifth');
  assert.deepEqual([...ended.keys()], ['second', 'third']);
});

test('complete calls keep their slots, and the newcomer is told when to retry', () => {
  const { begin, ended } = callsUnder({});
  const calls = ['first', 'second', 'third'].map((name) => begin(name));
  for (const call of calls) call.complete();
  assert.throws(() => begin('fourth'), {
    message: '3 calls are in flight; try again later',
    retryAfterMs: 250,
  });
  assert.equal(ended.size, 0);
  calls[1]!.close();
  begin('fifth').complete();
  assert.throws(() => begin('sixth'), /in flight/);
});

test('calls for health give way when they are complete too', () => {
  const { begin, ended } = callsUnder({ givesWay: true });
  for (const name of ['first', 'second', 'third', 'fourth', 'fifth']) begin(name).complete();
  assert.deepEqual([...ended.keys()], ['first', 'second']);
});

test('a request that is not complete in time is ended, and a stream of requests that brings bytes is not', async () => {
  const { begin, ended, budget } = callsUnder({ receiveMs: 200 });
  begin('half').receive(message(100, 50));
  begin('whole').complete();
  const stream = begin('stream', 'peer', true);
  for (let i = 0; i < 6; i++) {
    await sleep(50);
    stream.receive(message(1, 1));
  }
  assert.deepEqual([...ended.keys()], ['half']);
  assert.equal(messageOf(ended.get('half')), 'the request was not complete after 200 ms');
  assert.equal(budget.heldBytes, 20, 'only the headers of the two that are open');
});

test('a message over the limit is refused by its prefix', () => {
  const { begin, ended } = callsUnder({});
  begin('fits').receive(message(1_000, 1_000));
  begin('large').receive(message(1_001, 0));
  begin('huge').receive(message(0xffff_ffff, 3));
  assert.deepEqual([...ended.keys()], ['large', 'huge']);
  assert.equal(
    messageOf(ended.get('huge')),
    'a message of 4294967295 bytes; at most 1000 are accepted. Ask for less in one call',
  );
});

test('a compressed message counts as what it may unpack to, or is refused where messages are small', () => {
  const { begin, budget } = callsUnder({});
  begin('compressed').receive(message(10, 10, 1));
  assert.equal(budget.heldBytes, 10 + 15 + 1_000);
  const small = callsUnder({ compressed: false });
  small.begin('compressed').receive(message(10, 10, 1));
  assert.match(messageOf(small.ended.get('compressed')), /a compressed message/);
  assert.equal(small.budget.heldBytes, 0);
});

test('over the budget the oldest incomplete requests are ended, of the peer that holds too much alone', () => {
  const { begin, ended, budget } = callsUnder({ callsMax: 100 }, 4_000);
  begin('other', 'honest').receive(message(900, 500));
  const kept = begin('complete');
  kept.receive(message(900, 900));
  kept.complete();
  begin('second').receive(message(900, 500));
  begin('third').receive(message(900, 500));
  assert.deepEqual([...ended.keys()], []);
  begin('fourth').receive(message(900, 500)); // the peer would hold 2,460 of its 2,000
  assert.deepEqual([...ended.keys()], ['second']);
  assert.match(messageOf(ended.get('second')), /the requests of peer hold 2000 bytes, the most allowed/);
  for (const peer of ['a', 'b', 'c']) begin(peer, peer).receive(message(900, 800));
  assert.deepEqual(
    [...ended.keys()],
    ['second', 'other', 'third'],
    'the oldest of all, when all hold too much',
  );
  assert.ok(budget.heldBytes <= 4_000);
});

test('what complete requests hold is not taken from them', () => {
  const { begin, ended } = callsUnder({ callsMax: 100 }, 4_000);
  for (const name of ['first', 'second']) {
    const call = begin(name);
    call.receive(message(900, 900));
    call.complete();
  }
  begin('third').receive(message(900, 900));
  assert.deepEqual([...ended.keys()], ['third']);
});

test('messages are followed through any cut of their bytes', () => {
  const bytes = Buffer.concat([message(3, 3), message(0, 0), message(300, 300), message(70_000, 20)]);
  for (const cut of [1, 2, 5, 6, 7, 100, bytes.length]) {
    const lengths = new MessageLengths();
    for (let at = 0; at < bytes.length; at += cut) lengths.read(bytes.subarray(at, at + cut));
    assert.deepEqual([lengths.announcedBytes, lengths.partialBytes, lengths.compressed], [70_000, 25, false]);
  }
});

test('a process holds an eighth of its memory in requests, within bounds', () => {
  const MiB = 2 ** 20;
  const budgets = [100, 1024, 4096, 100_000].map((memory) => requestBytesMaxHere(memory * MiB) / MiB);
  assert.deepEqual(budgets, [64, 128, 512, 512]);
});
