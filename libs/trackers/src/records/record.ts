/**
 * What a tracker gets of a run: one record after another, the same ones while the run goes and afterwards. A record is
 * a line of the JSON Lines as it stands, so its fields are named as there. No record depends on the clock but for the
 * start and the end that the report has.
 */

/** The first record: what decides the run. */
export interface RunRecord {
  readonly kind: 'run';
  readonly run: string;
  /** RFC 3339; null where the report has no times. */
  readonly start_time: string | null;
  readonly outer_steps: number;
  /** The resolved configuration, one value for every field, and what else decides the run. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

/** A value at a step: of the outer loop, or of the training of an arm. */
export interface ScalarRecord {
  readonly kind: 'scalar';
  readonly run: string;
  /** Absent: of the outer loop. */
  readonly arm?: string;
  readonly tag: string;
  readonly step: number;
  readonly value: number;
}

/** A figure of the whole run. */
export interface ResultRecord {
  readonly kind: 'result';
  readonly run: string;
  readonly name: string;
  /** Outer steps done. */
  readonly step: number;
  readonly value: number;
}

/** A question of a dataset that earned a promotion. */
export interface QuestionRecord {
  readonly kind: 'question';
  readonly run: string;
  readonly outer_step: number;
  readonly dataset: number;
  /** Of its dataset. */
  readonly reward: number;
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

/** The last record: no more will come of this run. */
export interface EndRecord {
  readonly kind: 'end';
  readonly run: string;
  /** Whether the run has succeeded; else this is as far as it was. */
  readonly complete: boolean;
  readonly outer_steps_done: number;
  readonly end_time: string | null;
}

export type TrackerRecord = RunRecord | ScalarRecord | ResultRecord | QuestionRecord | EndRecord;

/** A record and when it was there, in ms since 1970: trackers with a time axis show it. */
export interface Dated {
  readonly record: TrackerRecord;
  readonly atMs: number;
}

/** Name of the curve of a value among all curves of a run: training/kl/pq. */
export function curveOf(record: ScalarRecord | ResultRecord): string {
  if (record.kind === 'result') return record.name;
  return record.arm === undefined ? record.tag : `${record.tag}/${record.arm}`;
}

/** In ms since 1970; 0 where there is no time. */
export function startMsOf({ start_time: time }: RunRecord): number {
  return time === null ? 0 : Date.parse(time);
}
