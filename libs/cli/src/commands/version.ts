/** `soar version`: prints the versions that results depend on and that a bug report should name. */
import { type BuildIdentity, buildOf } from '@soar/builds';
import { onnxRuntimeVersion } from '@soar/runtime';
import type { Command } from 'commander';
import { formatTable } from '../report-table.js';
import { allServices, mainOf } from '../supervisor.js';
import { version } from '../version.js';

export function addVersion(program: Command): void {
  program
    .command('version')
    .summary('print the versions that results depend on')
    .description(
      'Prints the versions of soar, Node and ONNX Runtime, the platform, and the build of each service: a hash of ' +
        'what decides its results. In JSON, with the parts that it is made of.',
    )
    .option('--json', 'print one JSON line instead of text')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const versions = {
        soar: version,
        node: process.versions.node,
        onnxruntime: onnxRuntimeVersion,
        platform: `${process.platform}-${process.arch}`,
      };
      const builds: Record<string, BuildIdentity> = {};
      for (const name of allServices) builds[name] = await buildOf(name, mainOf(name));
      const rows = Object.entries(builds).map(([name, { fingerprint }]) => [name, `build ${fingerprint}`]);
      const text =
        json === true
          ? JSON.stringify({ ...versions, builds })
          : formatTable([...Object.entries(versions), ...rows], 'left');
      process.stdout.write(`${text}\n`);
    });
}
