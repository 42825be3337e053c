/**
 * What the wheel is made of, as CycloneDX: itself, and what pip installs with it, by range, since pip chooses the
 * versions. Equal sources give equal bytes: the only time in it is that of the commit.
 */
import { createHash } from 'node:crypto';
import { DISTRIBUTION, EXTRAS, REQUIRED } from './metadata.js';
import type { Wheel } from './wheel.js';

/** `time`: of the commit, as ISO 8601. */
export function wheelBill({ name, version, bytes }: Wheel, time: string): string {
  const ref = `pkg:pypi/${DISTRIBUTION}@${version}`;
  const needed = REQUIRED.map((need) => component(need, 'required'));
  const optional = Object.values(EXTRAS)
    .flat()
    .map((need) => component(need, 'optional'));
  const components = [...needed, ...optional];
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: time,
      component: {
        type: 'library',
        'bom-ref': ref,
        name: DISTRIBUTION,
        version,
        purl: ref,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(bytes).digest('hex') }],
        properties: [{ name: 'file', value: name }],
      },
    },
    components,
    dependencies: [
      { ref, dependsOn: components.map((each) => each['bom-ref']) },
      ...components.map((each) => ({ ref: each['bom-ref'], dependsOn: [] })),
    ],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/** `need` as pip reads it: "grpcio>=1.60". */
function component(need: string, scope: 'required' | 'optional') {
  const name = /^[a-z0-9-]+/.exec(need)![0];
  const purl = `pkg:pypi/${name}`;
  const properties = [{ name: 'range', value: need.slice(name.length) }];
  return { type: 'library', 'bom-ref': purl, name, purl, scope, properties };
}
