/**
 * The units of a comparison in one file, `units.jsonl.gz`: one line per unit, with the name of its file under
 * `units/`. Published results are kept this way; a running comparison writes one file per unit (results.ts). Pure:
 * bytes in, units out.
 *
 * What is read may be damaged or hostile: its size is bounded before and after it is unpacked, and it is refused whole.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { messageOf, UserError } from '@soar/core';
import { readUnit } from './read-results.js';
import type { Unit } from './results.js';

/** Its name in the folder of a comparison. */
export const UNIT_ARCHIVE = 'units.jsonl.gz';

const PACKED_BYTES_MAX = 16 << 20;
const UNPACKED_BYTES_MAX = 64 << 20;
const NAME = /^[a-z0-9][a-z0-9-]{0,199}$/;

/** Units by name, in the order of their names: equal units give an equal file. */
export function packUnits(units: ReadonlyMap<string, Unit>): Uint8Array {
  const lines = [...units]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, unit]) => `${JSON.stringify({ name, unit })}\n`);
  return gzipSync(lines.join(''), { level: 9 });
}

/** The units of an archive, by name; `where` names its file in messages. Throws UserError if it is malformed. */
export function unpackUnits(packed: Uint8Array, where: string): ReadonlyMap<string, Unit> {
  const units = new Map<string, Unit>();
  const lines = unpack(packed, where).split('\n');
  if (lines.pop() !== '') throw refused(where, 'its last line is cut off');
  for (const [i, line] of lines.entries()) {
    const at = `${where}, line ${i + 1}`;
    const [name, unit] = readLine(line, at);
    if (units.has(name)) throw refused(at, `a second unit ${name}`);
    units.set(name, readUnit(unit, at));
  }
  return units;
}

function unpack(packed: Uint8Array, where: string): string {
  if (packed.byteLength > PACKED_BYTES_MAX)
    throw refused(where, `${packed.byteLength} bytes, expected at most ${PACKED_BYTES_MAX}`);
  try {
    return gunzipSync(packed, { maxOutputLength: UNPACKED_BYTES_MAX }).toString('utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE')
      throw refused(where, `unpacks to more than ${UNPACKED_BYTES_MAX} bytes`);
    throw refused(where, messageOf(error));
  }
}

function readLine(line: string, at: string): [name: string, unit: unknown] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw refused(at, messageOf(error).slice(0, 200));
  }
  const { name, unit, ...rest } = { ...(parsed as { name?: unknown; unit?: unknown } | null) };
  if (typeof name !== 'string' || !NAME.test(name) || Object.keys(rest).length > 0)
    throw refused(
      at,
      'expected {"name": lower-case letters, digits and dashes, "unit": {...}} and nothing else',
    );
  return [name, unit];
}

function refused(where: string, why: string): UserError {
  return new UserError(
    `${where}: not the units of a comparison: ${why}; restore the file, or delete it to make the units again`,
    'INVALID_ARGUMENT',
    where,
  );
}
