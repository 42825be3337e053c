import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HelpAsked, readServiceFlags } from './service-flags.js';

const FLAGS = {
  listen: { default: '127.0.0.1:7', help: 'where' },
  'memory-mib': { default: '5', help: 'how much' },
};
const read = (argv: string[], env: Record<string, string> = {}) => readServiceFlags('demo', FLAGS, argv, env);

test('flags win over the environment, which wins over defaults', () => {
  assert.equal(read([]).number('memory-mib', 0, 9), 5);
  assert.equal(read([], { SOAR_MEMORY_MIB: '6' }).number('memory-mib', 0, 9), 6);
  assert.equal(read(['--memory-mib', '7'], { SOAR_MEMORY_MIB: '6' }).number('memory-mib', 0, 9), 7);
  assert.equal(read([]).listen, '127.0.0.1:7');
  assert.deepEqual([read(['--insecure']).insecure, read([]).insecure], [true, false]);
});

test('an unknown flag, a stray word and a number out of range are refused by name', () => {
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
      assert.ok(error instanceof HelpAsked);
      assert.match(error.message, /--memory-mib <value> +how much \(default 5\)/);
      assert.match(error.message, /--exit-with-parent/);
      return true;
    },
  );
});
