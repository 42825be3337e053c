import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeWhole } from './durable-files.js';
import { partialOf, sweepPartials } from './partial-files.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-partial-'));
after(() => rmSync(folder, { recursive: true }));

/** A file that was last written so many seconds ago. */
function left(name: string, secondsAgo: number): void {
  writeFileSync(join(folder, name), 'half');
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(join(folder, name), then, then);
}

test('what a killed process was writing is removed; files of running processes and of users are not', async () => {
  // Of a process that has ended.
  const module = new URL('./partial-files.js', import.meta.url).href;
  const program = `import { partialOf } from '${module}'; process.stdout.write(partialOf('unit.json'));`;
  const killed = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  left(killed, 60);
  left(partialOf('running.json'), 60);
  left(`earlier.json.${randomUUID()}.partial`, 3_600);
  left(`recent.json.${randomUUID()}.partial`, 60);
  left('mine.partial', 3_600);
  mkdirSync(join(folder, `folder.1-${randomUUID()}.partial`));
  await writeWhole(join(folder, 'whole.json'), '{}');
  const before = readdirSync(folder);
  assert.equal(await sweepPartials(folder), 2);
  const gone = before.filter((name) => !readdirSync(folder).includes(name));
  assert.deepEqual(gone.sort(), [before.find((name) => name.startsWith('earlier'))!, killed].sort());
  assert.equal(await sweepPartials(join(folder, 'none')), 0);
});
