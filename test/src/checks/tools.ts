/**
 * Findings of other programs, as problems like those of the checks: oxlint with type information (.oxlintrc.json) and
 * knip for files and exports that nothing uses (knip.json). A program that cannot run is an error, never "no
 * problems".
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const RUN_MS = 300_000;
const OUTPUT_BYTES_MAX = 64 * 2 ** 20;

interface LintReport {
  readonly diagnostics: readonly {
    readonly message: string;
    readonly code: string;
    readonly filename: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

interface Unused {
  readonly name: string;
  readonly line?: number;
}

type UnusedKind = 'exports' | 'types' | 'nsExports' | 'nsTypes';

interface UnusedReport {
  readonly issues: readonly ({
    readonly file: string;
    readonly files: readonly Unused[];
    readonly duplicates: readonly (readonly Unused[])[];
  } & { readonly [kind in UnusedKind]?: readonly Unused[] })[];
}

/** Findings of the linter, each as "path:line: rule: message". */
export function lint(root: string): string[] {
  const { diagnostics } = reportOf<LintReport>(root, 'oxlint', ['--format=json', '.']);
  return diagnostics.map(({ filename, labels, code, message }) => {
    const line = labels[0]?.span.line;
    return `${filename}${line === undefined ? '' : `:${line}`}: ${code}: ${message}`;
  });
}

/** Files and exports that nothing imports. */
export function findUnused(root: string): string[] {
  const { issues } = reportOf<UnusedReport>(root, 'knip', [
    '--reporter=json',
    '--no-progress',
    '--no-config-hints',
  ]);
  return issues.flatMap(({ file, files, duplicates, ...kinds }) => [
    ...files.map(() => `${file}: unused file: nothing imports or starts it`),
    ...duplicates.map((names) => `${file}: exported twice: ${names.map(({ name }) => name).join(', ')}`),
    ...(['exports', 'types', 'nsExports', 'nsTypes'] as const).flatMap((kind) =>
      // A library's entry may name the types of what it exports.
      kind === 'types' && file.endsWith('/index.ts')
        ? []
        : (kinds[kind] ?? []).map(
            ({ name, line }) =>
              `${file}:${line}: unused export ${name}: nothing else uses it; drop \`export\`, or delete it`,
          ),
    ),
  ]);
}

/** The program's JSON output. Exit code 1 means that it has findings. */
function reportOf<T>(root: string, program: string, args: readonly string[]): T {
  const { status, stdout, stderr, error } = spawnSync(join(root, 'node_modules/.bin', program), args, {
    cwd: root,
    encoding: 'utf8',
    timeout: RUN_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (error !== undefined) throw error;
  try {
    if (status !== 0 && status !== 1) throw new Error(`exit code ${status}`);
    return JSON.parse(stdout) as T;
  } catch (cause) {
    throw new Error(`${program}: expected a report as JSON, got ${stdout.slice(0, 500)}${stderr}`, { cause });
  }
}
