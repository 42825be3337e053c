/**
 * The `soar` command as one npm package that works in an empty folder. The root of the package is libs/cli; the workspaces that
 * it needs are bundled in node_modules/@soar; packages of others are dependencies at the versions that the workspaces name.
 *
 * ONNX Runtime is bundled too, with its binaries for one platform and without its install script. On Linux that script downloads
 * CUDA's libraries from another host, for those without a GPU too, and the installation fails where that host cannot be
 * reached. Whoever has a GPU runs script/install.js by hand, as the container file does.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly engines?: Readonly<Record<string, string>>;
  readonly description?: string;
}

/** What a workspace is, and where. */
interface Workspace {
  readonly folder: string;
  readonly manifest: Manifest;
}

const ONNX_RUNTIME = 'onnxruntime-node';
/** Folders of a workspace that its programs read. */
const SHIPPED_FOLDERS = ['bin', 'dist', 'presets', 'assets'];
/** What stands in them for tests, compilers and debuggers alone. */
const NOT_SHIPPED = /\.(test|fixture)\.js$|\.d\.ts$|\.map$|\.tsbuildinfo$|[/\\](testing|bench)$/;

/** Writes the package's files into `folder`, an empty one, from the repository at `root`, which is built. */
export function stagePackage(root: string, folder: string): void {
  const [command, ...bundled] = neededWorkspaces(root);
  copyShipped(command!.folder, folder);
  for (const { folder: from, manifest } of bundled) {
    const to = join(folder, 'node_modules', manifest.name);
    copyShipped(from, to);
    const { name, version, license, exports, dependencies } = manifest;
    writeJson(join(to, 'package.json'), { name, version, license, type: 'module', exports, dependencies });
  }
  copyOnnxRuntime(root, join(folder, 'node_modules', ONNX_RUNTIME));
  for (const name of ['LICENSE', 'README.md']) cpSync(join(root, name), join(folder, name));
  writeJson(join(folder, 'package.json'), packageManifest(readManifest(root), [command!, ...bundled]));
}

/** The command's workspace, and after it those that it needs, directly or through others. */
function neededWorkspaces(root: string): Workspace[] {
  const needed = new Map<string, Workspace>();
  const pending = ['@soar/cli'];
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (needed.has(name)) continue;
    const short = name.slice('@soar/'.length);
    const folder = ['libs', 'services'].map((parent) => join(root, parent, short)).find(existsSync);
    if (folder === undefined)
      throw new Error(`${name}: there is no workspace of this name in libs or services`);
    if (!existsSync(join(folder, 'dist')))
      throw new Error(`${folder}: is not built; run npm run build first`);
    const manifest = readManifest(folder);
    needed.set(name, { folder, manifest });
    pending.push(...Object.keys(manifest.dependencies ?? {}).filter(isOurs));
  }
  return [...needed.values()];
}

/** The manifest of the whole. It stays private: this name belongs to somebody else in the public registry. */
function packageManifest(root: Manifest, workspaces: readonly Workspace[]): object {
  const dependencies = new Map<string, string>();
  for (const { folder, manifest } of workspaces) {
    for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
      const other = dependencies.get(name) ?? version;
      if (other !== version)
        throw new Error(`${folder}: needs ${name} ${version}, another workspace ${other}; name one version`);
      dependencies.set(name, version);
    }
  }
  const { version, license, description, engines } = root;
  return {
    name: 'soar',
    version,
    private: true,
    description,
    license,
    type: 'module',
    bin: { soar: './bin/soar.js' },
    engines,
    os: [process.platform],
    cpu: [process.arch],
    dependencies: Object.fromEntries([...dependencies].sort(([a], [b]) => (a < b ? -1 : 1))),
    bundleDependencies: [...dependencies.keys()]
      .filter((name) => isOurs(name) || name === ONNX_RUNTIME)
      .sort(),
  };
}

function copyShipped(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of SHIPPED_FOLDERS) {
    const source = join(from, name);
    if (!existsSync(source)) continue;
    cpSync(source, join(to, name), { recursive: true, filter: (path) => !NOT_SHIPPED.test(path) });
  }
}

/** Copies ONNX Runtime with this platform's binaries. npm runs the install scripts of bundled packages: this one has none. */
function copyOnnxRuntime(root: string, to: string): void {
  const from = join(root, 'node_modules', ONNX_RUNTIME);
  const binaries = join('bin', 'napi-v6');
  for (const name of ['README.md', 'dist', 'script', join(binaries, process.platform, process.arch)])
    cpSync(join(from, name), join(to, name), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Record<string, unknown>;
  writeJson(join(to, 'package.json'), { ...manifest, scripts: undefined });
}

function isOurs(name: string): boolean {
  return name.startsWith('@soar/');
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
