/**
 * Sets of questions whose diversity is measured: of a file of problems, or of each teacher in a comparison's folder
 * (what it asks at the end, and what earned promotions).
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, UserError } from '@soar/core';
import { readProblems } from '@soar/datasets';
import { readUnit, TEACHERS, type Unit, UNIT_ARCHIVE, unpackUnits } from '@soar/experiments';
import { readText } from '../files.js';

export interface QuestionSet {
  readonly name: string;
  readonly questions: readonly string[];
}

/** The sets of all sources, in their order. Throws UserError for one that holds none. */
export async function questionSets(sources: readonly string[]): Promise<QuestionSet[]> {
  const sets: QuestionSet[] = [];
  for (const source of sources) {
    if (existsSync(join(source, 'comparison.json'))) sets.push(...setsOfComparison(source));
    else {
      const { problems } = await readProblems(source);
      sets.push({ name: basename(source), questions: problems.map(({ question }) => question) });
    }
  }
  return sets;
}

function setsOfComparison(folder: string): QuestionSet[] {
  const sets = unitsIn(folder).flatMap((unit) => {
    if (unit.unit !== 'teacher') return [];
    const title = `${TEACHERS[unit.teacher]}, seed ${unit.teacherSeed}`;
    const promoted = unit.promotions.flatMap(({ questions }) => questions);
    return [
      { name: `${title}: asked`, asked: unit.questions },
      { name: `${title}: promoted`, asked: promoted },
    ].flatMap(({ name, asked }) =>
      asked.length === 0 ? [] : [{ name, questions: asked.map(({ question }) => question) }],
    );
  });
  if (sets.length === 0)
    throw new UserError(`${folder}: no finished teacher in it yet`, 'FAILED_PRECONDITION', folder);
  return sets;
}

/** The units of a folder that `soar compare` writes, single or packed, by name. */
function unitsIn(folder: string): Unit[] {
  const archive = join(folder, UNIT_ARCHIVE);
  const units = new Map(existsSync(archive) ? unpackUnits(readFileSync(archive), archive) : []);
  const single = join(folder, 'units');
  const files = existsSync(single) && statSync(single).isDirectory() ? readdirSync(single) : [];
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    const at = join(single, file);
    units.set(file.slice(0, -'.json'.length), readUnit(jsonIn(at), at));
  }
  return [...units].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, unit]) => unit);
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readText(file, 'unit'));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: not JSON: ${messageOf(error)}`, 'INVALID_ARGUMENT', file);
  }
}
