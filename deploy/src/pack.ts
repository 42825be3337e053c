/**
 * `npm run pack [-- FOLDER] [--key release.key]`: a release for this platform, in the current folder or in a given one:
 * the package soar-<version>.tgz, the client soar-client-<version>.tgz, the Python package
 * soar_rl-<version>-py3-none-any.whl, their bills of materials (.cdx.json) and where they come from
 * (.provenance.json). With a private key, what it says is signed too
 * (.intoto.json); the sources must be committed then.
 *
 * `npm run pack -- --verify FOLDER --key release.pub`: checks a release against its signature.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '@soar/core';
import { makeFolders } from '@soar/files';
import { makeWheel, wheelBill } from '@soar/python';
import { stageClient } from './client-package.js';
import { stagePackage } from './npm-package.js';
import { billOfMaterials } from './release/bill-of-materials.js';
import { requireCommitted, sourceOf, STATEMENT_TYPE, statementOf } from './release/provenance.js';
import { signed } from './release/signature.js';
import { SIGNED_STATEMENT, verifyRelease } from './release/verify-release.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

function readArguments() {
  try {
    const options = { key: { type: 'string' }, verify: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    if (positionals.length > 1) throw new UserError(`expected one folder, got ${positionals.join(', ')}`);
    const key = values.key === undefined ? undefined : readFileSync(values.key, 'utf8');
    return { key, verify: values.verify, folder: resolve(positionals[0] ?? '.') };
  } catch (error) {
    throw new UserError(messageOf(error));
  }
}

/** Writes the files of the release; their paths. */
function pack(folder: string, key: string | undefined): string[] {
  const source = sourceOf(root);
  if (key !== undefined) requireCommitted(source);
  makeFolder(folder);
  const staging = mkdtempSync(join(tmpdir(), 'soar-pack-'));
  try {
    const files = npmPackage('libs/cli', stagePackage, { folder, staging, time: source.time });
    const to = (suffix: string): string => files[0]!.replace(/\.tgz$/, suffix);
    files.push(...npmPackage('libs/client', stageClient, { folder, staging, time: source.time }));
    const wheel = makeWheel(root);
    const bill = join(folder, `${wheel.name.replace(/-py3.*/, '')}.cdx.json`);
    files.push(join(folder, wheel.name), bill);
    writeFileSync(join(folder, wheel.name), wheel.bytes);
    writeFileSync(bill, wheelBill(wheel, source.time));
    const statement = `${JSON.stringify(statementOf(root, source, files), null, 2)}\n`;
    files.push(to('.provenance.json'));
    writeFileSync(files.at(-1)!, statement);
    if (key === undefined) return files;
    files.push(to(SIGNED_STATEMENT));
    const envelope = signed(STATEMENT_TYPE, Buffer.from(statement), key);
    writeFileSync(files.at(-1)!, `${JSON.stringify(envelope, null, 2)}\n`);
    return files;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

interface Packing {
  readonly folder: string;
  readonly staging: string;
  /** Of the commit. */
  readonly time: string;
}

/** Packs a workspace; the paths of the package and of its bill of materials. */
function npmPackage(
  workspace: string,
  stage: (root: string, folder: string) => string[],
  { folder, staging, time }: Packing,
): string[] {
  const at = mkdtempSync(join(staging, 'package-'));
  const shipped = stage(root, at);
  const args = ['pack', '--silent', '--pack-destination', folder];
  const name = execFileSync('npm', args, { cwd: at, encoding: 'utf8' }).trim();
  const bill = join(folder, name.replace(/\.tgz$/, '.cdx.json'));
  writeFileSync(bill, billOfMaterials(root, { workspace, shipped, time }));
  return [join(folder, name), bill];
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (error) {
    throw new UserError(`${folder}: cannot be created: ${messageOf(error)}`, 'FAILED_PRECONDITION', folder);
  }
}

function verify(folder: string, key: string | undefined): string[] {
  if (key === undefined) throw new UserError('--verify needs --key FILE: the public key that you trust');
  const { subject, predicate } = verifyRelease(folder, key);
  const [source] = predicate.buildDefinition.resolvedDependencies;
  return [
    ...subject.map(({ name, digest: { sha256 } }) => `ok  ${name}  sha256:${sha256}`),
    `signed by the holder of this key, built from commit ${source?.digest['gitCommit']}`,
  ];
}

try {
  const { key, verify: release, folder } = readArguments();
  const lines = release === undefined ? pack(folder, key) : verify(resolve(release), key);
  process.stdout.write(`${lines.join('\n')}\n`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`pack: ${error.message}\n`);
  process.exitCode = 2;
}
