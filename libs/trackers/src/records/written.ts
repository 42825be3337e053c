/**
 * What a tracker holds of a run, so that one that is continued gets nothing twice. The steps of a curve come in order:
 * its last one says it all, and memory does not grow with the run.
 */
import { curveOf, type Dated, type TrackerRecord } from './record.js';

export class Written {
  private readonly lastSteps = new Map<string, number>();
  private readonly others = new Set<string>();

  /** A value of a curve, as another program's file or server names it. */
  addPoint(curve: string, step: number): void {
    this.lastSteps.set(curve, Math.max(step, this.lastSteps.get(curve) ?? -1));
  }

  add(record: TrackerRecord): void {
    if (record.kind === 'scalar' || record.kind === 'result') this.addPoint(curveOf(record), record.step);
    else this.others.add(nameOf(record));
  }

  has(record: TrackerRecord): boolean {
    if (record.kind === 'result') return this.lastSteps.has(curveOf(record));
    if (record.kind === 'scalar') return record.step <= (this.lastSteps.get(curveOf(record)) ?? -1);
    return this.others.has(nameOf(record));
  }

  /** Those that are not there yet. */
  fresh(items: readonly Dated[]): Dated[] {
    return items.filter(({ record }) => !this.has(record));
  }
}

function nameOf(record: TrackerRecord): string {
  return record.kind === 'question'
    ? `question ${record.outer_step} ${record.dataset} ${record.id}`
    : record.kind;
}
