/** The comparisons among what a coordinator keeps, and what each is to consist of: its request and all extensions. */
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

/** What a comparison is to consist of. */
export interface Wanted {
  /** In the order of tables; with base and hard-only, which differences are to. */
  readonly arms: readonly ArmName[];
  /** Each rising. */
  readonly seeds: Seeds;
  /** Units that were made earlier, by name. */
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

  /** Keeps an extension unless it adds nothing; whether it did. */
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

type Asked = Pick<ExtendComparisonRequest, 'units'> & {
  readonly arms: readonly string[];
  readonly seeds?: { readonly [K in keyof Seeds]: readonly number[] } | undefined;
};

/** All that was asked for together, whatever the order. Of two units of a name the one that came first stays. */
export function wantedOf(asked: readonly Asked[]): Wanted {
  const names = new Set<string>(['base', 'hard-only', ...asked.flatMap(({ arms }) => arms)]);
  const rising = (key: keyof Seeds): number[] =>
    [...new Set(asked.flatMap(({ seeds }) => seeds?.[key] ?? []))].sort((a, b) => a - b);
  const given = new Map<string, ComparisonUnit>();
  for (const unit of asked.flatMap(({ units }) => units)) {
    const name = nameOf(unit);
    if (!given.has(name)) given.set(name, { ...unit, name });
  }
  return {
    arms: ARM_NAMES.filter((name) => names.has(name)),
    seeds: { teachers: rising('teachers'), students: rising('students'), alone: rising('alone') },
    given,
  };
}
