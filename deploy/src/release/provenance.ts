/**
 * Where a release comes from: an in-toto statement with SLSA's provenance, over the files of the release. It names the
 * commit, the lock file and the versions that it was built with; it holds as far as whoever signs it is trusted. Not a
 * SLSA level: the build ran where `npm run pack` was typed. Sources: https://in-toto.io/Statement/v1,
 * https://slsa.dev/provenance/v1.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '@soar/core';

export const STATEMENT_TYPE = 'application/vnd.in-toto+json';
const BUILD_TYPE = 'urn:soar:npm-run-pack:1';

/** The sources of a build. */
export interface Source {
  /** Absent outside of a Git working tree. */
  readonly commit?: string;
  /** Of the commit, as ISO 8601. */
  readonly time: string;
  /** Files that differ from the commit. */
  readonly changed: readonly string[];
}

export interface Statement {
  readonly _type: string;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: Readonly<Record<string, string>>;
      readonly internalParameters: Readonly<Record<string, unknown>>;
      readonly resolvedDependencies: readonly {
        readonly uri: string;
        readonly digest: Readonly<Record<string, string>>;
      }[];
    };
    readonly runDetails: { readonly builder: { readonly id: string } };
  };
}

export function sourceOf(root: string): Source {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trimEnd();
  try {
    const changed = git('status', '--porcelain').split('\n').filter(Boolean);
    return { commit: git('rev-parse', 'HEAD'), time: git('show', '-s', '--format=%cI', 'HEAD'), changed };
  } catch {
    return { time: new Date(0).toISOString(), changed: [] };
  }
}

/** Throws UserError unless the sources are exactly those of a commit: a signature says so. */
export function requireCommitted({ commit, changed }: Source): void {
  if (commit === undefined)
    throw new UserError('only what is in a Git repository can be signed: there is no commit');
  if (changed.length === 0) return;
  const names = changed.slice(0, 3).map((line) => line.slice(3));
  throw new UserError(
    `${changed.length} files differ from the commit (${names.join(', ')}${changed.length > 3 ? ', ...' : ''}); ` +
      'commit or remove them, then sign',
    'FAILED_PRECONDITION',
  );
}

/** The statement about `files`, paths of the release. */
export function statementOf(root: string, source: Source, files: readonly string[]): Statement {
  const { commit, changed } = source;
  const npm = execFileSync('npm', ['--version'], { encoding: 'utf8' }).trim();
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map((path) => ({ name: basename(path), digest: { sha256: sha256Of(path) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { platform: process.platform, arch: process.arch },
        internalParameters: { node: process.versions.node, npm, changedFiles: changed.length },
        resolvedDependencies: [
          ...(commit === undefined ? [] : [{ uri: 'git:HEAD', digest: { gitCommit: commit } }]),
          { uri: 'package-lock.json', digest: { sha256: sha256Of(join(root, 'package-lock.json')) } },
        ],
      },
      runDetails: { builder: { id: 'urn:soar:npm-run-pack' } },
    },
  };
}

export function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
