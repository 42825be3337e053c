/**
 * The repository as the checks see it: its workspaces and its source files, read once, so that a check is a pure
 * function from this to a list of problems and can be tested on a made-up repository.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A file by its path from the root, with '/' between segments. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface Workspace {
  /** Package name, "@soar/core". */
  readonly name: string;
  /** Folder from the root, "libs/core". */
  readonly folder: string;
  /** Value of its tag "layer:...", undefined without exactly one. */
  readonly layer: string | undefined;
  /** Names under `dependencies`. */
  readonly dependencies: readonly string[];
  /** Names under `devDependencies`: for its tests alone. */
  readonly testDependencies: readonly string[];
  /** Folders that its tsconfig.json refers to, from the root. */
  readonly references: readonly string[];
  /** Its TypeScript sources. */
  readonly sources: readonly SourceFile[];
}

export interface Repository {
  readonly workspaces: readonly Workspace[];
  /** Every text file of the repository's own, generated code excepted. */
  readonly files: readonly SourceFile[];
  /** Every file and folder of the repository's own, of whatever kind. */
  readonly paths: ReadonlySet<string>;
  /** Folders that the root tsconfig.json refers to. */
  readonly rootReferences: readonly string[];
  /** Parsed package-lock.json. */
  readonly lock: Lock;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly tags?: readonly string[] };
}

const foldersNotOurs = new Set([
  'node_modules',
  'dist',
  '.git',
  '.nx',
  'gen',
  'vendor',
  '__pycache__',
  '.venv',
]);
const textFile = /(\.(tsx?|js|mjs|json|ya?ml|md|proto|py|sh)|\/run|\/Containerfile|^LICENSE|\.npmrc|ignore)$/;

/** Reads the repository below `root`. */
export function readRepository(root: string): Repository {
  const paths = new Set<string>();
  const files = [...walk(root, root, paths)];
  const byPath = new Map(files.map((file) => [file.path, file.text]));
  const json = <T>(path: string): T =>
    JSON.parse(byPath.get(path) ?? readFileSync(join(root, path), 'utf8')) as T;
  const folders = files
    .map((file) => file.path)
    .filter((path) => /^((libs|services)\/[^/]+|examples\/typescript|deploy|test)\/package\.json$/.test(path))
    .map((path) => path.slice(0, -'/package.json'.length));
  const workspaces = folders.map((folder): Workspace => {
    const manifest = json<Manifest>(`${folder}/package.json`);
    const layers = (manifest.nx?.tags ?? []).filter((tag) => tag.startsWith('layer:'));
    return {
      name: manifest.name,
      folder,
      layer: layers.length === 1 ? layers[0]!.slice('layer:'.length) : undefined,
      dependencies: Object.keys(manifest.dependencies ?? {}),
      testDependencies: Object.keys(manifest.devDependencies ?? {}),
      references: referencesOf(json(`${folder}/tsconfig.json`), folder),
      sources: files.filter((file) => file.path.startsWith(`${folder}/src/`) && /\.tsx?$/.test(file.path)),
    };
  });
  return {
    workspaces,
    files,
    paths,
    rootReferences: referencesOf(json('tsconfig.json'), ''),
    lock: json<Lock>('package-lock.json'),
  };
}

function referencesOf(config: { references?: readonly { path: string }[] }, folder: string): string[] {
  return (config.references ?? []).map(({ path }) => join(folder, path).split(sep).join('/'));
}

/** The text files below `folder`; notes the path of everything there in `paths`. */
function* walk(root: string, folder: string, paths: Set<string>): Generator<SourceFile> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    const fromRoot = relative(root, path).split(sep).join('/');
    if (foldersNotOurs.has(entry.name) || fromRoot === 'runs') continue;
    paths.add(fromRoot);
    if (entry.isDirectory()) {
      yield* walk(root, path, paths);
    } else if (entry.isFile() && textFile.test(fromRoot)) {
      yield { path: fromRoot, text: readFileSync(path, 'utf8') };
    }
  }
}
