/**
 * The file of a sweep: a configuration as "soar run" takes it, and beside it what "soar compare" has as flags (model,
 * problems, arms, seeds) and what varies. Read strictly; all that is wrong is said at once, with its place.
 */
import { dirname, resolve } from 'node:path';
import { type JsonValue, misspellings, RunConfigSchema, settingViolations } from '@soar/contracts';
import { ARM_NAMES, type ArmName } from '@soar/experiments';
import { ConfigFile, isJsonObject, type Json } from '../config-file.js';
import { type InputProblem } from '../plan/input-problems.js';
import { type Overrides, readConfigIn, type ReadConfig } from '../run-config.js';
import { type Design, DESIGNS, pointCount, POINTS_MAX, type Varied } from './points.js';

/** What a field beside the configuration may hold. */
interface Rule {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isList = (value: unknown, accepts: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(accepts);
const paths: Rule = {
  expected: 'a path or a list of paths',
  accepts: (value) => isText(value) || isList(value, isText),
};
const oneOf = (names: readonly string[]): Rule => ({
  expected: `one of ${names.join(', ')}`,
  accepts: (value) => (names as readonly unknown[]).includes(value),
});
const whole = (min: number, max: number): Rule => ({
  expected: `a whole number from ${min} to ${max}`,
  accepts: (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
});

const FIELDS = {
  model: { expected: 'a folder', accepts: isText },
  train: paths,
  test: paths,
  curated: paths,
  questions: paths,
  arms: {
    expected: `a list of arms: ${ARM_NAMES.join(', ')}`,
    accepts: (value) => isList(value, oneOf(ARM_NAMES).accepts),
  },
  teachers: whole(1, 100),
  students: whole(1, 100),
  alone: whole(1, 100),
  firstSeed: whole(0, 1_000_000),
  design: oneOf(DESIGNS),
} as const satisfies Readonly<Record<string, Rule>>;
type Field = keyof typeof FIELDS;

/** As the file has them; what it leaves out is undefined. */
export interface SweepFields {
  readonly model?: string;
  readonly train?: readonly string[];
  readonly test?: readonly string[];
  readonly curated?: readonly string[];
  readonly questions?: readonly string[];
  readonly arms?: readonly ArmName[];
  readonly teachers?: number;
  readonly students?: number;
  readonly alone?: number;
  readonly firstSeed?: number;
}

export interface SweepFile extends SweepFields {
  readonly file: ConfigFile;
  /** The base configuration, with what is wrong with it. */
  readonly read: ReadConfig;
  readonly vary: readonly Varied[];
  readonly design: Design;
  /** What is wrong with the other fields. */
  readonly problems: readonly InputProblem[];
}

/** Throws InputErrors or UserError where the file is no YAML at all. */
export async function readSweepFile(path: string, overrides: Overrides = {}): Promise<SweepFile> {
  const file = new ConfigFile(path);
  const { vary, ...root } = file.root;
  const isOwn = (key: string): key is Field => Object.hasOwn(FIELDS, key);
  const entries = Object.entries(root);
  const problems: InputProblem[] = [];
  const strangers = entries.map(([key]) => key).filter((key) => !isOwn(key) && isStrange(key));
  for (const key of strangers) {
    const known = [...Object.keys(FIELDS), 'vary'].join(', ');
    const what = `unknown field; beside the fields of a configuration, a sweep has ${known}`;
    problems.push(file.problem(key, what, 'key'));
  }
  const others = entries.filter(([key]) => !isOwn(key) && !strangers.includes(key));
  const read = await readConfigIn(file, Object.fromEntries(others), overrides);
  const own: Partial<Record<Field, unknown>> = {};
  for (const [key, value] of entries) {
    if (!isOwn(key)) continue;
    const { accepts, expected }: Rule = FIELDS[key];
    if (accepts(value)) own[key] = value;
    else problems.push(file.problem(key, `expected ${expected}, got ${JSON.stringify(value)}`));
  }
  const varied = readVaried(file, vary, problems);
  const { design = 'one-at-a-time', ...rest } = own as SweepFields & { design?: Design };
  const points = pointCount(varied, design);
  if (points > POINTS_MAX)
    problems.push(file.problem('vary', `${points} points are too many; a sweep has at most ${POINTS_MAX}`));
  return { ...atFile(rest, path), file, read, vary: varied, design, problems };
}

/** Whether a key is neither a field of the configuration nor nearly one. */
function isStrange(key: string): boolean {
  if (key === 'preset' || key === 'judge') return false;
  const [found] = misspellings(RunConfigSchema, { [key]: null });
  return found !== undefined && !found.description.includes('did you mean');
}

function readVaried(file: ConfigFile, vary: Json | undefined, problems: InputProblem[]): Varied[] {
  if (!isJsonObject(vary) || Object.keys(vary).length === 0) {
    const what =
      'expected fields of the configuration, each with a list of values: { promotion.tau: [0.01, 0.05] }';
    problems.push(file.problem('vary', vary === undefined ? `is missing; ${what}` : what));
    return [];
  }
  const varied = Object.entries(vary).flatMap(([field, values]): Varied[] => {
    if (Array.isArray(values) && values.length > 0) return [{ field, values: values as JsonValue[] }];
    problems.push(file.problemAt(['vary', field], `vary: ${field}: expected a list of values`));
    return [];
  });
  const before = problems.length;
  const seen = varied.map(({ field, values }) => ({ field, value: values[0]! }));
  for (const { field, values } of varied) {
    for (const [i, value] of values.entries()) {
      const others = seen.slice(
        0,
        seen.findIndex((one) => one.field === field),
      );
      const found = settingViolations([...others, { field, value }]).filter(
        (violation) => violation.field === field || violation.field.startsWith(`${field}.`),
      );
      for (const { field: at, description } of found)
        problems.push(file.problemAt(['vary', field, String(i)], `vary: ${at}: ${description}`));
    }
  }
  return problems.length > before ? [] : varied;
}

/** Paths of a file are relative to it. */
function atFile(fields: SweepFields, path: string): SweepFields {
  const beside = (value: string): string => resolve(dirname(path), value);
  const listed = (value: unknown): string[] => [value as string | string[]].flat().map(beside);
  return {
    ...fields,
    ...(fields.model !== undefined && { model: beside(fields.model) }),
    ...(fields.train !== undefined && { train: listed(fields.train) }),
    ...(fields.test !== undefined && { test: listed(fields.test) }),
    ...(fields.curated !== undefined && { curated: listed(fields.curated) }),
    ...(fields.questions !== undefined && { questions: listed(fields.questions) }),
  };
}
