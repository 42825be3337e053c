/**
 * Prepares a comparison's folder for publication: `npm run results:pack -- FOLDER...` packs its units into one file
 * and writes its report and page again from them. `soar compare` can still resume from the folder.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@soar/core';
import { comparisonReport, packUnits, UNIT_ARCHIVE, unpackUnits } from '@soar/experiments';
import { writeWhole } from '@soar/files';
import { comparisonPage } from '@soar/report-page';
import { isDeepStrictEqual } from 'node:util';
import { readComparisonFolder } from './comparison-folder.js';

for (const folder of process.argv.slice(2)) {
  const { comparison, units } = readComparisonFolder(folder);
  if (units.size === 0) throw new UserError(`${folder}: holds no units`, 'INVALID_ARGUMENT', folder);
  const archive = join(folder, UNIT_ARCHIVE);
  await writeWhole(archive, packUnits(units));
  if (!isDeepStrictEqual(unpackUnits(readFileSync(archive), archive), units))
    throw new UserError(`${archive}: reads differently from what was written`, 'DATA_LOSS', archive);
  rmSync(join(folder, 'units'), { recursive: true, force: true });
  const report = comparisonReport(comparison, [...units.values()]);
  await writeWhole(join(folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  await writeWhole(join(folder, 'report.html'), comparisonPage(report, [...units.values()]));
  process.stdout.write(`${folder}: ${units.size} units\n`);
}
