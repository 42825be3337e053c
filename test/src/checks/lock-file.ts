/**
 * The lock file serves every platform and names no host: a lock made on one machine must install on any other.
 * npm drops the optional packages of other platforms when it cannot find them at install time, without a warning.
 */
import type { Repository } from './repository.js';

/** Packages whose native parts come as one optional package per platform. */
const platformPackages = ['nx', 'libsql', 'typescript', '@bufbuild/buf', 'oxlint', 'oxlint-tsgolint'];
/** Contains its native parts for every platform; its post-install only fetches GPU files. */
const bundledPackages = ['onnxruntime-node'];

export function checkLockFile({ lock }: Repository): string[] {
  const problems: string[] = [];
  for (const name of [...platformPackages, ...bundledPackages]) {
    const locked = lock.packages[`node_modules/${name}`];
    if (locked === undefined) problems.push(`package-lock.json: ${name} is not locked`);
    else if (platformPackages.includes(name) && Object.keys(locked.optionalDependencies ?? {}).length === 0) {
      problems.push(`package-lock.json: ${name} ${locked.version} names no platform's package`);
    }
  }
  for (const [path, locked] of Object.entries(lock.packages)) {
    for (const optional of Object.keys(locked.optionalDependencies ?? {})) {
      const nested = lock.packages[`${path}/node_modules/${optional}`];
      if (nested === undefined && lock.packages[`node_modules/${optional}`] === undefined) {
        problems.push(
          `package-lock.json: ${path.slice('node_modules/'.length)} lacks ${optional}; lock a release that has it`,
        );
      }
    }
    if (locked.resolved !== undefined && locked.link !== true) {
      problems.push(
        `package-lock.json: ${path} names where it came from; npm config omit-lockfile-registry-resolved`,
      );
    }
    if (path.startsWith('node_modules/') && locked.link !== true && locked.integrity === undefined) {
      problems.push(`package-lock.json: ${path} has no integrity hash`);
    }
  }
  return problems;
}
