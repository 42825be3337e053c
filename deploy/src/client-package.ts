/**
 * `@soar/client` as an npm package for other projects. Of the contracts it has inside what callers need: messages,
 * services and the details of errors. Everything else is dependencies at exact versions. It is the same on every
 * platform, has types, and no Node in it. It stays private: the scope on the public registry may be somebody else's.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Entries of the contracts that the client imports. */
const ENTRIES = ['descriptors', 'grpc'];
/** What is generated, below dist/gen. */
const GENERATED = ['soar', 'google', 'grpc'];
const IS_FOR_US = /\.(test|fixture)\.|\.map$|\.tsbuildinfo$/;

/** Writes the package's files into `folder`, which is empty. Returns the names of the workspaces in it. */
export function stageClient(root: string, folder: string): string[] {
  const client = manifestOf(join(root, 'libs/client'));
  const contracts = manifestOf(join(root, 'libs/contracts'));
  const inside = join(folder, 'node_modules', contracts.name);
  copy(join(root, 'libs/client/dist'), join(folder, 'dist'));
  for (const name of GENERATED)
    copy(join(root, 'libs/contracts/dist/gen', name), join(inside, 'dist/gen', name));
  for (const file of ENTRIES.flatMap((entry) => [`${entry}.js`, `${entry}.d.ts`]))
    cpSync(join(root, 'libs/contracts/dist', file), join(inside, 'dist', file));
  const others = Object.fromEntries(
    Object.entries({ ...client.dependencies, ...contracts.dependencies }).filter(([name]) => !isOurs(name)),
  );
  const { name, version, license, description, exports } = client;
  writeJson(join(inside, 'package.json'), {
    name: contracts.name,
    version,
    license,
    type: 'module',
    exports: Object.fromEntries(ENTRIES.map((entry) => [`./${entry}`, contracts.exports[`./${entry}`]])),
  });
  writeJson(join(folder, 'package.json'), {
    name,
    version,
    private: true,
    description,
    license,
    type: 'module',
    sideEffects: false,
    exports,
    engines: manifestOf(root).engines,
    dependencies: { ...others, [contracts.name]: version },
    bundleDependencies: [contracts.name],
  });
  cpSync(join(root, 'libs/client/README.md'), join(folder, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return [name, contracts.name];
}

function copy(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true, filter: (path) => !IS_FOR_US.test(path) });
}

function isOurs(name: string): boolean {
  return name.startsWith('@soar/');
}

function manifestOf(folder: string): Manifest & { readonly engines?: unknown } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
