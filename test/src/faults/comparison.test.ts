/**
 * A comparison at a coordinator elsewhere whose processes are killed one after the other: the units of an undisturbed
 * one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSoar, runSoar } from '../soar-command.js';
import { temporaryFolder } from '../temporary-folder.js';
import { COMPARE_MS_MAX, leftIn, tinyComparison } from '../tiny-comparison.js';
import { Deployment } from './deployment.js';
import { kills, Tally } from './disturbances.js';

const folder = temporaryFolder();
const ARMS = ['--arms', 'grounded-t,ps,pq'];

test('SIGKILL of any process, trainers among them, during a comparison', async () => {
  const plain = folder.at('plain');
  const undisturbed = await runSoar(tinyComparison(folder, plain, ...ARMS), COMPARE_MS_MAX);
  assert.equal(undisturbed.code, 0, undisturbed.stderr);

  const deployment = await Deployment.start({ folder: folder.at('deployment'), trainers: 2 });
  const ended = new AbortController();
  const tally = new Tally();
  try {
    const out = folder.at('elsewhere');
    const there = ['--coordinator', deployment.addressOf('coordinator'), '--artifacts', deployment.folder];
    const comparing = startSoar(tinyComparison(folder, out, ...ARMS, ...there, '--json'), COMPARE_MS_MAX);
    await comparing.firstLine; // a unit is there
    const killing = kills(11, tally, 6)(deployment, ended.signal);
    const { code, stderr } = await comparing.ended;
    ended.abort();
    await killing;
    assert.equal(code, 0, stderr);
    assert.ok(tally.kills >= 2, `${tally.kills} kills`);
    assert.deepEqual(leftIn(out), leftIn(plain));
  } finally {
    ended.abort();
    await deployment.stop();
  }
});
