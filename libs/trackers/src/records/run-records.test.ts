import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportOf } from '../testing/report.js';
import type { ScalarRecord, TrackerRecord } from './record.js';
import { recordsOf, RunRecords } from './run-records.js';

const of = <K extends TrackerRecord['kind']>(records: readonly TrackerRecord[], kind: K) =>
  records.filter((record): record is Extract<TrackerRecord, { kind: K }> => record.kind === kind);

describe('the records of a run', () => {
  const records = recordsOf(reportOf());
  const scalars = of(records, 'scalar');
  const curve = (tag: string, arm?: string) =>
    scalars.filter((it) => it.tag === tag && it.arm === arm).map(({ step, value }) => [step, value]);

  it('begin with a parameter for every field of the resolved configuration', () => {
    const [head] = records;
    assert.ok(head?.kind === 'run');
    assert.equal(head.start_time, '2023-11-14T22:13:20.250Z');
    assert.equal(head.parameters['student.rl.groupSize'], 16);
    assert.equal(head.parameters['student.steps'], 0, 'a field of the default value is written out');
    assert.equal(head.parameters['base.sha256'], 'a'.repeat(64));
  });

  it('have the outer loop by outer step and the training of every arm that trained', () => {
    assert.deepEqual(curve('outer/mean_reward'), [
      [0, 0],
      [1, 0.125],
    ]);
    assert.deepEqual(curve('outer/best_reward')[1], [1, 0.75]);
    assert.deepEqual(curve('outer/promotion')[1], [1, 1]);
    assert.deepEqual(curve('outer/rollouts_rejected')[0], [0, 3]);
    assert.deepEqual(curve('outer/correct_answers'), [], 'absent is not 0');
    assert.deepEqual(curve('training/reward_mean', 'pq').at(-1), [2, 0.2]);
    assert.equal(scalars.length, 2 * 9 + 3 * 8);
  });

  it('end with results, questions and whether the run is complete', () => {
    const results = Object.fromEntries(of(records, 'result').map(({ name, value }) => [name, value]));
    assert.equal(results['result/pq/pass_at_8'], 0.875);
    assert.equal(results['result/promotions'], 1);
    assert.equal(of(records, 'question')[0]!.question, '1+1');
    const end = records.at(-1);
    assert.ok(end?.kind === 'end' && end.complete && end.end_time === '2023-11-14T22:14:50.250Z');
    const unfinished = recordsOf(reportOf({ finished: false })).at(-1);
    assert.ok(unfinished?.kind === 'end' && !unfinished.complete && unfinished.end_time === null);
  });

  it('are the same told as the run goes, twice and with a gap, as from its report', () => {
    const report = reportOf();
    const live = new RunRecords(report);
    const pq = report.arms[1]!;
    const told: TrackerRecord[] = [
      live.head(report),
      ...live.steps({ ...report, steps: [], arms: [] }),
      ...live.outerStep(report.steps[0]!),
      ...live.outerStep(report.steps[0]!),
      ...live.training('pq', pq.training.slice(0, 1)),
      ...live.training('pq', pq.training.slice(2)),
      ...live.arm(pq),
      ...live.steps(report),
      ...live.end(report, true),
    ];
    const sorted = (all: readonly TrackerRecord[]): string[] => all.map((it) => JSON.stringify(it)).sort();
    assert.deepEqual(sorted(told), sorted(records));
    const steps = told.filter((it): it is ScalarRecord => it.kind === 'scalar' && it.tag === 'training/kl');
    assert.deepEqual(
      steps.map(({ step }) => step),
      [0, 1, 2],
      'a step waits for the one before it',
    );
  });
});

describe('names in a report', () => {
  it('are refused where one would lead out of its folder', () => {
    assert.throws(() => recordsOf({ ...reportOf(), runId: '../../etc' }), /runId "..\/..\/etc" cannot be/);
    const report = reportOf();
    report.arms[1]!.name = '../x';
    assert.throws(() => recordsOf(report), /arms: name/);
  });
});
