/** `soar version`: prints the versions that results depend on and that a bug report should name. */
import { onnxRuntimeVersion } from '@soar/runtime';
import type { Command } from 'commander';
import { formatTable } from '../report-table.js';
import { version } from '../version.js';

export function addVersion(program: Command): void {
  program
    .command('version')
    .summary('print the versions that results depend on')
    .description('Prints the versions of soar, Node and ONNX Runtime, and the platform.')
    .option('--json', 'print one JSON line instead of text')
    .action(({ json }: { readonly json?: boolean }) => {
      const versions = {
        soar: version,
        node: process.versions.node,
        onnxruntime: onnxRuntimeVersion,
        platform: `${process.platform}-${process.arch}`,
      };
      const text = json === true ? JSON.stringify(versions) : formatTable(Object.entries(versions), 'left');
      process.stdout.write(`${text}\n`);
    });
}
