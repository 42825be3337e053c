/**
 * SOAR off loopback: a whole run over five processes with mTLS, a token for each and their roles, driven by the real
 * command, and the error of a caller that lacks one of them. Addresses are on loopback here; nothing but the
 * certificates' names depends on that.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CertificateAuthority } from '@soar/testkit';
import { type SecuredServices, startSecuredServices } from './secured-services.js';
import { runSoar } from './soar-command.js';
import { soarSession } from './soar-session.js';
import { temporaryFolder } from './temporary-folder.js';
import { tinyRun } from './tiny-run.js';

const folder = temporaryFolder();
const soar = soarSession();
const TIMEOUT_MS = 240_000;
let services: SecuredServices;

before(async () => {
  services = await startSecuredServices(folder, folder.at('secured'));
});
after(() => services.stop());

/** `soar run` against the services; everything that it would leave goes to `out`. */
function secured(out: string, flags: readonly string[]): string[] {
  return tinyRun(folder, folder.at(out), ['--coordinator', services.coordinator, ...flags]);
}

/** Threads and micro-batches of a run elsewhere are for its trainers to decide; its configuration names none. */
const reportIn = (out: string): unknown => {
  const path = join(folder.at(out), 'tiny-seed0/report.json');
  const report = JSON.parse(readFileSync(path, 'utf8')) as { readonly config: object };
  return { ...report, timing: undefined, config: { ...report.config, compute: undefined } };
};

test('a run with mTLS, tokens and roles gives the report of one on loopback, except for times', async () => {
  const { ca, certificate, token } = services.caller;
  const run = await runSoar(secured('secured', [...ca, ...certificate, ...token]), TIMEOUT_MS);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /2 promotions/);
  const plain = await runSoar(tinyRun(folder, folder.at('plain'), ['--workers', '1']), TIMEOUT_MS);
  assert.equal(plain.code, 0, plain.stderr);
  assert.deepEqual(reportIn('secured'), reportIn('plain'));
});

test('runs are listed with the same flags', async () => {
  const { ca, certificate, token } = services.caller;
  const flags = ['--coordinator', services.coordinator, ...ca, ...certificate, ...token];
  const { code, stdout, stderr } = await soar(['runs', 'list', ...flags]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /tiny-seed0 +SUCCEEDED +2\/2/);
});

test('a missing or wrong authority, certificate or token is one message, before any work', async () => {
  const { ca, certificate, token } = services.caller;
  const stranger = new CertificateAuthority('a stranger');
  const foreignCa = ['--tls-ca', folder.write('stranger.pem', stranger.cert)];
  const pair = stranger.issue('user');
  const foreign = [
    '--tls-client-cert',
    folder.write('foreign.pem', pair.cert),
    '--tls-client-key',
    folder.write('foreign.key', pair.key),
  ];
  const wrongToken = ['--token-file', folder.write('wrong', 'another-token-of-more-than-sixteen\n')];
  const refusals: readonly (readonly [code: number, flags: readonly string[], message: RegExp])[] = [
    [1, [], /closes new connections: does it expect TLS \(--tls-ca\)/],
    [1, [...foreignCa, ...certificate, ...token], /No authority of --tls-ca signed its certificate/],
    [1, [...ca, ...token], /It requires a client certificate: give --tls-client-cert and --tls-client-key/],
    [1, [...ca, ...foreign, ...token], /(or|expect) a certificate that another authority signed/],
    [
      2,
      [...ca, ...certificate],
      /does not know the caller: no line of its --callers-file has its certificate and no token/,
    ],
    [
      2,
      [...ca, ...certificate, ...wrongToken],
      /does not know the caller: no line of its --callers-file has its certificate and its token/,
    ],
    [2, [...certificate, ...token], /^soar: --coordinator: --tls-client-cert needs --tls-ca/],
    [2, ['--tls-ca', folder.at('none.pem')], /^soar: --tls-ca .*none\.pem: cannot be read: ENOENT/],
  ];
  for (const [code, flags, message] of refusals) {
    const ended = await soar(secured('refused', flags));
    assert.match(ended.stderr, message);
    assert.equal(ended.code, code, ended.stderr);
    const lines = ended.stderr.trim().split('\n');
    assert.equal(lines.filter((line) => !/problems from/.test(line)).length, 1, ended.stderr);
    assert.equal(ended.stdout, '');
    assert.equal(existsSync(folder.at('refused')), false, 'work was started');
  }
});

test('a caller that may only look lists runs and cannot steer them', async () => {
  const { ca, certificate, token } = services.guest;
  const flags = ['--coordinator', services.coordinator, ...ca, ...certificate, ...token];
  assert.match((await soar(['runs', 'list', ...flags])).stdout, /tiny-seed0/);
  const { code, stderr } = await soar(['runs', 'pause', 'tiny-seed0', ...flags]);
  assert.equal(code, 2);
  assert.match(stderr, /PauseRun: may be called as operator; this caller is reader/);
});

test('TLS flags without a coordinator elsewhere are refused', async () => {
  const { code, stderr } = await soar(tinyRun(folder, folder.at('refused'), services.caller.ca.slice()));
  assert.equal(code, 2);
  assert.match(stderr, /^soar: --tls-ca: applies only with --coordinator; give --coordinator/);
});

test('a token is not sent in plain text unless a flag allows it', async () => {
  const flags = ['--coordinator', 'soar.invalid:7105', ...services.caller.token];
  const { code, stderr } = await soar(['runs', 'list', ...flags]);
  assert.equal(code, 2);
  assert.match(stderr, /soar\.invalid:7105: the token of --token-file would be sent there in plain text/);
});

test('the services exit with code 0 when they are stopped', async () => {
  assert.deepEqual(await services.stop(), [0, 0, 0, 0, 0]);
});
