import { Overloaded, UserError } from '@soar/core';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from './client/client.js';
import { Echo, problem, stream } from './testing/echo.js';
import { type RunningServer, startServer } from './server/server.js';
import { type HandlerContext, service } from './service.js';

let server: RunningServer;
let client: Client<typeof Echo>;
const log: string[] = [];
/** What handlers saw; the tests wait on it. */
const seen = { written: 0, returned: 0, aborted: 0 };

async function waitFor(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (condition()) return;
    await sleep(10);
  }
  assert.fail(`waited 2 s for: ${what}`);
}

function untilAborted(context: HandlerContext): Promise<never> {
  return new Promise((_, reject) => {
    context.signal.addEventListener('abort', () => {
      seen.aborted++;
      reject(context.signal.reason as Error);
    });
  });
}

before(async () => {
  const echo = service(Echo, {
    async one(request, context) {
      if (request.question === 'wait') await untilAborted(context);
      if (request.question === 'refuse')
        throw new UserError('weights hold NaN in layer 2', 'NOT_FINITE', 'layer 2');
      if (request.question === 'long refusal')
        throw new UserError('x'.repeat(100_000) + '\ud800', 'NOT_FINITE', 'w'.repeat(9_000));
      if (request.question === 'full') throw new Overloaded('the queue is full', 1500);
      if (request.question === 'bug') throw new TypeError('secret of the implementation');
      return { ...request, answer: `echo ${request.question}` };
    },
    async *count(request, context) {
      try {
        for (let i = 0; i < Number(request.answer); i++) {
          if (request.question === 'fail' && i === 2) throw new UserError('no third', 'NOT_FOUND');
          if (request.question === 'wait' && i === 1) await untilAborted(context);
          seen.written = i + 1;
          yield { ...request, answer: request.question === 'big' ? 'x'.repeat(100_000) : String(i) };
        }
      } finally {
        seen.returned++;
      }
    },
    async join(requests) {
      const questions: string[] = [];
      for await (const request of requests) {
        questions.push(request.question);
        if (request.question === 'enough') break;
      }
      return { question: questions.join('+') };
    },
    async *each(requests) {
      for await (const request of requests) {
        if (request.question === 'refuse') throw new UserError('not this one', 'FAILED_PRECONDITION');
        yield { ...request, answer: request.question.toUpperCase() };
      }
      yield { question: 'end' };
    },
  });
  server = await startServer({
    listen: '127.0.0.1:0',
    services: [echo],
    log: (line) => log.push(line),
    drainMs: 200,
  });
  client = createClient(Echo, server.address, { deadlineMs: 5_000 });
});

after(async () => {
  client.close();
  await server.stop();
});

async function collect(source: AsyncIterable<{ answer: string; question: string }>): Promise<string[]> {
  const answers: string[] = [];
  for await (const { answer, question } of source) answers.push(answer === '' ? question : answer);
  return answers;
}

const rejectsWith = (reason: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError, String(error));
  assert.equal(error.reason, reason);
  assert.match(error.message, message);
  return true;
};

test('a unary call returns its response', async () => {
  assert.equal((await client.one(problem('hello'))).answer, 'echo hello');
});

test('a server stream yields its messages in order', async () => {
  assert.deepEqual(await collect(client.count({ ...problem('n'), answer: '3' })), ['0', '1', '2']);
});

test('a client stream is read to its end', async () => {
  assert.equal((await client.join(stream(['a', 'b', 'c']))).question, 'a+b+c');
});

test('a client stream may be answered before its end', async () => {
  async function* endless() {
    for (let i = 0; i < 10_000; i++) {
      yield problem(i === 3 ? 'enough' : 'more');
      await sleep(1);
    }
  }
  assert.equal((await client.join(endless())).question, 'more+more+more+enough');
});

test('a bidirectional stream answers each request and continues after the last', async () => {
  assert.deepEqual(await collect(client.each(stream(['a', 'b']))), ['A', 'B', 'end']);
});

test('an error of the input iterable ends the call with that error', async () => {
  async function* broken() {
    yield problem('a');
    throw new RangeError('input broke');
  }
  await assert.rejects(client.join(broken()), /input broke/);
  await assert.rejects(collect(client.each(broken())), /input broke/);
});

test('a UserError keeps its reason, message and field over the wire', async () => {
  await assert.rejects(client.one(problem('refuse')), (error: unknown) => {
    assert.equal((error as UserError).where, 'layer 2');
    return rejectsWith('NOT_FINITE', /^weights hold NaN in layer 2$/)(error);
  });
  await assert.rejects(
    collect(client.count({ ...problem('fail'), answer: '5' })),
    rejectsWith('NOT_FOUND', /^no third$/),
  );
  await assert.rejects(
    collect(client.each(stream(['refuse']))),
    rejectsWith('FAILED_PRECONDITION', /^not this one$/),
  );
});

test('a very long message with a broken character is truncated and arrives with its reason', async () => {
  await assert.rejects(client.one(problem('long refusal')), (error: unknown) => {
    assert.ok((error as Error).message.length < 3_000);
    return rejectsWith('NOT_FINITE', /^xxx/)(error);
  });
});

test('a bug is INTERNAL with an id, and its stack stays in the log', async () => {
  await assert.rejects(client.one(problem('bug')), (error: unknown) => {
    assert.doesNotMatch((error as Error).message, /secret/);
    const id = /internal error ([0-9a-f-]{36})/.exec((error as Error).message)?.[1] ?? 'none';
    assert.ok(
      log.some((line) => line.includes(id) && line.includes('secret') && line.includes('calls.test')),
    );
    return rejectsWith('INTERNAL', /log/)(error);
  });
});

test('a request that violates a rule is refused with the fields at fault', async () => {
  await assert.rejects(client.one({ ...problem('x'), id: '', answer: '' }), (error: unknown) => {
    assert.equal((error as UserError).where, 'id');
    return rejectsWith('INVALID_ARGUMENT', /^test\.Echo\/One: id: .*; answer: /)(error);
  });
  async function* bad() {
    yield { ...problem('x'), id: '' };
  }
  await assert.rejects(client.join(bad()), rejectsWith('INVALID_ARGUMENT', /id: /));
});

test('a message above the size limit is refused by its length', async () => {
  const question = 'x'.repeat(17 * 1024 * 1024);
  await assert.rejects(
    client.one(problem(question)),
    rejectsWith('RESOURCE_EXHAUSTED', /at most 16777216 are accepted/),
  );
});

test('a deadline ends the call on both sides', async () => {
  const aborted = seen.aborted;
  await assert.rejects(
    client.one(problem('wait'), { deadlineMs: 100 }),
    rejectsWith('DEADLINE_EXCEEDED', /test\.Echo\/One at 127\.0\.0\.1:\d+: no answer within the deadline/),
  );
  await waitFor(() => seen.aborted === aborted + 1, 'the handler to see the deadline');
});

test('an aborted signal cancels the call on both sides', async () => {
  const aborted = seen.aborted;
  const controller = new AbortController();
  const answer = client.one(problem('wait'), { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(answer, rejectsWith('CANCELLED', /test\.Echo\/One at/));
  await waitFor(() => seen.aborted === aborted + 1, 'the handler to see the cancellation');
  await assert.rejects(
    client.one(problem('x'), { signal: controller.signal }),
    rejectsWith('CANCELLED', /cancelled/),
  );
});

test('one signal bounds a hundred calls without a warning', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 100 }, () => client.one(problem('x'), { signal })));
  await sleep(10);
  process.off('warning', note);
  assert.deepEqual(warnings, []);
});

test('an aborted signal ends a waiting stream', async () => {
  const controller = new AbortController();
  const returned = seen.returned;
  await assert.rejects(
    async () => {
      for await (const _ of client.count(
        { ...problem('wait'), answer: '3' },
        { signal: controller.signal },
      )) {
        controller.abort();
      }
    },
    rejectsWith('CANCELLED', /test\.Echo\/Count/),
  );
  await waitFor(() => seen.returned === returned + 1, 'the generator to be returned');
});

test('a silent stream is ended with an error that names it', async () => {
  const aborted = seen.aborted;
  await assert.rejects(
    collect(client.count({ ...problem('wait'), answer: '3' }, { idleMs: 100 })),
    rejectsWith('DEADLINE_EXCEEDED', /^test\.Echo\/Count at 127\.0\.0\.1:\d+: no message for 100 ms$/),
  );
  await waitFor(() => seen.aborted === aborted + 1, 'the handler to see it');
});

test("a caller's own work between two messages is not the server's silence", async () => {
  let count = 0;
  for await (const _ of client.count({ ...problem('n'), answer: '20' }, { idleMs: 1_000 })) {
    if (count++ === 0) await sleep(1_200);
  }
  assert.equal(count, 20);
});

test('a call made for a parent call ends with it, and by its deadline', async () => {
  const controller = new AbortController();
  const parent = { signal: controller.signal, deadlineMs: Date.now() + 100 };
  await assert.rejects(
    client.one(problem('wait'), { parent, deadlineMs: 60_000 }),
    rejectsWith('DEADLINE_EXCEEDED', /One/),
  );
  const own = new AbortController();
  const late = { signal: controller.signal, deadlineMs: Infinity };
  const answer = client.one(problem('wait'), { parent: late, signal: own.signal });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(answer, rejectsWith('CANCELLED', /cancelled/));
});

test('break out of a stream cancels it on the server, which has not buffered ahead', async () => {
  const returned = seen.returned;
  seen.written = 0;
  // 10,000 messages of 100 kB: a server that ignored back-pressure would buffer a gigabyte.
  for await (const _ of client.count({ ...problem('big'), answer: '10000' })) {
    await sleep(200);
    break;
  }
  await waitFor(() => seen.returned === returned + 1, 'the generator to be returned');
  assert.ok(seen.written < 1_000, `the server wrote ${seen.written} messages`);
});

test('the error of an unreachable server names the method and the address', async () => {
  const nobody = createClient(Echo, '127.0.0.1:9', { deadlineMs: 2_000, attemptsMax: 2 });
  await assert.rejects(
    nobody.one(problem('x')),
    rejectsWith(
      'UNAVAILABLE',
      /^test\.Echo\/One at 127\.0\.0\.1:9: not reachable \(connect ECONNREFUSED 127\.0\.0\.1:9\)\. Is the/,
    ),
  );
  await assert.rejects(nobody.ready(200), rejectsWith('UNAVAILABLE', /test\.Echo at 127\.0\.0\.1:9/));
  nobody.close();
});

test('a full queue says when to retry', async () => {
  await assert.rejects(client.one(problem('full')), (error: unknown) => {
    assert.ok(error instanceof Overloaded, String(error));
    assert.deepEqual(
      [error.reason, error.message, error.retryAfterMs],
      ['RESOURCE_EXHAUSTED', 'the queue is full', 1500],
    );
    return true;
  });
});
