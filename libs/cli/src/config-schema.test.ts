/** The JSON Schema of configuration files against what the command itself takes and refuses. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { configJsonSchema, domainJsonSchema, sweepJsonSchema } from './config-schema.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const ajv = new Ajv2020({ strict: true, allErrors: true });
const schemas = {
  run: ajv.compile(configJsonSchema()),
  domain: ajv.compile(domainJsonSchema()),
  sweep: ajv.compile(sweepJsonSchema()),
};

function errorsOf(config: unknown, kind: keyof typeof schemas = 'run'): string[] {
  const validate = schemas[kind];
  validate(config);
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

/** Files of a folder with this ending, from the root. */
function filesIn(folder: string, ending: string): string[] {
  const found = readdirSync(join(root, folder)).filter((name) => name.endsWith(ending));
  return found.map((name) => join(folder, name));
}

/** Domains alone say how answers are graded, sweeps alone what varies. */
const kindOf = (value: unknown) =>
  'grading' in Object(value) ? 'domain' : 'vary' in Object(value) ? 'sweep' : 'run';

/** Files of all kinds in the documents: blocks of YAML with a field that only they have. */
function documented(): [string, unknown][] {
  return ['README.md', ...filesIn('docs', '.md')].flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return [...text.matchAll(/^ *```yaml\n([\s\S]*?)^ *```$/gm)]
      .map(([, block]): [string, unknown] => [file, parse(block!)])
      .filter(([, value]) => ['preset', 'student', 'teacher', 'compute'].some((key) => key in Object(value)));
  });
}

test('the schema is one of draft 2020-12, and every property is described', () => {
  for (const schema of [configJsonSchema(), domainJsonSchema(), sweepJsonSchema()])
    assert.equal(ajv.validateSchema(schema), true);
  const walk = (schema: { properties?: Record<string, never>; description?: string }, path: string): void => {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const { description = '' } = property as { description?: string };
      assert.ok(description.length > 10, `${path}.${name} has no description`);
      walk(property, `${path}.${name}`);
    }
  };
  walk(configJsonSchema(), 'config');
  walk(domainJsonSchema(), 'domain');
  walk(sweepJsonSchema(), 'sweep');
});

test('every configuration in presets, examples and documents passes', () => {
  const files = [...filesIn('libs/cli/presets', '.yaml'), ...filesIn('examples', '.yaml')];
  const inFiles = files.map((file): [string, unknown] => [
    file,
    parse(readFileSync(join(root, file), 'utf8')),
  ]);
  const all = [...inFiles, ...documented()];
  assert.ok(inFiles.length >= 3 && all.length >= 6, `${inFiles.length} files, ${all.length} in all`);
  for (const [where, config] of all) assert.deepEqual(errorsOf(config, kindOf(config)), [], where);
});

test('the file of a sweep needs what varies, each field with a list of values', () => {
  assert.deepEqual(
    errorsOf({ preset: 'quickstart', vary: { 'promotion.tau': [0.1] }, teachers: 2 }, 'sweep'),
    [],
  );
  for (const [file, error] of [
    [{ preset: 'quickstart' }, ' required'],
    [{ vary: { 'promotion.tau': 0.1 } }, '/vary/promotion.tau type'],
    [{ vary: {} }, '/vary minProperties'],
    [{ vary: { outerSteps: [1] }, arms: ['best'] }, '/arms/0 enum'],
    [{ vary: { outerSteps: [1] }, design: 'random' }, '/design enum'],
  ] as const)
    assert.ok(errorsOf(file, 'sweep').includes(error), `${error} in ${errorsOf(file, 'sweep').join()}`);
});

test('unknown fields, values of another type and values out of range are refused', () => {
  const cases: [unknown, string][] = [
    [{ outerStep: 1 }, ' additionalProperties'],
    [{ student: { rl: { grupSize: 4 } } }, '/student/rl additionalProperties'],
    [{ preset: 'papers' }, '/preset enum'],
    [{ teacher: { datasets: 1 } }, '/teacher/datasets minimum'],
    [{ teacher: { datasets: '4' } }, '/teacher/datasets type'],
    [{ teacher: { optimizer: { learningRate: 0 } } }, '/teacher/optimizer/learningRate exclusiveMinimum'],
    [{ comparison: { passAt: [1, 1] } }, '/comparison/passAt uniqueItems'],
    [{ comparison: { passAt: [] } }, '/comparison/passAt minItems'],
    [{ seed: 1.5 }, '/seed type'],
    [{ seed: 2 ** 32 }, '/seed maximum'],
    [{ promotion: { tau: -2 } }, '/promotion/tau minimum'],
    [{ student: { prompt: { stop: [''] } } }, '/student/prompt/stop/0 minLength'],
  ];
  for (const [config, error] of cases)
    assert.ok(errorsOf(config).includes(error), `${error}: ${errorsOf(config).join(', ')}`);
  assert.ok(errorsOf({ retention: 'RETENTION_UNSPECIFIED' }).length > 0);
});

test('defaults are those that a file without the field gets', () => {
  const { properties } = configJsonSchema() as unknown as { properties: Record<string, never> };
  const at = (path: string): { default?: unknown; description: string } =>
    path
      .split('.')
      .reduce(
        (schema: never, key, i) => (i === 0 ? properties[key]! : schema['properties'][key]),
        {} as never,
      );
  assert.equal(at('outerSteps').default, 200);
  assert.match(at('outerSteps').description, /Paper: 200\. Preset quickstart: 20\.$/);
  assert.equal(at('retention').default, 'RETENTION_FORKABLE');
  assert.equal(at('student.rl.optimizer.beta2').default, 0.999);
  assert.equal(at('teacher.kl.estimator').default, 'KL_ESTIMATOR_K3');
  assert.equal(at('compute.threads').default, undefined, 'it follows from the machine');
});
