/**
 * The `soar` command as one npm package that works in an empty folder. The root of the package is libs/cli; the
 * workspaces that it needs are bundled in node_modules/@soar; other packages are dependencies at exact versions.
 *
 * ONNX Runtime is bundled too, with its binaries for one platform and without its install script. On Linux that
 * script downloads CUDA libraries from another host, whether there is a GPU or not, and the installation fails where
 * that host cannot be reached. With a GPU, run script/install.js by hand, as the container file does.
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

/** The package.json of a package in the repository. */
interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

const ONNX_RUNTIME = 'onnxruntime-node';
/** Folders of a workspace that are needed at run time. */
const SHIPPED_FOLDERS = ['bin', 'dist', 'presets', 'assets'];
/** Files in them that only tests, compilers and debuggers need. */
const NOT_SHIPPED = /\.(test|fixture)\.js$|\.d\.ts$|\.map$|\.tsbuildinfo$|[/\\](testing|bench)$/;

/**
 * Writes the package's files into `folder`, which is empty, from the built repository at `root`. Returns the names of
 * the workspaces in it.
 */
export function stagePackage(root: string, folder: string): string[] {
  const [command, ...bundled] = neededWorkspaces(root);
  copyShipped(command!.folder, folder);
  for (const { folder: from, manifest } of bundled) {
    const to = join(folder, 'node_modules', manifest.name);
    copyShipped(from, to);
    const { name, version, license, exports, dependencies } = manifest;
    writeJson(join(to, 'package.json'), { name, version, license, type: 'module', exports, dependencies });
  }
  const onnxRuntime = copyOnnxRuntime(root, join(folder, 'node_modules', ONNX_RUNTIME));
  for (const name of ['LICENSE', 'README.md']) cpSync(join(root, name), join(folder, name));
  writeJson(
    join(folder, 'package.json'),
    packageManifest(readManifest(root), [command!, ...bundled, onnxRuntime]),
  );
  return [command!, ...bundled].map(({ manifest }) => manifest.name);
}

/** The command's workspace, followed by its direct and indirect dependencies. */
function neededWorkspaces(root: string): Package[] {
  const needed = new Map<string, Package>();
  const pending = ['@soar/cli'];
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (needed.has(name)) continue;
    const short = name.slice('@soar/'.length);
    const folder = ['libs', 'services'].map((parent) => join(root, parent, short)).find(existsSync);
    if (folder === undefined) throw new Error(`${name}: no workspace in libs or services has this name`);
    if (!existsSync(join(folder, 'dist')))
      throw new Error(`${folder}: is not built; run npm run build first`);
    const manifest = readManifest(folder);
    needed.set(name, { folder, manifest });
    pending.push(...Object.keys(manifest.dependencies ?? {}).filter(isOurs));
  }
  return [...needed.values()];
}

/**
 * The package.json of the package. npm does not install the dependencies of bundled packages, so they are listed
 * here. It stays private: the public registry has another package of this name.
 */
function packageManifest(root: Manifest, packages: readonly Package[]): object {
  const dependencies = new Map<string, string>();
  for (const { folder, manifest } of packages) {
    for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
      const other = dependencies.get(name) ?? version;
      if (other !== version)
        throw new Error(`${folder}: needs ${name} ${version}, another package ${other}; name one version`);
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

/** Copies ONNX Runtime with this platform's binaries. npm would run its install script although it is bundled. */
function copyOnnxRuntime(root: string, to: string): Package {
  const from = join(root, 'node_modules', ONNX_RUNTIME);
  const binaries = join('bin', 'napi-v6');
  for (const name of ['README.md', 'dist', 'script', join(binaries, process.platform, process.arch)])
    cpSync(join(from, name), join(to, name), { recursive: true });
  const manifest = readManifest(from);
  writeJson(join(to, 'package.json'), { ...manifest, scripts: undefined });
  return { folder: from, manifest };
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
