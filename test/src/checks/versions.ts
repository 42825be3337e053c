/**
 * One version for everything: all packages have the version of the root, and what names it (the change log, images, the
 * package) names that one. `npm run release` writes them.
 */
import type { Repository, SourceFile } from './repository.js';

/** Packages of this project, the root's apart. */
export const PACKAGE = /^((libs|services)\/[^/]+|deploy|test|examples\/typescript)\/package\.json$/;
/** Images and the package, by their versions; `newTag` is in an overlay of docs/deploying.md. */
export const NAMED = /(\bsoar(?:-gpu|-webgpu|_rl)?[:-]|newTag: )(\d+\.\d+\.\d+)\b/g;
/** Where they are named. */
export const NAMING =
  /^(docs\/[a-z-]+\.md|deploy\/(Containerfile|compose\.yaml|src\/services\.ts|kubernetes\/.*))$/;

export function checkVersions({ files }: Pick<Repository, 'files'>): string[] {
  const version = versionOf(files.find(({ path }) => path === 'package.json')?.text ?? '{}');
  return files.flatMap((file) => {
    if (PACKAGE.test(file.path)) return checkPackage(file, version);
    if (file.path === 'CHANGELOG.md') return checkChangeLog(file, version);
    return NAMING.test(file.path) ? checkNames(file, version) : [];
  });
}

function versionOf(manifest: string): string {
  return (JSON.parse(manifest) as { readonly version?: string }).version ?? '';
}

function checkPackage({ path, text }: SourceFile, version: string): string[] {
  const manifest = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
  const named = ['dependencies', 'devDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}).filter(([name]) => name.startsWith('@soar/')),
  );
  return [['version', versionOf(text)], ...named]
    .filter(([, found]) => found !== version)
    .map(([what, found]) => `${path}: ${what} ${found}, expected ${version}; npm run release -- ${version}`);
}

/** Its first section is that of the version, with the day of its release, or what comes after it. */
function checkChangeLog({ path, text }: SourceFile, version: string): string[] {
  const sections = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title!);
  const released = sections[0] === 'Unreleased' ? sections.slice(1) : sections;
  const problems = released
    .filter((title) => !/^\d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\)$/.test(title))
    .map((title) => `${path}: section "${title}": expected "Unreleased" (first), or "0.1.0 (2026-11-23)"`);
  if (released[0]?.startsWith(`${version} (`) === true) return problems;
  return [...problems, `${path}: its first section after "Unreleased" must be that of ${version}`];
}

function checkNames({ path, text }: SourceFile, version: string): string[] {
  return [...text.matchAll(NAMED)]
    .filter(([, , found]) => found !== version)
    .map(([named]) => `${path}: ${named}, expected version ${version}; npm run release -- ${version}`);
}
