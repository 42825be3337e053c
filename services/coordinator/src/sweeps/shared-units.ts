/**
 * Units that a point takes over from the points before it: those that their settings cannot change, by the identity of
 * units (comparisons/unit-identity.ts). Only where one set of builds has made them, and it is the one that is there.
 */
import type { ComparisonUnit, CreateComparisonRequest } from '@soar/contracts';
import type { WorkingBuildsRecorder } from '../builds/working-builds.js';
import { type Comparisons, type KeptComparison } from '../comparisons/comparisons.js';
import type { Wanted } from '../comparisons/comparison-records.js';
import { unitIdentity } from '../comparisons/unit-identity.js';
import { type StudentTask, type TeacherTask, unitsOf } from '../comparisons/unit-plan.js';

export interface Sharing {
  readonly comparisons: Comparisons;
  readonly builds: WorkingBuildsRecorder;
  readonly signal: AbortSignal;
}

/**
 * The units of `target` that earlier points have finished. `isMissing`: whether it lacks the unit of this name.
 */
export async function sharedUnits(
  target: Pick<CreateComparisonRequest, 'config'>,
  wanted: Pick<Wanted, 'arms' | 'seeds'>,
  earlier: readonly string[],
  isMissing: (name: string) => boolean,
  { comparisons, builds, signal }: Sharing,
): Promise<ComparisonUnit[]> {
  const lacking = new Map(
    tasksOf(wanted)
      .filter(({ name }) => isMissing(name))
      .map((task) => [unitIdentity(target.config!, task), task.name]),
  );
  const found: ComparisonUnit[] = [];
  for (const id of earlier) {
    if (lacking.size === 0) break;
    const kept = await comparisons.kept(id);
    if (kept === undefined || !(await builds.areThere(kept.builds, signal))) continue;
    for (const [identity, name] of finishedUnits(kept)) {
      if (!lacking.delete(identity)) continue;
      found.push(await comparisons.unit(id, name));
    }
  }
  return found;
}

/** Names of finished units by their identity. */
function finishedUnits({ request, wanted, finished }: KeptComparison): [string, string][] {
  return tasksOf(wanted)
    .filter(({ name }) => finished.has(name))
    .map((task) => [unitIdentity(request.config!, task), task.name]);
}

function tasksOf({ arms, seeds }: Pick<Wanted, 'arms' | 'seeds'>): (TeacherTask | StudentTask)[] {
  const { teachers, students } = unitsOf(arms, seeds);
  return [...teachers, ...students];
}
