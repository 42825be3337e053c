/**
 * Runs before each compilation (`npm run build`), so that `dist` holds what the sources say, and a test that runs from
 * it cannot lie. `tsc -b` alone leaves three holes:
 *
 * - the outputs of a source that was deleted or renamed stay, tests among them: they are removed here;
 * - a missing output is not noticed: the record of that build is removed, so that the project is compiled anew;
 * - a source restored with an old time counts as compiled: the records are dated 1970, so that `tsc` compares contents.
 *
 * JavaScript, because it runs before anything is compiled.
 */
import { existsSync, readFileSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const SUFFIXES = ['.js', '.js.map', '.d.ts', '.d.ts.map'];
const BUILD_RECORD = 'tsconfig.tsbuildinfo';

const { references } = JSON.parse(readFileSync(join(import.meta.dirname, 'tsconfig.json'), 'utf8'));
for (const { path } of references) checkOutputs(join(import.meta.dirname, path));

/** @param {string} project Folder of a tsconfig.json that compiles src/ to dist/. */
function checkOutputs(project) {
  const dist = join(project, 'dist');
  const expected = new Set(
    filesBelow(join(project, 'src'))
      .filter((source) => /\.tsx?$/.test(source))
      .flatMap((source) => SUFFIXES.map((suffix) => source.replace(/\.tsx?$/, suffix))),
  );
  const found = new Set(filesBelow(dist));
  // Not what a build writes about what it compiled (libs/builds/src/known-files.ts): that cannot be stale.
  for (const output of found)
    if (!expected.has(output) && !output.endsWith('.json')) rmSync(join(dist, output));
  const record = join(project, BUILD_RECORD);
  if (!existsSync(record)) return;
  if ([...expected].some((output) => !found.has(output))) rmSync(record);
  else utimesSync(record, 0, 0);
}

/** @returns {string[]} Paths of the files below `folder`, relative to it; none where there is no folder. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
