/**
 * The results of a point in its folder, which is that of a comparison (compare/unit-files.ts): the description, the
 * units, the report and its page.
 */
import { join } from 'node:path';
import { type ComparisonService, resolvedConfig, runConfigToJson } from '@soar/contracts';
import {
  type ArmName,
  type Comparison,
  comparisonReport,
  type ComparisonReport,
  type Unit,
} from '@soar/experiments';
import { writeWhole } from '@soar/files';
import type { Client } from '@soar/grpc-kit';
import { comparisonPage } from '@soar/report-page';
import { UnitFiles } from '../compare/unit-files.js';
import { unitOf } from '../compare/unit-messages.js';
import { unitsOf } from '../compare/watch-comparison.js';
import { comparisonId } from '../compare/compare-inputs.js';

/** Names of folders that need no thought at a shell. */
const PLAIN = /^[\w.=+-]{1,80}$/;

export class PointFiles {
  private constructor(
    readonly name: string,
    readonly comparisonId: string,
    /** Below the folder of the sweep. */
    readonly folder: string,
    private readonly path: string,
    private readonly files: UnitFiles,
    private found: ComparisonReport | undefined,
  ) {}

  /** Opens the folder of a point below `out`. Throws UserError where it holds other results. */
  static async open(
    out: string,
    name: string,
    asked: Comparison,
    allowVersionChange: boolean,
  ): Promise<PointFiles> {
    const id = comparisonId(asked);
    const plain = name.replaceAll(' ', '').replaceAll(',', '+');
    const folder = join('points', PLAIN.test(plain) ? plain : id);
    const path = join(out, folder);
    const files = await UnitFiles.open(path, asked, allowVersionChange);
    return new PointFiles(name, id, folder, path, files, undefined);
  }

  /** The report of the point's comparison; undefined before it has been fetched. */
  get report(): ComparisonReport | undefined {
    return this.found;
  }

  /** Writes the units of the finished comparison, its report and its page. */
  async fetch(client: Client<typeof ComparisonService>): Promise<void> {
    const { comparison } = await client.getComparison({ id: this.comparisonId });
    const { teachers, students, alone } = comparison!.seeds!;
    const described: Comparison = {
      ...this.files.comparison,
      arms: comparison!.arms as ArmName[],
      seeds: { teachers, students, alone },
    };
    const units: Unit[] = [];
    for await (const message of unitsOf(client, this.comparisonId)) {
      const unit = this.files.read(message.name) ?? unitOf(message);
      await this.files.keep(message.name, unit);
      units.push(unit);
    }
    await this.files.describe(described);
    const config = runConfigToJson(resolvedConfig(comparison!.config!));
    this.found = comparisonReport({ ...described, config }, units);
    await writeWhole(join(this.path, 'report.json'), `${JSON.stringify(this.found, null, 1)}\n`);
    await writeWhole(join(this.path, 'report.html'), comparisonPage(this.found, units));
  }
}
