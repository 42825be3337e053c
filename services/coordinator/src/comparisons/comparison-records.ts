/** The stored records of comparisons, and what each consists of: its request and all extensions together. */
import { createHash } from 'node:crypto';
import {
  type ComparisonUnit,
  type CreateComparisonRequest,
  CreateComparisonRequestSchema,
  type ExtendComparisonRequest,
  ExtendComparisonRequestSchema,
  fromBinary,
  toBinary,
} from '@soar/contracts';
import { ARM_NAMES, type ArmName } from '@soar/experiments';
import type { RunDatabase } from '@soar/store';
import { comparisonEntries, EXTENSION_PREFIX } from '../journal/addresses.js';
import { Records, type ResourceRecord } from '../resources/records.js';
import { nameOf } from './unit-plan.js';
import type { Seeds } from './unit-plan.js';

export type ComparisonRecord = ResourceRecord<CreateComparisonRequest>;

/** What a comparison consists of. */
export interface Wanted {
  /** In the order of tables. Always includes base and hard-only, the baselines of all differences. */
  readonly arms: readonly ArmName[];
  /** Each in increasing order. */
  readonly seeds: Seeds;
  /** Units that clients have supplied, by name. */
  readonly given: ReadonlyMap<string, ComparisonUnit>;
}

export class ComparisonRecords extends Records<typeof CreateComparisonRequestSchema> {
  constructor(database: RunDatabase) {
    super(database, 'comparison', CreateComparisonRequestSchema);
  }

  async wanted({ id, request }: Pick<ComparisonRecord, 'id' | 'request'>): Promise<Wanted> {
    const kept = await this.journal(id).values(EXTENSION_PREFIX);
    return wantedOf([request, ...kept.map((bytes) => fromBinary(ExtendComparisonRequestSchema, bytes))]);
  }

  /** Stores an extension unless it adds nothing; true if it was stored. */
  async extend(record: ComparisonRecord, extension: ExtendComparisonRequest): Promise<boolean> {
    const before = await this.wanted(record);
    const units = extension.units.filter((unit) => !before.given.has(nameOf(unit)));
    const after = wantedOf([{ arms: before.arms, seeds: before.seeds, units: [] }, extension]);
    const same = (key: keyof Seeds): boolean => after.seeds[key].length === before.seeds[key].length;
    const isMore =
      units.length > 0 ||
      after.arms.length > before.arms.length ||
      !(same('teachers') && same('students') && same('alone'));
    if (!isMore) return false;
    const bytes = toBinary(ExtendComparisonRequestSchema, { ...extension, units });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await this.journal(record.id).put(comparisonEntries.extension(sha256), bytes);
    return true;
  }
}

type Requested = Pick<ExtendComparisonRequest, 'units'> & {
  readonly arms: readonly string[];
  readonly seeds?: { readonly [K in keyof Seeds]: readonly number[] } | undefined;
};

/** The union of these requests. Of two units with one name, the first is used. */
export function wantedOf(requests: readonly Requested[]): Wanted {
  const names = new Set<string>(['base', 'hard-only', ...requests.flatMap(({ arms }) => arms)]);
  const rising = (key: keyof Seeds): number[] =>
    [...new Set(requests.flatMap(({ seeds }) => seeds?.[key] ?? []))].sort((a, b) => a - b);
  const given = new Map<string, ComparisonUnit>();
  for (const unit of requests.flatMap(({ units }) => units)) {
    const name = nameOf(unit);
    if (!given.has(name)) given.set(name, { ...unit, name });
  }
  return {
    arms: ARM_NAMES.filter((name) => names.has(name)),
    seeds: { teachers: rising('teachers'), students: rising('students'), alone: rising('alone') },
    given,
  };
}
