/**
 * The disk space that a run or a comparison takes in the artifact store: its checkpoints by what is kept, those of a
 * step in progress, and the copy of its base. Journal, ledger and logs are small beside them and not counted.
 */
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Arm, Retention, RewardKind, type RunConfig } from '@soar/contracts';
import { formatBytes, UserError } from '@soar/core';
import { ARMS, type ArmName } from '@soar/experiments';
import { trainedCount } from '@soar/runtime';
import { isArtifactFolder } from '@soar/store';
import type { FoundModel } from './checked-inputs.js';
import type { MachinePlan } from './machine.js';
import { teacherConfig, type SeedCounts } from './workload.js';

export interface DiskPart {
  readonly name: string;
  readonly bytes: number;
}

export interface DiskPlan {
  readonly parts: readonly DiskPart[];
  /** Without a promotion, and with one in every step. */
  readonly leastBytes: number;
  readonly mostBytes: number;
  readonly where: string;
  /** Undefined where it cannot be known: on S3. */
  readonly freeBytes?: number | undefined;
}

const FLOAT_BYTES = 4;
/** A teacher's checkpoint has the optimizer's two moments beside its parameters. */
const WITH_OPTIMIZER = 3;

/** Bytes of one checkpoint. */
interface Sizes {
  readonly student: number;
  readonly teacher: number;
}

/** What a run takes; with `comparison`, a run for each teacher and the students of every arm. */
export function planDisk(
  config: RunConfig,
  model: FoundModel,
  machine: MachinePlan,
  artifacts: string,
  comparison?: { readonly arms: readonly ArmName[]; readonly seeds: SeedCounts },
): DiskPlan {
  // A checkpoint of whole weights has the files beside them too; one of an adapter has not.
  const beside = bytesIn(model.base ?? model.folder, (name) => !/\.(safetensors|bin|gguf|pth?)$/.test(name));
  const sizeOf = (trained: MachinePlan['student'], copies: number): number =>
    FLOAT_BYTES * copies * trainedCount(trained) + (trained.adapter === undefined ? beside : 0);
  const sizes = { student: sizeOf(machine.student, 1), teacher: sizeOf(machine.teacher, WITH_OPTIMIZER) };
  const base = bytesIn(model.folder) + (model.base && model.base !== model.folder ? bytesIn(model.base) : 0);
  const parts: DiskPart[] = [{ name: 'copy of the model', bytes: base }];
  let promoted: number;
  if (comparison === undefined) {
    parts.push(...runParts(config, sizes));
    promoted = promotionsMost(config) * sizes.student;
  } else {
    const { arms, seeds } = comparison;
    const kinds = new Set(arms.flatMap((arm) => ARMS[arm].teacher ?? []).filter((kind) => kind !== 'base'));
    const runs = seeds.teachers;
    const configs = [...kinds].map((kind) => [kind, teacherConfig(config, kind)] as const);
    for (const [kind, own] of configs)
      parts.push(
        ...runParts(own, sizes).map(({ name, bytes }) => ({
          name: `${runs} runs of teacher ${kind}: ${name}`,
          bytes: runs * bytes,
        })),
      );
    const students = arms
      .filter((arm) => ARMS[arm].trained)
      .reduce((sum, arm) => sum + (ARMS[arm].teacher ? seeds.teachers * seeds.students : seeds.alone), 0);
    parts.push({ name: `${students} students`, bytes: students * sizes.student });
    promoted = configs.reduce((sum, [, own]) => sum + runs * promotionsMost(own) * sizes.student, 0);
  }
  const leastBytes = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = isArtifactFolder(artifacts) ? freeBytes(artifacts) : undefined;
  return { parts, leastBytes, mostBytes: leastBytes + promoted, where: artifacts, freeBytes: free };
}

/** Throws UserError where the space does not suffice even without a promotion. */
export function requireSpace({ leastBytes, freeBytes: free, where }: DiskPlan): void {
  if (free === undefined || leastBytes <= free) return;
  throw new UserError(
    `disk: checkpoints need about ${formatBytes(leastBytes)} in ${where}, which has ${formatBytes(free)} free; ` +
      'make room, name another --artifacts, or keep less with "retention: RETENTION_RESULTS"',
    'FAILED_PRECONDITION',
    'disk',
  );
}

function runParts(config: RunConfig, { student, teacher }: Sizes): DiskPart[] {
  const { outerSteps: steps, retention, reward } = config;
  const learnability = reward === RewardKind.LEARNABILITY;
  const students = learnability ? 0 : config.teacher!.datasets * config.student!.repeats;
  const { frozen } = config.teacher!;
  const teachers = retention === Retention.RESULTS ? 1 : steps;
  const everything = retention === Retention.EVERYTHING;
  const wanted = config.comparison!.arms;
  const isTrained = (arm: Arm): boolean => arm === Arm.HARD_ONLY || arm === Arm.PROMOTION_QUESTIONS;
  const arms = wanted.length === 0 ? 2 : wanted.filter(isTrained).length;
  return [
    ...(frozen
      ? []
      : [
          { name: `teachers of ${teachers} ${teachers === 1 ? 'step' : 'steps'}`, bytes: teachers * teacher },
        ]),
    everything
      ? { name: `${steps * students} students`, bytes: steps * students * student }
      : {
          name: `${students} students of a step in progress`,
          bytes: students * student + (frozen ? 0 : teacher),
        },
    { name: 'arms and promoted student', bytes: (arms + 1) * student },
  ];
}

/** The most students that stay because they were promoted. With everything kept they are counted already. */
function promotionsMost({ outerSteps, promotion, retention }: RunConfig): number {
  return promotion!.disabled || retention === Retention.EVERYTHING ? 0 : outerSteps;
}

function bytesIn(folder: string, counts: (name: string) => boolean = () => true): number {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && counts(name))
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

/** Free space where `folder` is or will be. */
function freeBytes(folder: string): number {
  let at = resolve(folder);
  while (!existsSync(at)) at = dirname(at);
  const { bavail, bsize } = statfsSync(at);
  return bavail * bsize;
}
