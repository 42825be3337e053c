/** What differs between the builds that worked on something and those that would continue it. Pure. */
import type { Build } from '@soar/contracts';

/** What is still to be done. */
export type Remaining = 'outer steps' | 'arms' | 'nothing';

/** The services whose results are still needed: what students of arms learn is not asked of teacher and metareward. */
const NEEDED: Readonly<Record<Remaining, readonly string[]>> = {
  'outer steps': ['coordinator', 'teacher', 'trainer', 'verifier', 'metareward'],
  arms: ['coordinator', 'trainer', 'verifier'],
  nothing: [],
};

/** Digits of a hash in messages. */
const DIGITS = 8;

/** One line for each part that differs and matters to what remains; none if results will be the same. */
export function differences(before: readonly Build[], now: readonly Build[], remaining: Remaining): string[] {
  const lines = new Map<string, { readonly services: string[]; readonly change: string }>();
  for (const service of NEEDED[remaining]) {
    const [a, b] = [before, now].map((builds) => builds.find((build) => build.service === service));
    for (const part of changedParts(a, b)) {
      const line = lines.get(part) ?? { services: [], change: `${named(a, part)} -> ${named(b, part)}` };
      line.services.push(service);
      lines.set(part, line);
    }
  }
  return [...lines].map(([part, { services, change }]) => `${part} of ${listed(services)} (${change})`);
}

/** Whether nothing differs, in versions either. */
export function areEqual(before: readonly Build[], now: readonly Build[]): boolean {
  const key = (builds: readonly Build[]): string =>
    builds
      .map(({ service, version, fingerprint }) => [service, version, fingerprint].join(' '))
      .sort()
      .join('\n');
  return key(before) === key(now);
}

/** Parts that are not equal. A service that does not say what it is has none: then it is one difference as a whole. */
function changedParts(a: Build | undefined, b: Build | undefined): string[] {
  if ((a?.fingerprint ?? '') === (b?.fingerprint ?? '')) return [];
  if (!a?.fingerprint || !b?.fingerprint) return ['all'];
  const names = [...new Set([...Object.keys(a.parts), ...Object.keys(b.parts)])].sort();
  const changed = names.filter((name) => a.parts[name] !== b.parts[name]);
  return changed.length > 0 ? changed : ['all'];
}

function named(build: Build | undefined, part: string): string {
  if (!build?.fingerprint) return 'a build that does not say what it is';
  const value = part === 'all' ? build.fingerprint : (build.parts[part] ?? 'none');
  return `${build.version} ${/^[0-9a-f]{16}$/.test(value) ? value.slice(0, DIGITS) : value}`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
