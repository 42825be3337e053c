import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jsonLines } from './json-lines.js';
import { reportOf } from './testing/report.js';
import { trackedRun } from './tracked-run.js';

describe('a run as trackers see it', () => {
  it('has a parameter for every field of the resolved configuration', () => {
    const parameters = Object.fromEntries(trackedRun(reportOf()).parameters);
    assert.equal(parameters['student.rl.groupSize'], 16);
    assert.equal(parameters['seed'], 7);
    assert.equal(parameters['student.steps'], 0, 'a field of the default value is written out');
    assert.equal(parameters['base.sha256'], 'a'.repeat(64));
  });

  it('has the outer loop by outer step and a series for every arm that trained', () => {
    const { series } = trackedRun(reportOf());
    assert.deepEqual(
      series.map(({ arm }) => arm),
      ['', 'pq'],
    );
    const curve = (of: number, tag: string) =>
      series[of]!.scalars.filter((it) => it.tag === tag).map(({ step, value }) => [step, value]);
    assert.deepEqual(curve(0, 'outer/mean_reward'), [
      [0, 0],
      [1, 0.125],
    ]);
    assert.deepEqual(curve(0, 'outer/best_reward')[1], [1, 0.75]);
    assert.deepEqual(curve(0, 'outer/promotion')[1], [1, 1]);
    assert.deepEqual(curve(0, 'outer/rollouts_rejected')[0], [0, 3]);
    assert.deepEqual(curve(0, 'outer/correct_answers'), [], 'absent is not 0');
    assert.deepEqual(curve(1, 'training/reward_mean').at(-1), [2, 0.2]);
  });

  it('has the share of every arm among its results', () => {
    const results = Object.fromEntries(trackedRun(reportOf()).results);
    assert.equal(results['result/pq/pass_at_8'], 0.875);
    assert.equal(results['result/base/pass_at_1'], 0.5);
    assert.equal(results['result/promotions'], 1);
  });

  it('is incomplete without an end', () => {
    assert.equal(trackedRun(reportOf()).isComplete, true);
    assert.equal(trackedRun(reportOf({ finished: false })).isComplete, false);
  });

  it('is refused where a name would lead out of its folder', () => {
    assert.throws(() => trackedRun({ ...reportOf(), runId: '../../etc' }), /runId "..\/..\/etc" cannot be/);
    const report = reportOf();
    report.arms[0]!.name = '../x';
    assert.throws(() => trackedRun(report), /arms: name/);
  });

  it('is JSON Lines of four kinds that every reader parses', () => {
    const text = jsonLines(trackedRun(reportOf()));
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const of = (kind: string) => rows.filter((row) => row['kind'] === kind);
    assert.equal(rows[0]!['kind'], 'run');
    assert.equal(rows[0]!['end_time'], '2023-11-14T22:14:50.250Z');
    assert.equal(of('scalar').length, 2 * 9 + 3 * 8);
    assert.deepEqual(
      of('scalar').find(({ arm, step, tag }) => arm === 'pq' && step === 2 && tag === 'training/tokens'),
      { kind: 'scalar', run: 'a-run', arm: 'pq', tag: 'training/tokens', step: 2, value: 64 },
    );
    assert.equal(of('result').length, 6);
    assert.equal(of('question')[0]!['question'], '1+1');
    assert.equal(rows.length, 1 + 42 + 6 + 2);
  });
});
