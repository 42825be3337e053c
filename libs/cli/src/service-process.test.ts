import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ServiceProcess, type ServiceStart } from './service-process.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-service-'));
after(() => rmSync(folder, { recursive: true }));
const ready = `console.log('{"event":"ready","service":"s","address":"127.0.0.1:1"}');`;
let files = 0;

/** A start of a service with this program. */
function start(program: string, readyTimeoutMs = 10_000): ServiceStart {
  const main = join(folder, `service-${files++}.mjs`);
  writeFileSync(main, program);
  return {
    name: 'trainer',
    main,
    flags: [],
    logFile: `${main}.log`,
    preload: 'data:text/javascript,',
    env: {},
    readyTimeoutMs,
  };
}

const never = new AbortController().signal;
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a service is ready at its readiness line and ends when asked', async () => {
  const service = await ServiceProcess.start(
    start(`${ready} process.stdin.on('end', () => process.exit(0)).resume();`),
    never,
  );
  assert.equal(service.address, '127.0.0.1:1');
  await service.stop(5000);
  assert.equal(isRunning(service.pid), false);
});

test('a service that dies before it is ready is named, with its last log lines', async () => {
  await assert.rejects(
    ServiceProcess.start(start(`console.error('address in use'); process.exit(3);`), never),
    /service trainer did not start: it ended with exit code 3.*\n {2}\| address in use/,
  );
});

test('a service that exits with the usage code is bad input, one that crashes is not', async () => {
  for (const [code, reason] of [
    [2, 'FAILED_PRECONDITION'],
    [1, 'UNAVAILABLE'],
  ] as const) {
    const started = ServiceProcess.start(start(`process.exit(${code});`), never);
    await assert.rejects(started, { name: 'UserError', reason });
  }
});

test('a service that is not ready in time is killed', async () => {
  await assert.rejects(
    ServiceProcess.start(start('setInterval(() => {}, 1000);', 300), never),
    /service trainer did not start: it was not ready after 0\.3 s/,
  );
});

test('a service that dies during the work is reported with its last log lines', async () => {
  const death = "console.error('out of memory'); process.kill(process.pid, 'SIGKILL')";
  const program = `${ready} setTimeout(() => { ${death}; }, 50);`;
  const service = await ServiceProcess.start(start(program), never);
  const error = await service.unexpectedExit();
  assert.match(
    error.message,
    /service trainer died during the work: it was killed by SIGKILL, .* smaller --memory/,
  );
  assert.match(error.message, /\| out of memory/);
});

test('a trainer that aborts because its heap is full is reported with the settings to change', async () => {
  const program = `${ready} const kept = []; for (;;) kept.push({ kept: kept.length });`;
  const small = { ...start(program), env: { NODE_OPTIONS: '--max-old-space-size=30' } };
  const error = await (await ServiceProcess.start(small, never)).unexpectedExit();
  assert.match(
    error.message,
    /killed by SIG[A-Z]+, as its log says because memory ran out; .* compute\.microBatchTokens or student\.rl/,
  );
});

test('a service that does not end in time is killed', async () => {
  const service = await ServiceProcess.start(start(`setInterval(() => {}, 1000); ${ready}`), never);
  await service.stop(200);
  assert.equal(isRunning(service.pid), false);
});
