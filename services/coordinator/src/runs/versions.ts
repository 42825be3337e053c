/** The versions that a run's result depends on, as the report names them. */
import { create, type Versions, VersionsSchema } from '@soar/contracts';
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

export function versions(): Versions {
  return create(VersionsSchema, {
    soar: version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  });
}
