import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { Retention } from '@soar/contracts';
import type { ArmName } from '@soar/experiments';
import { quickstartAssets } from '@soar/quickstart';
import { presetConfig } from '../run-config.js';
import { readModel } from './checked-inputs.js';
import { planDisk, requireSpace, type DiskPlan } from './disk.js';
import { planMachine } from './machine.js';

const model = readModel(quickstartAssets.model);
const config = presetConfig('quickstart');
const machine = planMachine(config, model.config, [], { workers: 1 });

/** Bytes of the model's parameters. */
const WEIGHTS = 4 * 152_192;

function bytesOf(retention: Retention, name: RegExp): number {
  const { parts } = planDisk({ ...config, retention }, model, machine, tmpdir());
  return (parts.find((part) => name.test(part.name)) ?? assert.fail(parts.map((part) => part.name).join()))
    .bytes;
}

test('checkpoints are counted as they are kept, teachers with the state of their optimizer', () => {
  const teacher = bytesOf(Retention.RESULTS, /^teachers of 1 step$/);
  assert.ok(teacher > 3 * WEIGHTS && teacher < 3.1 * WEIGHTS, `${teacher}`);
  assert.equal(bytesOf(Retention.FORKABLE, /^teachers of 20 steps$/), 20 * teacher);
  const students = bytesOf(Retention.EVERYTHING, /^160 students$/);
  assert.ok(students > 160 * WEIGHTS && students < 1.1 * 160 * WEIGHTS, `${students}`);
  assert.ok(bytesOf(Retention.FORKABLE, /^copy of the model$/) > WEIGHTS);
});

test('a frozen teacher has no checkpoints, and in a comparison its promoted students count', () => {
  const frozen = { ...config, teacher: { ...config.teacher!, frozen: true } };
  const { parts } = planDisk(frozen, model, machine, tmpdir());
  assert.ok(!parts.some(({ name }) => name.startsWith('teachers')));
  const seeds = { teachers: 3, students: 2, alone: 2 };
  const compared = (...arms: readonly ArmName[]) =>
    planDisk(config, model, machine, tmpdir(), { arms, seeds });
  const extra = ({ leastBytes, mostBytes }: DiskPlan): number => mostBytes - leastBytes;
  assert.ok(extra(compared('pq')) > 0);
  assert.equal(extra(compared('frozen-pq', 'frozen-ps')), extra(compared('pq')));
  assert.equal(extra(compared('pq', 'frozen-pq', 'intrinsic-t')), 2 * extra(compared('pq')));
  const named = compared('pq', 'frozen-pq').parts.map(({ name }) => name);
  assert.ok(named.includes('3 runs of teacher grounded: teachers of 20 steps'), named.join('; '));
  assert.ok(!named.some((name) => name.startsWith('3 runs of teacher frozen: teachers')), named.join('; '));
});

test('a promotion in every step keeps a student more of each, unless all stay anyway', () => {
  const extra = (change: Partial<typeof config>): number => {
    const { leastBytes, mostBytes } = planDisk({ ...config, ...change }, model, machine, tmpdir());
    return mostBytes - leastBytes;
  };
  const student = bytesOf(Retention.EVERYTHING, /^160 students$/) / 160;
  assert.equal(extra({ outerSteps: 7 }), 7 * student);
  assert.equal(extra({ retention: Retention.EVERYTHING }), 0);
  assert.equal(extra({ promotion: { ...config.promotion!, disabled: true } }), 0);
});

test('too little space is refused; where it cannot be known, as on S3, nothing is', () => {
  const plan = { parts: [], leastBytes: 2 ** 30, mostBytes: 2 ** 31, where: 'runs' };
  requireSpace({ ...plan, freeBytes: 2 ** 30 });
  requireSpace(plan);
  assert.throws(
    () => requireSpace({ ...plan, freeBytes: 2 ** 29 }),
    /disk: checkpoints need about 1\.0 GiB in runs, which has 512 MiB free; .*RETENTION_RESULTS/,
  );
  assert.equal(planDisk(config, model, machine, 's3://bucket/prefix').freeBytes, undefined);
});
