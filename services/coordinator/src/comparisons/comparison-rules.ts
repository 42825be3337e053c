/** The rules between fields that a comparison must satisfy, all checked before any work. */
import {
  type ComparisonUnit,
  type CreateComparisonRequest,
  CreateComparisonRequestSchema,
  equals,
  type StudentUnit,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { askedDomain, domainNames } from '@soar/domains';
import { ARM_NAMES, ARMS, type ArmName, missingFor, TEACHERS } from '@soar/experiments';
import { checkId, checkInputs, checkRun } from '../runs/run-rules.js';
import type { Wanted } from './comparison-records.js';
import { nameOf, teacherRun, unitsOf } from './unit-plan.js';

/** Whether two requests are for the same comparison. Arms, seeds and supplied units may differ. */
export function haveEqualInputs(a: CreateComparisonRequest, b: CreateComparisonRequest): boolean {
  const inputs = ({ seeds: _, ...request }: CreateComparisonRequest): CreateComparisonRequest => ({
    ...request,
    arms: [],
    units: [],
  });
  return equals(CreateComparisonRequestSchema, inputs(a), inputs(b));
}

/** Refuses unknown names of arms. */
export function checkArmNames(arms: readonly string[]): void {
  const unknown = arms.find((name) => !ARM_NAMES.includes(name as ArmName));
  if (unknown !== undefined) {
    refuse('arms', `unknown arm ${JSON.stringify(unknown)}; expected some of ${ARM_NAMES.join(', ')}`);
  }
}

/** Refuses a comparison whose inputs do not suffice for its arms. */
export function checkComparison(request: CreateComparisonRequest, { arms, seeds }: Wanted): void {
  checkId(request.id);
  const config = checkInputs(request, domainNames());
  const missing = missingFor(arms, {
    hasCurated: request.curatedProblems.length > 0,
    hasOracle: askedDomain(config.domain, config.domainDefinition).oracle !== undefined,
    hasQuestions: request.questions.length > 0,
    isFrozen: config.teacher.frozen,
  });
  if (missing !== undefined) refuse('arms', missing);
  const taught = arms.find((arm) => ARMS[arm].teacher !== undefined);
  for (const key of ['teachers', 'students', 'alone'] as const) {
    const arm = key === 'alone' ? 'base' : taught;
    if (arm !== undefined && seeds[key].length === 0)
      refuse(`seeds.${key}`, `the arm ${arm} needs at least one seed`);
  }
  // Runs of one kind of teacher differ only in their seeds: one of each is checked.
  const { teachers } = unitsOf(arms, { ...seeds, teachers: seeds.teachers.slice(0, 1) });
  for (const task of teachers) {
    if (task.teacher !== 'base') checkRun(teacherRun(request, task), domainNames());
  }
}

/** Refuses units that cannot belong to this comparison. */
export function checkUnits(
  units: readonly ComparisonUnit[],
  { testProblems }: CreateComparisonRequest,
): void {
  units.forEach((unit, i) => {
    const at = `units[${i}]`;
    const name = nameOf(unit);
    if (unit.name !== '' && unit.name !== name) {
      refuse(`${at}.name`, `expected ${name}, which follows from its result, got ${unit.name}`);
    }
    if (unit.result.case === 'teacher' && !(unit.result.value.teacher in TEACHERS)) {
      const known = Object.keys(TEACHERS).join(', ');
      refuse(`${at}.teacher`, `unknown teacher "${unit.result.value.teacher}"; known: ${known}`);
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
    if (i > 0 && step <= heldOut[i - 1]!.step) refuse(where, 'expected steps in increasing order');
  });
}

function refuse(where: string, what: string): never {
  throw new UserError(`${where}: ${what}`, 'INVALID_ARGUMENT', where);
}
