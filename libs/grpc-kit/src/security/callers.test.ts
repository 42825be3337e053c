import { MetaRewardService, TrainerService, VerifierService, type DescService } from '@soar/contracts';
import { Health } from '@soar/contracts/grpc';
import { messageOf, UserError } from '@soar/core';
import { CertificateAuthority } from '@soar/testkit';
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createClient } from '../client/client.js';
import { type RunningServer, type ServerOptions, startServer } from '../server/server.js';
import { service } from '../service.js';
import { type CallSecurity, openCallCredentials } from './call-credentials.js';
import { Callers } from './callers.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-callers-'));
after(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const sha256 = (token: string): string => `sha256:${createHash('sha256').update(token).digest('hex')}`;
const watching = { log: () => undefined };

const OPERATOR = 'operator-0123456789';
const READER = 'reader-0123456789';
const TEACHER = 'teacher-0123456789';

/** Handlers that answer nothing useful: what matters is who reaches them. */
function hollow(desc: DescService) {
  const reached = () => Promise.reject(new UserError('reached', 'NOT_FOUND'));
  return service(desc, Object.fromEntries(desc.methods.map(({ localName }) => [localName, reached])));
}

async function withServer(
  options: Partial<ServerOptions>,
  work: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const services = [TrainerService, VerifierService, MetaRewardService].map(hollow);
  const running = await startServer({
    listen: '127.0.0.1:0',
    services,
    log: () => {},
    drainMs: 300,
    ...options,
  });
  try {
    await work(running);
  } finally {
    await running.stop();
  }
}

/** Messages of what a caller is told by three methods. */
async function told(address: string, security: CallSecurity): Promise<string[]> {
  const credentials = openCallCredentials(security);
  const options = { credentials, deadlineMs: 5_000, attemptsMax: 1 };
  const trainer = createClient(TrainerService, address, options);
  const metareward = createClient(MetaRewardService, address, options);
  const calls = [trainer.updatePolicy({}), trainer.listTrainingRuns({}), metareward.scoreStep({})];
  const messages = (await Promise.allSettled(calls)).map((it) =>
    it.status === 'rejected' && it.reason instanceof UserError ? it.reason.reason : 'no error',
  );
  trainer.close();
  metareward.close();
  credentials.close();
  return messages;
}

test('a token has its roles, and may call what they may', async () => {
  const callersFile = write(
    'callers',
    `# who\noperator ${OPERATOR}\n\nreader ${sha256(READER)} # a dashboard\nteacher ${TEACHER}\n`,
  );
  await withServer({ callersFile }, async ({ address }) => {
    const as = (token: string) => told(address, { tokenFile: write('token', token) });
    const [denied, unknown] = ['PERMISSION_DENIED', 'UNAUTHENTICATED'];
    // A request that reaches its method lacks required fields, or finds the hollow handler.
    assert.deepEqual(await as(READER), [denied, 'NOT_FOUND', denied]);
    assert.deepEqual(await as(TEACHER), ['INVALID_ARGUMENT', denied, denied]);
    assert.deepEqual(await as(OPERATOR), [denied, 'NOT_FOUND', denied]);
    assert.deepEqual(await as('nobody-0123456789'), [unknown, unknown, unknown]);
    assert.deepEqual(await told(address, {}), [unknown, unknown, unknown]);
    const health = createClient(Health, address, { attemptsMax: 1 });
    await health.check({});
    health.close();
  });
});

test('the refusal says which roles may call, and which the caller has', async () => {
  await withServer({ callersFile: write('callers', `reader,trainer ${READER}`) }, async ({ address }) => {
    const credentials = openCallCredentials({ tokenFile: write('token', READER) });
    const trainer = createClient(TrainerService, address, { credentials, attemptsMax: 1 });
    await assert.rejects(trainer.updatePolicy({}), {
      reason: 'PERMISSION_DENIED',
      message:
        'soar.trainer.v1.TrainerService/UpdatePolicy: may be called as teacher; this caller is reader and trainer, ' +
        "by the server's --callers-file",
    });
    trainer.close();
    credentials.close();
  });
});

test('a certificate has the roles of a name that it carries, and a line may demand a token beside it', async () => {
  const authority = new CertificateAuthority('ours');
  const ca = write('ca.pem', authority.cert);
  const files = (name: string, hosts: string[]) => {
    const { cert, key } = authority.issue(name, { hosts });
    return { cert: write(`${name}.pem`, cert), key: write(`${name}.key`, key) };
  };
  const callersFile = write(
    'callers',
    `teacher cert:teacher.soar.svc ${TEACHER}\nreader cert:board.soar.svc\n`,
  );
  const tls = { ...files('server', ['localhost', '127.0.0.1']), clientCa: ca };
  await withServer({ tls, callersFile }, async ({ address }) => {
    const as = (name: string, hosts: string[], token?: string) =>
      told(address, {
        tls: { ca, ...files(name, hosts) },
        ...(token === undefined ? {} : { tokenFile: write('token', token) }),
      });
    const [denied, unknown] = ['PERMISSION_DENIED', 'UNAUTHENTICATED'];
    assert.deepEqual(await as('teacher', ['teacher.soar.svc'], TEACHER), [
      'INVALID_ARGUMENT',
      denied,
      denied,
    ]);
    assert.deepEqual(await as('teacher', ['teacher.soar.svc']), [unknown, unknown, unknown]);
    assert.deepEqual(await as('board', ['x.org', 'board.soar.svc']), [denied, 'NOT_FOUND', denied]);
    assert.deepEqual(await as('other', ['other.soar.svc'], TEACHER), [unknown, unknown, unknown]);
    assert.deepEqual(await as('wild', ['*.soar.svc']), [unknown, unknown, unknown]);
  });
});

test('a file without roles, as before, lets its tokens do anything', async () => {
  await withServer({ tokenFile: write('tokens', `${READER}\n${TEACHER}\n`) }, async ({ address }) => {
    const as = (token: string) => told(address, { tokenFile: write('token', token) });
    assert.deepEqual(await as(TEACHER), ['INVALID_ARGUMENT', 'NOT_FOUND', 'INVALID_ARGUMENT']);
  });
});

test('roles change with the file, and an unusable one leaves the callers that were', async () => {
  const path = write('changing', `reader ${READER}`);
  const lines: string[] = [];
  const callers = new Callers(path, false, { pollMs: 10, log: (line) => void lines.push(line) });
  const shown = { authorization: `Bearer ${READER}` };
  assert.deepEqual(callers.rolesOf(shown), ['reader']);
  const until = async (text: string, done: () => boolean) => {
    writeFileSync(path, text);
    for (let i = 0; i < 500 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(done(), text);
  };
  await until(`reader,operator ${READER}`, () => callers.rolesOf(shown)?.length === 2);
  await until('nonsense', () => lines.some((line) => /previous content stays/.test(line)));
  assert.deepEqual(callers.rolesOf(shown), ['reader', 'operator']);
  callers.close();
});

test('an unusable file is refused by its line, and tokens are not shown', () => {
  const refusals: [text: string, message: RegExp][] = [
    ['', /--callers-file .*bad: names no caller/],
    ['# nobody\n', /names no caller/],
    ['reader', /line 1: expected one token, or names of a certificate, or both/],
    [`reader ${READER} ${TEACHER}`, /line 1: expected one token/],
    [`\nqueen ${READER}`, /line 2: expected roles of operator, reader, .*, got another word "queen"/],
    [`${READER} reader`, /line 1: /],
    ['reader short', /line 1: expected 16 to 4096 printable ASCII characters .* got 5 characters/],
    ['reader sha256:abc', /expected sha256: and 64 hexadecimal digits/],
    ['reader cert:*.soar.svc', /expected cert: and a name/],
    ['reader cert:a.soar.svc', /cert:a\.soar\.svc needs --tls-client-ca/],
    [`reader ${READER}\n`.repeat(257), /257 callers, at most 256/],
  ];
  for (const [text, message] of refusals) {
    const opened = () => new Callers(write('bad', text), false, watching);
    assert.throws(opened, message, text);
    assert.throws(
      opened,
      (error: unknown) => error instanceof UserError && !messageOf(error).includes(READER),
    );
  }
  assert.throws(
    () => new Callers(join(folder, 'none'), false, watching),
    /--callers-file .*none: cannot be read/,
  );
});

test('a caller without a certificate has none of its names', () => {
  const callers = new Callers(write('named', 'reader cert:a.soar.svc'), true, watching);
  const { cert } = new CertificateAuthority('ours').issue('a.soar.svc');
  assert.equal(callers.rolesOf({}), undefined);
  assert.deepEqual(callers.rolesOf({ certificate: new X509Certificate(cert) }), ['reader']);
  callers.close();
});
