/** What a comparison must satisfy beyond the rules of single fields: checked whole, before any work. */
import {
  type ComparisonUnit,
  type CreateComparisonRequest,
  CreateComparisonRequestSchema,
  equals,
  type StudentUnit,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { domainNamed, domainNames } from '@soar/domains';
import { ARM_NAMES, ARMS, type ArmName, missingFor, TEACHERS } from '@soar/experiments';
import { checkInputs, checkRun } from '../runs/run-rules.js';
import type { Wanted } from './comparison-records.js';
import { nameOf, teacherRun, unitsOf } from './unit-plan.js';

/** Whether two requests are for the same comparison: arms and seeds may be added to one, and units be given to it. */
export function haveEqualInputs(a: CreateComparisonRequest, b: CreateComparisonRequest): boolean {
  const inputs = ({ seeds: _, ...request }: CreateComparisonRequest): CreateComparisonRequest => ({
    ...request,
    arms: [],
    units: [],
  });
  return equals(CreateComparisonRequestSchema, inputs(a), inputs(b));
}

/** Refuses names that are no arm's. */
export function checkArmNames(arms: readonly string[]): void {
  const unknown = arms.find((name) => !ARM_NAMES.includes(name as ArmName));
  if (unknown !== undefined) {
    refuse('arms', `there is no arm ${JSON.stringify(unknown)}; there are ${ARM_NAMES.join(', ')}`);
  }
}

/** Refuses a comparison that these inputs cannot make. */
export function checkComparison(request: CreateComparisonRequest, { arms, seeds }: Wanted): void {
  const config = checkInputs(request, domainNames());
  const missing = missingFor(arms, {
    hasCurated: request.curatedProblems.length > 0,
    hasOracle: domainNamed(config.domain).oracle !== undefined,
  });
  if (missing !== undefined) refuse('arms', missing);
  const taught = arms.find((arm) => ARMS[arm].teacher !== undefined);
  for (const key of ['teachers', 'students', 'alone'] as const) {
    const needy = key === 'alone' ? 'base' : taught;
    if (needy !== undefined && seeds[key].length === 0)
      refuse(`seeds.${key}`, `the arm ${needy} needs at least one`);
  }
  // Runs of one kind of teacher differ in nothing but their seeds.
  const { teachers } = unitsOf(arms, { ...seeds, teachers: seeds.teachers.slice(0, 1) });
  for (const task of teachers) {
    if (task.teacher !== 'base') checkRun(teacherRun(request, task), domainNames());
  }
}

/** Refuses units that cannot be of this comparison. */
export function checkUnits(
  units: readonly ComparisonUnit[],
  { testProblems }: CreateComparisonRequest,
): void {
  units.forEach((unit, i) => {
    const at = `units[${i}]`;
    const name = nameOf(unit);
    if (unit.name !== '' && unit.name !== name) {
      refuse(`${at}.name`, `expected ${name}, which is what it is, got ${unit.name}`);
    }
    if (unit.result.case === 'teacher' && !(unit.result.value.teacher in TEACHERS)) {
      const known = Object.keys(TEACHERS).join(', ');
      refuse(`${at}.teacher`, `there is no teacher "${unit.result.value.teacher}"; there are ${known}`);
    }
    if (unit.result.case === 'student') checkStudent(unit.result.value, at, testProblems.length);
  });
}

function checkStudent({ arm, heldOut }: StudentUnit, at: string, problems: number): void {
  checkArmNames([arm]);
  heldOut.forEach(({ step, samples, correct }, i) => {
    const where = `${at}.student.held_out[${i}]`;
    if (correct.length !== problems) {
      refuse(where, `expected outcomes of ${problems} held-out problems, got ${correct.length}`);
    }
    const wrong = correct.find((count) => count > samples);
    if (wrong !== undefined) refuse(where, `expected at most ${samples} correct samples, got ${wrong}`);
    if (i > 0 && step <= heldOut[i - 1]!.step) refuse(where, 'expected rising steps');
  });
}

function refuse(where: string, what: string): never {
  throw new UserError(`${where}: ${what}`, 'INVALID_ARGUMENT', where);
}
