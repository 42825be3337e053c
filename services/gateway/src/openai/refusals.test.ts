/** What the endpoints of OpenAI's API refuse: each parameter by its name, in the form that its clients read. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { BuildService, FinishReason, TrainerService } from '@soar/contracts';
import { Overloaded, UserError } from '@soar/core';
import {
  type HandlerContext,
  type ServerOptions,
  service,
  type ServiceImpl,
  startServer,
} from '@soar/grpc-kit';
import { openSite, type Site } from '@soar/trainer/dist/testing/running-trainer.js';
import { ask } from '../testing/asking.js';
import { runningGateway } from '../testing/running-gateway.js';

interface ApiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

let site: Site;
let address: string;
const closing: (() => Promise<void>)[] = [];
before(async () => {
  site = await openSite();
  const trainer = await site.trainer();
  const context = { after: (close: () => Promise<void>) => void closing.push(close) };
  const flags = ['--openai', '--trainer', trainer.client.address, '--verifier', ''];
  address = await runningGateway(context as never, flags);
});
after(async () => {
  for (const close of closing) await close();
  await site.close();
});

async function refused(path: string, body: unknown, status: number, at = address): Promise<ApiError> {
  const reply = await ask(at, `/v1/${path}`, { body });
  assert.equal(reply.status, status, reply.text);
  const { error } = JSON.parse(reply.text) as { error: ApiError };
  assert.deepEqual(Object.keys(error).sort(), ['code', 'message', 'param', 'type']);
  return error;
}

const completion = { model: 'bytes', prompt: 'the', max_tokens: 2 };
const chat = { model: 'bytes', messages: [{ role: 'user', content: 'x' }], max_tokens: 2 };

test('a parameter that there is nothing for is refused by its name, and its neutral value is accepted', async () => {
  const wrong: Record<string, [unknown, unknown]> = {
    frequency_penalty: [0.5, 0],
    presence_penalty: [-1, 0],
    logit_bias: [{ 5: 1 }, {}],
    response_format: [{ type: 'json_object' }, { type: 'text' }],
    tools: [[{ type: 'function' }], []],
    tool_choice: ['required', 'none'],
    best_of: [2, 1],
    suffix: ['x', ''],
    store: [true, false],
    reasoning_effort: ['low', null],
  };
  for (const [param, [value]] of Object.entries(wrong)) {
    const error = await refused('completions', { ...completion, [param]: value }, 400);
    assert.deepEqual([error.param, error.code], [param, 'unsupported_parameter'], error.message);
    assert.equal(error.type, 'invalid_request_error');
  }
  const neutral = Object.fromEntries(Object.entries(wrong).map(([param, [, value]]) => [param, value]));
  const { status, text } = await ask(address, '/v1/completions', {
    body: { ...completion, ...neutral, user: 'u' },
  });
  assert.equal(status, 200, text);
});

test('a value that is none is refused with what was expected', async () => {
  const wrong: [object, string | null, RegExp][] = [
    [{ model: undefined }, 'model', /expected the name of a model, got nothing/],
    [{ temperature: 11 }, 'temperature', /expected a number from 0 to 10, got 11/],
    [{ temperature: '1' }, 'temperature', /got "1"/],
    [{ top_p: 0 }, 'top_p', /above 0/],
    [{ n: 0 }, 'n', /from 1 to 128, got 0/],
    [{ max_tokens: 0 }, 'max_tokens', /at least 1, or echo/],
    [{ max_tokens: 1.5 }, 'max_tokens', /a whole number/],
    [{ seed: -1 }, 'seed', /from 0 to 4294967295/],
    [{ stop: ['a', ''] }, 'stop[1]', /a string of 1 to 64 bytes/],
    [{ stop: Array(17).fill('a') }, 'stop', /at most 16 strings/],
    [{ logprobs: 21 }, 'logprobs', /from 0 to 20/],
    [{ stream: 'yes' }, 'stream', /true or false/],
    [{ prompt: '' }, 'prompt', /a text that is not empty/],
    [{ prompt: ['a', [1]] }, 'prompt[1]', /a text that is not empty/],
    [{ prompt: [[1, 2.5]] }, 'prompt[0][1]', /a token id/],
    [{ prompt: [] }, 'prompt', /a text, token ids, or a list of either/],
    [{ prompt: Array(600).fill('a'), n: 2 }, 'n', /at most 1024 answers in a request, got 1200/],
    [{ prompt: [[1, 4000]] }, null, /token 1 is 4000, expected an id from 0 to 271/],
    [{ prompt: 'a'.repeat(600) }, null, /601 tokens leave no room to answer in the model's 512 positions/],
    [{ stream: true, logprobs: 1 }, 'logprobs', /leave out stream/],
    [{ stream: true, logprobs: 0, temperature: 0.5 }, 'logprobs', /at temperature 0 and 1 alone/],
    [{ stream: true, echo: true }, 'echo', /a stream has no prompts/],
    [{ stream: true, n: 40 }, 'n', /at most 32 answers in a stream/],
    [{ stream_options: { include_usage: true } }, 'stream_options', /belongs to a stream/],
    [{ temprature: 1 }, 'temprature', /does not know it/],
  ];
  for (const [change, param, message] of wrong) {
    const error = await refused('completions', { ...completion, ...change }, 400);
    assert.match(error.message, message);
    assert.equal(error.param, param, error.message);
  }
});

test('messages that no template knows are refused by their place', async () => {
  const wrong: [unknown, string, RegExp][] = [
    [[], 'messages', /1 to 64 messages/],
    [[{ role: 'tool', content: 'x' }], 'messages[0].role', /one of system, developer, user, assistant/],
    [[{ role: 'user' }], 'messages[0].content', /a string or parts of text/],
    [
      [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }],
      'messages[0].content[0].type',
      /models here read text alone, not "image_url"/,
    ],
    [[{ role: 'assistant', content: '', tool_calls: [{}] }], 'messages[0].tool_calls', /role and content/],
    [[{ role: 'user', content: 'x', mood: 1 }], 'messages[0].mood', /does not know it/],
  ];
  for (const [messages, param, message] of wrong) {
    const error = await refused('chat/completions', { ...chat, messages }, 400);
    assert.match(error.message, message);
    assert.equal(error.param, param);
  }
  const untemplated = await refused('chat/completions', chat, 400);
  assert.match(untemplated.message, /the model has no chat template/);
  assert.equal(untemplated.param, 'messages');
  const { param } = await refused('chat/completions', { ...chat, top_logprobs: 2 }, 400);
  assert.equal(param, 'top_logprobs');
  const both = await refused('chat/completions', { ...chat, max_completion_tokens: 3 }, 400);
  assert.match(both.message, /expected 2, which is max_tokens, or one of them alone, got 3/);
});

test('a model that is not there is 404, in a stream too', async () => {
  for (const model of ['none', 'run/none', '../etc', 'a b', `bytes@${'0'.repeat(10)}`]) {
    for (const more of [{}, { stream: true }]) {
      const error = await refused('completions', { ...completion, ...more, model }, 404);
      assert.deepEqual([error.param, error.code], ['model', 'model_not_found']);
      assert.match(error.message, /GET \/v1\/models lists the models/);
    }
  }
  const shown = await ask(address, '/v1/models/none', { method: 'GET' });
  assert.equal(shown.status, 404);
  assert.match(shown.text, /model_not_found/);
});

test('a path, a method and a body that are none are told so', async () => {
  const unknown = await refused('embeddings', {}, 404);
  assert.match(unknown.message, /POST \/v1\/embeddings: expected POST \/v1\/chat\/completions/);
  const got = await ask(address, '/v1/completions', { method: 'GET' });
  assert.deepEqual([got.status, JSON.parse(got.text).error.code], [405, 'method_not_allowed']);
  assert.match((await refused('completions', '{"model"', 400)).message, /the body is no JSON/);
  assert.equal((await refused('completions', '[]', 400)).param, 'body');
  const large = JSON.stringify({ ...completion, prompt: 'a'.repeat(9_000_000) });
  assert.equal((await refused('completions', large, 413)).code, 'body_too_large');
});

/** A gateway before a trainer that does what the test says, where the real one cannot be made to. */
async function standIn(
  t: TestContext,
  own: Partial<ServiceImpl<typeof TrainerService>>,
  options: Partial<ServerOptions> = {},
): Promise<string> {
  const none = (): never => {
    throw new UserError('the test does not ask for this');
  };
  const all = Object.fromEntries(TrainerService.methods.map(({ localName }) => [localName, none]));
  const impl = { ...all, ...own } as ServiceImpl<typeof TrainerService>;
  const services = [service(TrainerService, impl), ...(options.services ?? [])];
  const server = await startServer({ listen: '127.0.0.1:0', ...options, services });
  t.after(() => server.stop());
  return runningGateway(t, ['--openai', '--trainer', server.address, '--verifier', '']);
}

test('a full trainer is 429 with the time to wait, what never fits 400, one that is not there 503', async (t) => {
  const full = await standIn(t, {
    generate: () => {
      throw new Overloaded('the queue is full', 2_500);
    },
  });
  const large = await standIn(t, {
    generate: () => {
      throw new UserError('it does not fit into memory', 'RESOURCE_EXHAUSTED');
    },
  });
  assert.equal((await refused('completions', completion, 400, large)).code, 'resource_exhausted');
  const reply = await ask(full, '/v1/completions', { body: completion });
  assert.deepEqual([reply.status, reply.headers['retry-after']], [429, '3']);
  assert.match(reply.text, /rate_limit_error.*rate_limit_exceeded/);
  const away = await runningGateway(t, ['--openai', '--trainer', '127.0.0.1:1', '--verifier', '']);
  const { type, message } = await refused('completions', completion, 503, away);
  assert.equal(type, 'server_error');
  assert.match(message, /127\.0\.0\.1:1: not reachable/);
});

test('whoever is not known is 401, and whose role it is not 403; a known token goes on to the trainer', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'soar-openai-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const callers = join(folder, 'callers');
  const [operator, reader] = ['o'.repeat(32), 'r'.repeat(32)];
  writeFileSync(callers, `operator ${operator}\nreader ${reader}\n`);
  const at = await standIn(
    t,
    { listCheckpoints: async () => ({ checkpoints: [] }) },
    { callersFile: callers },
  );
  const asked = async (token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { status, text } = await ask(at, '/v1/models', { method: 'GET', headers });
    return [status, (JSON.parse(text) as { error?: ApiError }).error?.code];
  };
  assert.deepEqual(await asked(), [401, 'invalid_api_key']);
  assert.deepEqual(await asked('x'.repeat(32)), [401, 'invalid_api_key']);
  assert.deepEqual(await asked(operator), [200, undefined]);
  const headers = { authorization: `Bearer ${reader}` };
  const drawn = await ask(at, '/v1/completions', { body: completion, headers });
  assert.equal(drawn.status, 403, drawn.text);
  assert.match(drawn.text, /permission_error/);
});

test(
  'a client that goes away ends the work of its request, whole or streamed',
  { timeout: 20_000 },
  async (t) => {
    const ended: string[] = [];
    let wake = (): void => undefined;
    const untilGone = (name: string, { signal }: HandlerContext): Promise<never> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended.push(name);
          wake();
          reject(new UserError('cancelled', 'CANCELLED'));
        });
        begun();
      });
    let begun = (): void => undefined;
    const gateway = await standIn(t, {
      generate: (_, context) => untilGone('whole', context),
      async *streamGenerate(_, context) {
        yield { tokenId: 1, text: 'a' };
        await untilGone('stream', context);
      },
    });
    const [host, port] = gateway.split(':');
    for (const stream of [false, true]) {
      const gone = new Promise<void>((resolve) => (wake = resolve));
      const working = new Promise<void>((resolve) => (begun = resolve));
      const headers = { 'content-type': 'application/json' };
      const sent = request({ host, port, path: '/v1/completions', method: 'POST', headers });
      sent.on('error', () => undefined);
      sent.end(JSON.stringify({ ...completion, stream }));
      await working;
      sent.destroy();
      await gone;
    }
    assert.deepEqual(ended, ['whole', 'stream']);
  },
);

test("answers name the trainer's build, which is asked for once", async (t) => {
  let asked = 0;
  const getBuild = async () => ({ build: { fingerprint: `build ${++asked}` }, uses: [] });
  const gateway = await standIn(
    t,
    {
      generate: async () => ({
        completions: [{ tokenIds: [1], text: 'a', finishReason: FinishReason.LENGTH }],
        promptTokenIds: [{ ids: [1] }],
      }),
    },
    { services: [service(BuildService, { getBuild })] },
  );
  for (let i = 0; i < 2; i++) {
    const { text } = await ask(gateway, '/v1/completions', { body: completion });
    assert.equal((JSON.parse(text) as { system_fingerprint: string }).system_fingerprint, 'build 1');
  }
});

test('a stream that fails in its midst ends with the error, not as if it were whole', async (t) => {
  const gateway = await standIn(t, {
    async *streamGenerate() {
      yield { tokenId: 1, text: 'a' };
      throw new UserError('the worker died', 'UNAVAILABLE');
    },
  });
  const { status, text } = await ask(gateway, '/v1/completions', { body: { ...completion, stream: true } });
  assert.equal(status, 200);
  const events = text.trim().split('\n\n');
  const { error } = JSON.parse(events.at(-1)!.replace('data: ', '')) as { error: ApiError };
  assert.deepEqual([error.message, error.type], ['the worker died', 'server_error']);
  assert.ok(!text.includes('[DONE]'));
});

test('the endpoints are there only where they were asked for', async (t) => {
  const flags = ['--trainer', '127.0.0.1:1', '--verifier', ''];
  const without = await runningGateway(t, flags);
  const { status, text } = await ask(without, '/v1/models', { method: 'GET' });
  assert.equal(status, 404, text);
  await assert.rejects(runningGateway(t, ['--openai', '--trainer', '']), /--openai needs --trainer/);
});
