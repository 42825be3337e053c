/**
 * A throw-away copy of a small part of the repository, for tests that break something in it: the root's settings and
 * scripts as they are, the projects that are named, and everything else by link.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { repositoryRoot } from '../repository-root.js';

const rootFiles = [
  'package.json',
  'nx.json',
  'tsconfig.base.json',
  'run-tests.mjs',
  'stale-outputs.mjs',
  'buf.yaml',
  'buf.gen.yaml',
  'proto',
];
const RUN_MS = 180_000;

interface ProjectConfig {
  references?: { readonly path: string }[];
}

export interface TestRun {
  readonly green: boolean;
  /** What it printed, without colours. */
  readonly output: string;
}

/** Copies `projects` (folders such as "libs/rl") and `files` into the empty folder `root`. */
export function copyOfRepository(root: string, projects: readonly string[], files: readonly string[]): void {
  for (const path of [...rootFiles, ...files]) copy(root, path);
  for (const project of projects) {
    for (const path of ['package.json', 'tsconfig.json']) copy(root, join(project, path));
    const config = JSON.parse(readFileSync(join(root, project, 'tsconfig.json'), 'utf8')) as ProjectConfig;
    config.references = (config.references ?? []).filter(({ path }) =>
      projects.includes(join(project, path)),
    );
    writeFileSync(join(root, project, 'tsconfig.json'), JSON.stringify(config));
  }
  const references = projects.map((path) => ({ path }));
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ files: [], references }));
  linkModules(root, projects);
}

/** Runs the nx target `test` of these projects without the variables that nx, npm and Node set for the calling test. */
export function nxTest(root: string, projects: readonly string[]): TestRun {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(NX_|NODE_|npm_)/i.test(name)),
  );
  const args = ['run-many', '-t', 'test', '--output-style=static', '-p', projects.join()];
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/nx'), args, {
    cwd: root,
    env,
    encoding: 'utf8',
    timeout: RUN_MS,
  });
  return { green: status === 0, output: stripVTControlCharacters(stdout + stderr) };
}

function copy(root: string, path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  cpSync(join(repositoryRoot, path), join(root, path), { recursive: true, preserveTimestamps: true });
}

/** Links node_modules, where the names of copied projects lead to the copies. */
function linkModules(root: string, projects: readonly string[]): void {
  const link = (path: string, target = join(repositoryRoot, 'node_modules', path)): void =>
    symlinkSync(target, join(root, 'node_modules', path));
  mkdirSync(join(root, 'node_modules/@soar'), { recursive: true });
  for (const name of readdirSync(join(repositoryRoot, 'node_modules'))) if (name !== '@soar') link(name);
  const copied = new Map(projects.map((project) => [project.split('/').at(-1)!, join(root, project)]));
  for (const name of readdirSync(join(repositoryRoot, 'node_modules/@soar')))
    link(`@soar/${name}`, copied.get(name));
  for (const project of projects) {
    const own = join(repositoryRoot, project, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(root, project, 'node_modules'));
  }
}
