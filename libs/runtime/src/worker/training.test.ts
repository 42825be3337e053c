/**
 * The memory that a step asks for, and what is left of a policy whose update fails. The steps themselves are tested
 * through workers (../training.test.ts).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '@soar/core';
import { ADAMW_DEFAULTS } from '@soar/optim';
import { parameterCount } from '../memory.js';
import { jobSettings } from '../settings.js';
import { settings, tinyConfig } from '../testing.fixture.js';
import { Policies } from './policies.js';
import { Sessions, type GraphKind } from './sessions.js';
import { floatsOf } from './tensors.js';
import { trainStep } from './training.js';

/** Has no memory left when the gradients of the second part of a model are wanted, if there is a fault. */
class FaultySessions extends Sessions {
  fault = true;
  private parts = 0;

  override get(kind: GraphKind, model: Parameters<Sessions['get']>[1]): ReturnType<Sessions['get']> {
    if (this.fault && kind.graph === 'gradients' && ++this.parts === 2) {
      throw new UserError('out of memory in ONNX Runtime: 12 bytes', 'RESOURCE_EXHAUSTED');
    }
    return super.get(kind, model);
  }
}

const texts = [{ tokens: Int32Array.of(1, 5, 9, 3), weights: new Float32Array(4).fill(1) }];
const how = { temperature: 1, kl: 'none', optimizer: ADAMW_DEFAULTS, learningRate: 1e-2 } as const;

test('a training that goes on asks for no memory that it has: its parameters and moments', async () => {
  const policies = new Policies();
  const sessions = new Sessions('cpu');
  const asked: number[] = [];
  const work = { ...jobSettings(settings()), makeRoom: (bytes: number) => void asked.push(bytes) };
  const folder = mkdtempSync(join(tmpdir(), 'soar-moments-'));
  await policies.initialise({ handle: 'base', config: tinyConfig, seed: 1, path: 'memory' });
  await policies.clone({ from: 'base', to: 'new' });
  await trainStep(policies, { handle: 'new', texts, ...how }, sessions, work);
  await policies.save({ handle: 'new', folder, optimizer: true, base: {} });
  await policies.initialise({ handle: 'resumed', config: tinyConfig, seed: 1, path: 'memory' });
  await policies.loadOptimizer({ handle: 'resumed', folder });
  await trainStep(policies, { handle: 'resumed', texts, ...how }, sessions, work);
  assert.equal(asked[0]! - asked[1]!, 3 * 4 * parameterCount(tinyConfig));
  rmSync(folder, { recursive: true });
});

test('an update that fails between two layers leaves no policy, and others as they were', async () => {
  const policies = new Policies();
  const sessions = new FaultySessions('cpu');
  const work = { ...jobSettings(settings()), makeRoom: () => undefined };
  await policies.initialise({ handle: 'base', config: tinyConfig, seed: 1, path: 'fault' });
  const parameters = (): Float32Array[] =>
    Object.values(policies.get('base').parameters.tensors).map((tensor) => floatsOf(tensor).slice());
  const before = parameters();
  const step = (handle: string) => trainStep(policies, { handle, texts, ...how }, sessions, work);
  await policies.clone({ from: 'base', to: 'student' });
  await assert.rejects(
    step('student'),
    (error) =>
      error instanceof UserError &&
      error.reason === 'RESOURCE_EXHAUSTED' &&
      /update 1 .* dropped; begin again from its last checkpoint. out of memory/.test(error.message),
  );
  assert.throws(() => policies.get('student'), /no policy student/);
  assert.deepEqual(parameters(), before);
  sessions.fault = false;
  await policies.clone({ from: 'base', to: 'student' });
  assert.equal((await step('student')).updates, 1);
});
