import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HelpRequested, readServiceFlags } from './flags.js';

const FLAGS = {
  listen: { default: '127.0.0.1:7', help: 'where' },
  'memory-mib': { default: '5', help: 'how much' },
};
const read = (argv: string[], env: Record<string, string> = {}) => readServiceFlags('demo', FLAGS, argv, env);

test('flags win over the environment, which wins over defaults', () => {
  assert.equal(read([]).number('memory-mib', 0, 9), 5);
  assert.equal(read([], { SOAR_MEMORY_MIB: '6' }).number('memory-mib', 0, 9), 6);
  assert.equal(read(['--memory-mib', '7'], { SOAR_MEMORY_MIB: '6' }).number('memory-mib', 0, 9), 7);
  assert.equal(read([]).serving.listen, '127.0.0.1:7');
  assert.deepEqual([read(['--insecure']).serving.insecure, read([]).serving.insecure], [true, false]);
});

test('unknown flags, stray words and numbers out of range are refused and named', () => {
  assert.throws(() => read(['--memroy', '1']), /^UserError: demo: Unknown option '--memroy'.*see --help/);
  assert.throws(() => read(['stray']), /demo: .*stray/);
  for (const value of ['10', '-1', '1.5', '', 'many']) {
    const asked = () => read([`--memory-mib=${value}`]).number('memory-mib', 0, 9);
    assert.throws(asked, /demo: --memory-mib: expected a whole number from 0 to 9/);
  }
});

test('help names every flag with its default', () => {
  assert.throws(
    () => read(['--help']),
    (error: unknown) => {
      assert.ok(error instanceof HelpRequested);
      assert.match(error.message, /--memory-mib <value> +how much \(default 5\)/);
      assert.match(error.message, /--exit-with-parent/);
      return true;
    },
  );
});

test('every service reads TLS, tokens and limits in the same way', () => {
  const argv = [
    '--tls-cert',
    'c',
    '--tls-key=k',
    '--tls-client-ca',
    'a',
    '--token-file',
    't',
    '--calls-max',
    '7',
  ];
  const env = {
    SOAR_TLS_CA: 'ca',
    SOAR_TLS_CLIENT_CERT: 'cc',
    SOAR_TLS_CLIENT_KEY: 'ck',
    SOAR_HEALTH: '0.0.0.0:1',
  };
  const { serving, calling } = read(argv, env);
  assert.deepEqual(serving, {
    listen: '127.0.0.1:7',
    insecure: false,
    exitWithParent: false,
    tls: { cert: 'c', key: 'k', clientCa: 'a' },
    tokenFile: 't',
    callsMax: 7,
    callsPerSecond: 2000,
    health: '0.0.0.0:1',
  });
  assert.deepEqual(calling, { tls: { ca: 'ca', cert: 'cc', key: 'ck' }, tokenFile: 't', insecure: false });
  const plain = read(['--insecure'], { SOAR_TLS_CERT: '', SOAR_TOKEN_FILE: '' });
  assert.deepEqual([plain.serving.tls, plain.serving.tokenFile], [undefined, undefined]);
  assert.deepEqual(plain.calling, { insecure: true });
});

test('a flag without the one it needs is refused', () => {
  const refusals: [string[], RegExp][] = [
    [['--tls-cert', 'c'], /^UserError: demo: --tls-cert needs --tls-key$/],
    [['--tls-key', 'k'], /^UserError: demo: --tls-key needs --tls-cert$/],
    [['--tls-client-ca', 'a'], /^UserError: demo: --tls-client-ca needs --tls-cert$/],
    [['--tls-client-cert', 'c', '--tls-ca', 'a'], /--tls-client-cert needs --tls-client-key$/],
    [['--tls-client-key', 'c', '--tls-ca', 'a'], /--tls-client-key needs --tls-client-cert$/],
    [['--tls-client-cert', 'c', '--tls-client-key', 'k'], /--tls-client-cert needs --tls-ca$/],
    [['--calls-max', '0'], /--calls-max: expected a whole number from 1 to 1000000, got 0/],
    [['--calls-per-second=-1'], /--calls-per-second: expected a whole number from 0 to 1000000, got -1/],
  ];
  for (const [argv, message] of refusals) assert.throws(() => read(argv), message);
});
