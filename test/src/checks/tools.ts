/**
 * Findings of other programs, as problems like those of the checks: oxfmt, buf, oxlint with type information
 * (.oxlintrc.json) and knip for files and exports that nothing uses (knip.json). They run side by side. A program that
 * cannot run is an error, never "no problems".
 */
import { execFile } from 'node:child_process';
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

/** Findings of all of them. */
export async function runTools(root: string): Promise<string[]> {
  const found = await Promise.all([unformatted(root), contracts(root), lint(root), findUnused(root)]);
  return found.flat();
}

/** Files that `npm run format` would change. */
async function unformatted(root: string): Promise<string[]> {
  const { status, stdout, stderr } = await run(root, join(root, 'node_modules/.bin/oxfmt'), [
    '--list-different',
  ]);
  const files = linesOf(stdout);
  if (status > 1 || (status === 1 && files.length === 0)) throw new Error(`oxfmt: ${stdout}${stderr}`);
  return files.map((file) => `${file}: not formatted; npm run format formats it`);
}

/** What buf says about the contracts: style, comments, format and breaking changes. */
async function contracts(root: string): Promise<string[]> {
  const { status, stdout, stderr } = await run(root, 'npm', ['run', '-s', 'check:proto']);
  if (status === 0) return [];
  return [`proto/: npm run check:proto ended with exit code ${status}`, ...linesOf(stdout + stderr)];
}

/** Findings of the linter, each as "path:line: rule: message". */
async function lint(root: string): Promise<string[]> {
  const { diagnostics } = await reportOf<LintReport>(root, 'oxlint', ['--format=json', '.']);
  return diagnostics.map(({ filename, labels, code, message }) => {
    const line = labels[0]?.span.line;
    return `${filename}${line === undefined ? '' : `:${line}`}: ${code}: ${message}`;
  });
}

/** Files and exports that nothing imports. */
async function findUnused(root: string): Promise<string[]> {
  const { issues } = await reportOf<UnusedReport>(root, 'knip', [
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
async function reportOf<T>(root: string, program: string, args: readonly string[]): Promise<T> {
  const { status, stdout, stderr } = await run(root, join(root, 'node_modules/.bin', program), args);
  try {
    if (status > 1) throw new Error(`exit code ${status}`);
    return JSON.parse(stdout) as T;
  } catch (cause) {
    throw new Error(`${program}: expected a report as JSON, got ${stdout.slice(0, 500)}${stderr}`, { cause });
  }
}

interface Run {
  /** Exit code. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its exit code. Rejects when it does not start, is killed or takes too long. */
function run(root: string, program: string, args: readonly string[]): Promise<Run> {
  const options = { cwd: root, timeout: RUN_MS, maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({ status, stdout, stderr });
      else reject(new Error(`${program}: ${error!.message}`, { cause: error }));
    });
  });
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
