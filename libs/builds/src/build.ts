/**
 * The build of a service: its version and what decides its results, computed from the compiled files themselves, when
 * the process starts. A number that is written at build time would be wrong for everyone who compiles a single package.
 *
 * What comes from elsewhere decides too: packages that deciding files import (ONNX Runtime among them), by version;
 * Node, whose V8 implements `Math.exp`, by its major version; and the platform. Not the type of the CPU: kernels of
 * ONNX Runtime differ by it, but runs must be able to move within a cluster.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { KnownFiles } from './known-files.js';
import { reachableFrom, versionAt } from './reachable.js';

/** As soar.build.v1.Build. */
export interface BuildIdentity {
  readonly service: string;
  readonly version: string;
  /** In the order of their names. */
  readonly parts: Readonly<Record<string, string>>;
  readonly fingerprint: string;
}

const DIGITS = 16;

/** The build of `service`, whose main file is at `main`. */
export async function buildOf(
  service: string,
  main: string,
  known = KnownFiles.open(),
): Promise<BuildIdentity> {
  const path = realpathSync(main);
  const { files, packages } = await reachableFrom(path, known);
  const entries: [string, string][] = [
    ['node', process.versions.node.split('.')[0]!],
    ['platform', `${process.platform}-${process.arch}`],
    ...packages,
  ];
  for (const part of new Set(files.map((file) => file.part))) {
    const own = files.filter((file) => file.part === part);
    entries.push([part, hashOf(own.map(({ name, tokens }) => `${name} ${tokens}`).sort())]);
  }
  const parts = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  return { service, version: versionAt(path), parts, fingerprint: fingerprintOf(parts) };
}

/** One hash of all parts. */
export function fingerprintOf(parts: Readonly<Record<string, string>>): string {
  return hashOf(
    Object.entries(parts)
      .map((entry) => entry.join(' '))
      .sort(),
  );
}

function hashOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, DIGITS);
}
