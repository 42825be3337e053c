/**
 * The builds of everything that works on a run: this coordinator, teacher, metareward, every trainer, and the verifiers
 * that these call. Replicas must be one build: otherwise results depended on who did what.
 */
import { type Build, BuildSchema, create, type UsedBuild, UsedBuildSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import { differences } from './differences.js';

const SERVICES = ['coordinator', 'teacher', 'trainer', 'verifier', 'metareward'];
/** Bounds of what another service says about itself. */
const PARTS_MAX = 64;
const CHARS_MAX = 128;

/** One build for each service, from what they said. Throws BUILD_CHANGED where replicas differ. */
export function agreedBuilds(own: Build, found: readonly UsedBuild[]): Build[] {
  const all = [create(UsedBuildSchema, { address: 'this process', build: own }), ...found];
  return SERVICES.flatMap((service) => {
    const [first, ...others] = all.filter(({ build }) => build?.service === service);
    if (first === undefined) return [];
    const other = others.find(({ build }) => build!.fingerprint !== first.build!.fingerprint);
    if (other !== undefined) throw disagreement(service, first, other);
    return [bounded(first)];
  });
}

function disagreement(service: string, a: UsedBuild, b: UsedBuild): UserError {
  const [onA, onB] = [a, b].map(({ build }) => build!.parts['device']);
  if (onA !== undefined && onB !== undefined && onA !== onB) {
    return new UserError(
      `${service} at ${a.address} computes on ${onA}, and ${service} at ${b.address} on ${onB}: results of two kinds ` +
        'of devices differ by rounding, and would depend on which of them did what. Use devices of one kind',
      'BUILD_CHANGED',
      service,
    );
  }
  const parts = differences([a.build!], [b.build!], 'outer steps').join('; ');
  return new UserError(
    `${service} at ${a.address} and ${service} at ${b.address} are different builds: ${parts}. ` +
      'Wait until all are of one version (an upgrade may be in progress), then try again',
    'BUILD_CHANGED',
    service,
  );
}

function bounded({ address, build }: UsedBuild): Build {
  const { service, version, parts, fingerprint } = build!;
  const texts = [version, fingerprint, ...Object.entries(parts).flat()];
  if (Object.keys(parts).length <= PARTS_MAX && texts.every(({ length }) => length <= CHARS_MAX))
    return create(BuildSchema, { service, version, parts, fingerprint });
  throw new UserError(
    `${service} at ${address}: GetBuild returned more than ${PARTS_MAX} parts or a text of more than ${CHARS_MAX} ` +
      'characters; is it a service of this software?',
    'FAILED_PRECONDITION',
    service,
  );
}
