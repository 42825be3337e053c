/** Sizes in bytes, as people write them: powers of 1024 with the units of IEC 80000-13. */
import { UserError } from './errors.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** 1536 -> "1.5 KiB". */
export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

/** "1.5 KiB" -> 1536; also 1.5Ki, as Kubernetes writes it, and 1536. Throws UserError that `where` begins. */
export function parseBytes(text: string, where: string): number {
  const [, digits, prefix = ''] = /^(\d+(?:\.\d+)?) ?(?:([KMGT])i)?B?$/i.exec(text.trim()) ?? [];
  if (digits !== undefined)
    return Math.floor(Number(digits) * 1024 ** ' KMGT'.indexOf(prefix.toUpperCase() || ' '));
  throw new UserError(
    `${where}: expected a size such as 8GiB or 512MiB, got ${JSON.stringify(text)}`,
    'INVALID_ARGUMENT',
    where,
  );
}
