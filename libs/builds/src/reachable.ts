/**
 * The files that a service is made of: those that its main file imports or starts, directly or indirectly, in packages
 * of this project that may decide results. Tests, benchmarks and files that nothing uses are not among them, so a
 * service in a package or container, which has none of these, is the same build.
 */
import { InvariantError } from '@soar/core';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import type { KnownFiles } from './known-files.js';
import { decidesNothing, isDecidingPackage, partOf } from './parts.js';

const SCOPE = '@soar/';
/** Folders between a file and its package.json, at most. */
const DEPTH_MAX = 16;

/** A file that decides results. */
export interface DecidingFile {
  readonly part: string;
  /** Package and path in it, with `/`. */
  readonly name: string;
  /** SHA-256 of its tokens. */
  readonly tokens: string;
}

export interface Reachable {
  readonly files: readonly DecidingFile[];
  /** Versions of the packages from elsewhere that deciding files use, by name. */
  readonly packages: ReadonlyMap<string, string>;
}

interface Package {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

/** What can be reached from the file at `main`. */
export async function reachableFrom(main: string, known: KnownFiles): Promise<Reachable> {
  const files: DecidingFile[] = [];
  const versions = new Map<string, string>();
  const packages: Packages = new Map();
  const seen = new Set([main]);
  for (const path of seen) {
    const { folder, name } = packageOf(path, packages);
    const short = name.slice(SCOPE.length);
    if (decidesNothing(short)) continue;
    const below = relative(join(folder, 'dist'), path).split(sep).join('/');
    const { tokens, uses } = await known.read(path);
    const part = partOf(short, below);
    if (part !== undefined) files.push({ part, name: `${short}/${below}`, tokens });
    for (const use of uses) {
      if (use.startsWith('.')) addIfThere(seen, join(dirname(path), use));
      else if (use.startsWith(SCOPE)) {
        if (isFollowed(use, name)) seen.add(createRequire(path).resolve(use));
      } else if (part !== undefined && !use.startsWith('node:')) {
        const other = packageOf(createRequire(path).resolve(use), packages, use);
        if (isDecidingPackage(other.name)) versions.set(other.name, other.version);
      }
    }
  }
  return { files, packages: versions };
}

/** A text that looks like a path may name no file of the package. */
function addIfThere(seen: Set<string>, path: string): void {
  if (path.endsWith('.js') && existsSync(path)) seen.add(path);
}

/** Whether what is imported from a package of this project can matter. */
function isFollowed(specifier: string, from: string): boolean {
  const short = specifier.slice(SCOPE.length).split('/')[0]!;
  const nothing = decidesNothing(short);
  if (nothing !== undefined) return !nothing;
  throw new InvariantError(
    `builds: ${from} imports ${SCOPE}${short}, and parts.ts does not say whether it decides results; add a line there`,
  );
}

/** Packages by their folders; undefined where a folder is none. */
type Packages = Map<string, Package | undefined>;

/** The package that a file belongs to; `specifier`: what it was imported by, if its name must be part of that. */
function packageOf(path: string, packages: Packages, specifier?: string): Package {
  let folder = dirname(path);
  for (let depth = 0; depth < DEPTH_MAX; depth++, folder = dirname(folder)) {
    if (!packages.has(folder)) packages.set(folder, readPackage(folder));
    const found = packages.get(folder);
    if (found === undefined) continue;
    if (specifier === undefined || specifier === found.name || specifier.startsWith(`${found.name}/`))
      return found;
  }
  throw new InvariantError(`builds: ${path} is in no package`);
}

/** Packages inside of a package, which only say how files are loaded, have no version. */
function readPackage(folder: string): Package | undefined {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return undefined;
  const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Package>;
  return name === undefined || version === undefined ? undefined : { folder, name, version };
}

/** The version of the package that a file belongs to. */
export function versionAt(path: string): string {
  return packageOf(path, new Map()).version;
}
