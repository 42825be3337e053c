/**
 * The results of a comparison in a folder: comparison.json and one file per unit, each written whole when it is done.
 * Existing units are read and not made again, also if they are packed into one file (unit-archive.ts of experiments).
 * Results of other inputs in the same folder are refused.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runConfigFromJson, runConfigToJson } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import {
  type Comparison,
  readComparison,
  readUnit,
  type Unit,
  UNIT_ARCHIVE,
  unpackUnits,
} from '@soar/experiments';
import { sweepPartials, writeWhole } from '@soar/files';
import { isDeepStrictEqual } from 'node:util';

/** Between the versions of a folder's units. */
const AND = ' and ';

export class UnitFiles {
  private constructor(
    private readonly folder: string,
    private readonly packed: ReadonlyMap<string, Unit>,
    /** As the folder has it: with every version that made units. */
    readonly comparison: Comparison,
  ) {}

  /**
   * Opens the folder for this comparison. Throws UserError if it holds another one, or units of another version and
   * that is not allowed.
   */
  static async open(folder: string, asked: Comparison, allowVersionChange = false): Promise<UnitFiles> {
    const file = join(folder, 'comparison.json');
    let comparison = asked;
    if (existsSync(file)) {
      const read = readComparison(readJson(file), file);
      // A configuration of an earlier version has fewer fields; missing ones get their defaults.
      const found = { ...read, config: plain(runConfigToJson(runConfigFromJson(read.config, file))) };
      // Arms and seeds may be added to the same comparison.
      for (const field of ['domain', 'model', 'problems', 'heldOut', 'config', 'passAt'] as const) {
        if (isDeepStrictEqual(found[field], plain(comparison[field]))) continue;
        throw new UserError(
          `${folder}: holds a comparison with other inputs (${field} differs); name another --out`,
          'INVALID_ARGUMENT',
          '--out',
        );
      }
    }
    if (existsSync(file) && hasUnits(folder)) {
      const { version } = readComparison(readJson(file), file);
      comparison = { ...asked, version: allVersions(folder, version, asked.version, allowVersionChange) };
    }
    for (const own of [folder, join(folder, 'units')]) await sweepPartials(own);
    const archive = join(folder, UNIT_ARCHIVE);
    const packed = existsSync(archive)
      ? unpackUnits(readFileSync(archive), archive)
      : new Map<string, Unit>();
    await write(file, comparison);
    return new UnitFiles(folder, packed, comparison);
  }

  /** Rewrites comparison.json: arms and seeds may have been added since it was opened. */
  describe(comparison: Comparison): Promise<void> {
    return write(join(this.folder, 'comparison.json'), comparison);
  }

  /** Every finished unit, by name. Throws UserError for a file that is not a unit. */
  all(): Map<string, Unit> {
    const folder = join(this.folder, 'units');
    const names = existsSync(folder)
      ? readdirSync(folder).flatMap((file) =>
          file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : [],
        )
      : [];
    return new Map([...this.packed, ...names.sort().map((name) => [name, this.read(name)!] as const)]);
  }

  /** A finished unit. Throws UserError for a file that is not a unit. */
  read(name: string): Unit | undefined {
    const file = this.fileOf(name);
    return existsSync(file) ? readUnit(readJson(file), file) : this.packed.get(name);
  }

  keep(name: string, unit: Unit): Promise<void> {
    return write(this.fileOf(name), unit);
  }

  private fileOf(name: string): string {
    return join(this.folder, 'units', `${name}.json`);
  }
}

function write(file: string, value: unknown): Promise<void> {
  return writeWhole(file, `${JSON.stringify(value, null, 1)}\n`);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(
      `${file}: cannot be read: ${messageOf(error)}; delete it to make it again`,
      'INVALID_ARGUMENT',
      file,
    );
  }
}

/** The value as it reads back from a file. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function hasUnits(folder: string): boolean {
  const units = join(folder, 'units');
  return existsSync(join(folder, UNIT_ARCHIVE)) || (existsSync(units) && readdirSync(units).length > 0);
}

/** The versions of a folder's units with this one. Throws UserError where it is new and that is not allowed. */
function allVersions(folder: string, made: string, version: string, allowVersionChange: boolean): string {
  if (made.split(AND).at(-1) === version) return made;
  if (allowVersionChange) return `${made}${AND}${version}`;
  throw new UserError(
    `${folder}: its units were made by version ${made}, and this is ${version}, which may give other results. Name ` +
      'another --out, or allow the change with --allow-version-change, which comparison.json then says',
    'BUILD_CHANGED',
    '--allow-version-change',
  );
}
