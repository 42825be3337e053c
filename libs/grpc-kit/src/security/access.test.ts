import * as contracts from '@soar/contracts';
import type { DescService } from '@soar/contracts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methodPath } from '../methods.js';
import { isInTable, rolesOf } from './access.js';

/** Every service of the contracts: the table may not be older than they are. */
const services = Object.values(contracts).filter(
  (it): it is DescService & typeof it => typeof it === 'object' && 'kind' in it && it.kind === 'service',
);

test('every method of every service is in the table, with at least one role', () => {
  assert.equal(services.length, 9);
  const paths = services.flatMap(({ methods }) => methods.map(methodPath));
  assert.equal(new Set(paths).size, 53);
  for (const path of paths) {
    assert.ok(isInTable(path), path);
    assert.ok(rolesOf(path).length > 0, path);
  }
});

test('a reader changes nothing: it may only get, list, watch and recompute', () => {
  const paths = services.flatMap(({ methods }) => methods.map(methodPath));
  for (const path of paths.filter((it) => rolesOf(it).includes('reader')))
    assert.match(path, /\/(Get|List|Watch|Recompute)/);
});

test('what only the loop does is not for people, and what people do is not for services', () => {
  const only = (role: string): string[] =>
    services
      .flatMap(({ methods }) => methods.map(methodPath))
      .filter((path) => rolesOf(path).join() === role)
      .map((path) => path.split('.').at(-1)!)
      .sort();
  assert.deepEqual(only('teacher'), ['TrainerService/UpdatePolicy']);
  assert.deepEqual(only('coordinator'), [
    'MetaRewardService/ScoreStep',
    'TeacherService/Propose',
    'TeacherService/Update',
    'TrainerService/CreateTrainingRun',
  ]);
  assert.ok(only('operator').includes('CoordinatorService/CreateRun'));
});

test('a method that nobody has listed is for operators', () => {
  assert.deepEqual(rolesOf('/another.Service/Method'), ['operator']);
  assert.equal(isInTable('/another.Service/Method'), false);
});
