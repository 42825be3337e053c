/** Embeddings over real HTTP: what is asked, and everything that an endpoint may reply instead. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type Clock, UserError } from '@soar/core';
import { embeddingSettings, embedTexts } from './embeddings.js';
import { startEndpoint } from './testing/running-endpoint.js';

const KEY = 'sk-secret-0123456789';
const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() };
const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `text ${i}`);

interface Asked {
  readonly model: string;
  readonly input: readonly string[];
}

/** An endpoint whose replies to the texts of a call are `reply`'s. */
async function endpoint(t: TestContext, reply: (asked: Asked, call: number) => unknown) {
  const running = await startEndpoint(({ body }, response, call) => {
    const found = reply(body as unknown as Asked, call);
    response.end(typeof found === 'string' ? found : JSON.stringify(found));
  });
  t.after(() => running.stop());
  return running;
}

/** Its number, and 1; in reverse order, which the indices say. */
const vectors = ({ input }: Asked) => ({
  data: input.map((text, index) => ({ index, embedding: [Number(text.slice(5)), 1] })).reverse(),
});

test('texts are sent in parts, and their vectors come back in order', async (t) => {
  const running = await endpoint(t, vectors);
  const found = await embedTexts(embeddingSettings(running.url, 'embed-x', KEY), texts(70), {
    key: KEY,
    clock,
  });
  assert.deepEqual(
    found,
    texts(70).map((_, i) => [i, 1]),
  );
  assert.deepEqual(
    running.calls.map(({ path, authorization, body }) => [
      path,
      authorization,
      body.model,
      (body as unknown as Asked).input.length,
    ]),
    [32, 32, 6].map((count) => ['/v1/embeddings', `Bearer ${KEY}`, 'embed-x', count]),
  );
});

test('an endpoint that is busy is asked again', async (t) => {
  const running = await startEndpoint(({ body }, response, call) => {
    response.statusCode = call === 0 ? 429 : 200;
    response.end(JSON.stringify(vectors(body as unknown as Asked)));
  });
  t.after(() => running.stop());
  const settings = embeddingSettings(running.url, 'm', undefined);
  assert.equal((await embedTexts(settings, texts(2), { key: undefined, clock })).length, 2);
  assert.equal(running.calls.length, 2);
});

test('a reply that is no vectors for the texts is refused', async (t) => {
  const one = { index: 0, embedding: [1, 2] };
  for (const [reply, message] of [
    ['<html>', /not JSON/],
    ['null', /expected 2 vectors/],
    [{ data: [one] }, /expected 2 vectors/],
    [{ data: [one, one] }, /each index from 0 to 1 once/],
    [{ data: [one, { index: 7, embedding: [1, 2] }] }, /each index/],
    [{ data: [one, { index: '__proto__', embedding: [1, 2] }] }, /each index/],
    [{ data: [one, { index: 1, embedding: [1] }] }, /expected 2 numbers in each/],
    [{ data: [one, { index: 1, embedding: [1, null] }] }, /finite numbers/],
    [{ data: [one, { index: 1, embedding: 'AAAA' }] }, /finite numbers/],
    [{ data: [one, 3] }, /finite numbers/],
  ] as const) {
    const running = await endpoint(t, () => reply);
    await assert.rejects(
      embedTexts(embeddingSettings(running.url, 'm', undefined), texts(2), { key: undefined, clock }),
      (error: unknown) => error instanceof UserError && message.test(error.message),
      JSON.stringify(reply),
    );
  }
});

test('vectors of all calls have one length', async (t) => {
  const running = await endpoint(t, ({ input }, call) => ({
    data: input.map((_, index) => ({ index, embedding: call === 0 ? [1, 2] : [1, 2, 3] })),
  }));
  await assert.rejects(
    embedTexts(embeddingSettings(running.url, 'm', undefined), texts(33), { key: undefined, clock }),
    /expected 2 numbers in each/,
  );
});

test('a late endpoint ends at its deadline, and a wrong key is not repeated', async (t) => {
  const silent = await startEndpoint(() => undefined);
  t.after(() => silent.stop());
  const settings = { ...embeddingSettings(silent.url, 'm', undefined), timeoutMs: 30 };
  await assert.rejects(embedTexts(settings, texts(1), { key: undefined, clock }), {
    reason: 'DEADLINE_EXCEEDED',
  });
  const locked = await startEndpoint((_, response) => {
    response.statusCode = 401;
    response.end(`{"error": {"message": "bad key ${KEY}"}}`);
  });
  t.after(() => locked.stop());
  await assert.rejects(
    embedTexts(embeddingSettings(locked.url, 'm', KEY), texts(1), { key: KEY, clock }),
    /status 401: bad key \[key\]; check --embeddings-url, --embeddings-model and SOAR_EMBEDDINGS_KEY/,
  );
  assert.equal(locked.calls.length, 1);
});

test('a key leaves this machine over https alone', () => {
  assert.throws(() => embeddingSettings('http://host/v1', 'm', KEY), /SOAR_EMBEDDINGS_KEY would leave/);
  assert.throws(
    () => embeddingSettings('ftp://host', 'm', undefined),
    /--embeddings-url: expected the address/,
  );
  assert.equal(embeddingSettings('https://host/v1', 'm', KEY).url.pathname, '/v1/embeddings');
});
