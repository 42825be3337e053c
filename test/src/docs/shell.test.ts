import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsIn } from './shell.js';

test('commands end at a line, a pipe and an operator, but not within quotes or at a continued line', () => {
  assert.deepEqual(commandsIn('a b && c | d; e &\nf "g; h" \\\n  i'), [
    ['a', 'b'],
    ['c'],
    ['d'],
    ['e'],
    ['f', 'g; h', 'i'],
  ]);
});

test('quotes and escapes are removed', () => {
  assert.deepEqual(commandsIn(`printf '%s\\n' "a \\"b\\"" c\\ d '{"x":"\\\\f"}'`), [
    ['printf', '%s\\n', 'a "b"', 'c d', '{"x":"\\\\f"}'],
  ]);
});

test('assignments, keywords, comments and redirections are left out', () => {
  const script = '# first\nA=b C="d e" f g=h > out 2>&1 < in # last\nfor x in y; do\n  z "$x"\ndone';
  assert.deepEqual(commandsIn(script), [['f', 'g=h'], ['for', 'x', 'in', 'y'], ['z', '$x'], ['done']]);
});

test('text that cannot be parsed is an error', () => {
  assert.throws(() => commandsIn("a 'b"), /not understood as shell: +'b/);
});
