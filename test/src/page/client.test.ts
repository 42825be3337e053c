/**
 * `@soar/client` in a real browser: a page of another origin that grades an answer and watches a run through a gateway,
 * and one whose origin is not allowed. The modules are those of the packages, with an import map in place of a bundler.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RunState } from '@soar/contracts';
import { StandInCoordinator } from '@soar/dashboard/dist/testing/stand-in-coordinator.js';
import * as domains from '@soar/domains';
import { readConfig } from '@soar/gateway/dist/config.js';
import { startGateway } from '@soar/gateway/dist/gateway.js';
import { startVerifier } from '@soar/verifier/dist/testing/running-verifier.js';
import type { Browser } from 'playwright-core';
import { repositoryRoot } from '../repository-root.js';
import { noBrowser, openBrowser } from './browser.js';

/** What the client's modules import, and with it what those import. */
const MODULES = [
  '@soar/client',
  '@soar/contracts/descriptors',
  '@soar/contracts/grpc',
  '@connectrpc/connect',
  '@connectrpc/connect/protocol',
  '@connectrpc/connect/protocol-connect',
  '@connectrpc/connect/protocol-grpc-web',
  '@connectrpc/connect-web',
  '@bufbuild/protobuf',
  '@bufbuild/protobuf/codegenv2',
  '@bufbuild/protobuf/reflect',
  '@bufbuild/protobuf/wire',
  '@bufbuild/protobuf/wkt',
  '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js',
];

const LOAD_MS_MAX = 15_000;

const imports = Object.fromEntries(
  MODULES.map((name) => [name, `/${relative(repositoryRoot, fileURLToPath(import.meta.resolve(name)))}`]),
);
const HTML = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">globalThis.client = await import('@soar/client');</script>`;

const coordinator = new StandInCoordinator();
let verifier: Awaited<ReturnType<typeof startVerifier>>;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let page: Server;
let browser: Browser;

before(async () => {
  if (noBrowser !== false) return;
  page = createServer(({ url = '/' }, response) => {
    const file = join(repositoryRoot, new URL(url, 'http://page').pathname);
    if (url === '/') response.setHeader('content-type', 'text/html').end(HTML);
    else if (existsSync(file)) response.setHeader('content-type', 'text/javascript').end(readFileSync(file));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  await coordinator.start();
  coordinator.add('one', 3, RunState.SUCCEEDED);
  verifier = await startVerifier(domains, {});
  const flags = {
    verifier: verifier.address,
    coordinator: coordinator.address,
    'allow-origin': origin('127.0.0.1'),
  };
  const args = Object.entries({ listen: '127.0.0.1:0', ...flags }).flatMap(([name, value]) => [
    `--${name}`,
    value,
  ]);
  const { exitWithParent: _, ...config } = readConfig(args, {});
  gateway = await startGateway({ ...config, log: () => undefined });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await gateway?.stop();
  await verifier?.stop();
  await coordinator.stop();
  page?.close();
  page?.closeAllConnections();
});

function origin(host: string): string {
  return `http://${host}:${(page.address() as AddressInfo).port}`;
}

test('a page of an allowed origin grades an answer and watches a run', { skip: noBrowser }, async () => {
  const tab = await browser.newPage();
  const wrong: string[] = [];
  tab.on('pageerror', ({ message }) => wrong.push(message));
  await tab.goto(origin('127.0.0.1'));
  await tab
    .waitForFunction('globalThis.client !== undefined', undefined, { timeout: LOAD_MS_MAX })
    .catch((error: unknown) => {
      throw new Error(`the client did not load: ${wrong.join('; ')}`, { cause: error });
    });
  const found = await tab.evaluate<unknown>(`(async () => {
    const soar = client.connect('http://${gateway.address}');
    const item = { gold: '1/2', response: 'It is \\\\boxed{0.5}.' };
    const { verification } = await soar.verifier.verify({ domain: 'math', item });
    const states = [];
    for await (const { run } of soar.watchRun('one')) states.push(run.state, run.outerStepsDone);
    const reason = await soar.coordinator.getRun({ id: 'two' }).catch((error) => [error.reason, error.where]);
    return { correct: verification.verdict === client.Verdict.CORRECT, states, reason };
  })()`);
  assert.deepEqual(found, { correct: true, states: [RunState.SUCCEEDED, 3], reason: ['NOT_FOUND', 'id'] });
});

test('a page of another origin can neither call nor read', { skip: noBrowser }, async () => {
  const tab = await browser.newPage();
  await tab.goto(`${origin('localhost')}/LICENSE`);
  const call = `fetch('http://${gateway.address}/soar.coordinator.v1.CoordinatorService/CancelRun',
    { method: 'POST', body: '{"id":"one"}', HOW })`;
  const tried = (how: string): Promise<string> =>
    tab.evaluate<string>(
      `${call.replace('HOW', how)}.then(({ type, status }) => type + status, ({ name }) => name)`,
    );
  assert.equal(
    await tried("headers: { 'content-type': 'application/json' }"),
    'TypeError',
    'asked for, and refused',
  );
  // What a browser sends without asking, as a form would.
  const form = "headers: { 'content-type': 'application/x-www-form-urlencoded' }";
  assert.equal(await tried(form), 'TypeError', 'not to be read');
  assert.equal(await tried(`mode: 'no-cors', ${form}`), 'TypeError', 'sent blindly');
  assert.deepEqual(coordinator.steered, [], 'and never done');
});
