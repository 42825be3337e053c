/**
 * The wheel of the Python package, written without Python: sources as they stand in this folder, modules of the
 * contracts, presets, metadata. Pure Python, so one file is for all platforms. Equal sources give equal bytes.
 */
import { toJson } from '@bufbuild/protobuf';
import { RunConfigSchema } from '@soar/contracts';
import { UserError } from '@soar/core';
import { presetConfig, presetNames } from '@soar/cli/dist/run-config.js';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ArchivedFile, zip } from './archive.js';
import { contractFiles, descriptorSet } from './descriptors.js';
import { DISTRIBUTION, ENTRY_POINTS, metadataText, WHEEL_TEXT } from './metadata.js';
import { contractModules } from './modules.js';

/** In file names, "-" stands between their parts. */
const NAME = DISTRIBUTION.replace('-', '_');

export interface Wheel {
  /** soar_rl-0.2.0-py3-none-any.whl */
  readonly name: string;
  readonly version: string;
  readonly bytes: Uint8Array;
}

/** The wheel of the repository at `root`. */
export function makeWheel(root: string): Wheel {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const info = `${NAME}-${version}.dist-info`;
  const description = readFileSync(join(root, 'libs/python/README.md'), 'utf8');
  const files = [
    ...packageFiles(root, version),
    { path: `${info}/METADATA`, bytes: Buffer.from(metadataText(version, description)) },
    { path: `${info}/WHEEL`, bytes: Buffer.from(WHEEL_TEXT) },
    { path: `${info}/entry_points.txt`, bytes: Buffer.from(ENTRY_POINTS) },
    { path: `${info}/licenses/LICENSE`, bytes: readFileSync(join(root, 'LICENSE')) },
  ];
  const record = { path: `${info}/RECORD`, bytes: Buffer.from(recordText(files, `${info}/RECORD`)) };
  return { name: `${NAME}-${version}-py3-none-any.whl`, version, bytes: zip([...files, record]) };
}

/** The importable package, by path. */
function packageFiles(root: string, version: string): ArchivedFile[] {
  const contracts = contractFiles(root);
  const files = [
    ...sourcesIn(join(root, 'libs/python')),
    ...contractModules(contracts),
    { path: 'soar/contracts.binpb', bytes: descriptorSet(contracts) },
    { path: 'soar/presets.json', bytes: Buffer.from(presetsText()) },
    { path: 'soar/_version.py', bytes: Buffer.from(`VERSION = "${version}"\n`) },
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const twice = files.find(({ path }, i) => files[i + 1]?.path === path);
  if (twice !== undefined) throw new Error(`${twice.path}: is written, and generated as well; rename one`);
  return files;
}

/** What stands in libs/python/soar; nothing that Python or an editor left there. */
function sourcesIn(folder: string): ArchivedFile[] {
  const found = readdirSync(join(folder, 'soar'), { recursive: true, encoding: 'utf8' })
    .map((path) => `soar/${path.replaceAll('\\', '/')}`)
    .filter((path) => /^soar(\/\w+)*\/(\w+\.py|py\.typed)$/.test(path));
  if (!found.includes('soar/__init__.py'))
    throw new UserError(`${folder}: holds no sources of the Python package`, 'NOT_FOUND', folder);
  return found.map((path) => ({ path, bytes: readFileSync(join(folder, path)) }));
}

/** The presets as configurations, each with the one that it is laid over. */
function presetsText(): string {
  const presets = presetNames().map((name) => [name, toJson(RunConfigSchema, presetConfig(name))]);
  return `${JSON.stringify(Object.fromEntries(presets), null, 1)}\n`;
}

/** Path, SHA-256 and length of every file; those of RECORD itself are left out. */
function recordText(files: readonly ArchivedFile[], own: string): string {
  const lines = files.map(({ path, bytes }) => {
    const hash = createHash('sha256').update(bytes).digest('base64url');
    return `${path},sha256=${hash},${bytes.length}`;
  });
  return [...lines, `${own},,`, ''].join('\n');
}
