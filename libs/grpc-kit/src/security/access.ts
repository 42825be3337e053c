/**
 * Who may call what: one table over every method of every service. A method without an entry does not compile; one of
 * a service that is not here may be called by operators alone.
 *
 * The rows of a service follow who needs it (ARCHITECTURE.md, "Who calls whom"). A reader looks and changes nothing. An
 * operator does what people do: starts and steers runs, samples, evaluates, grades. What only the loop does, and what
 * could spoil a run if anyone else did it (training, updates, scores), is left to the services that do it. Health and
 * reflection are for every caller that is known, Health.Check for everyone.
 */
import type { DescService } from '@bufbuild/protobuf';
import {
  BuildService,
  ComparisonService,
  CoordinatorService,
  MetaRewardService,
  SweepService,
  TeacherService,
  TrainerService,
  TrainerStatusService,
  VerifierService,
} from '@soar/contracts';
import { Health, reflectionV1, reflectionV1Alpha } from '@soar/contracts/grpc';
import { methodPath } from '../methods.js';

export const ROLES = ['operator', 'reader', 'coordinator', 'teacher', 'trainer'] as const;
export type Role = (typeof ROLES)[number];

type AccessTo<S extends DescService> = { readonly [K in keyof S['method']]: readonly Role[] };

const READ: readonly Role[] = ['operator', 'reader', 'coordinator'];
const STEER: readonly Role[] = ['operator'];

const verifier: AccessTo<typeof VerifierService> = {
  verify: ['operator', 'trainer', 'teacher'],
  verifyBatch: ['operator', 'trainer', 'teacher'],
  parseAnswer: ['operator', 'teacher'],
  listDomains: ROLES,
};

const trainer: AccessTo<typeof TrainerService> = {
  createTrainingRun: ['coordinator'],
  getTrainingRun: READ,
  listTrainingRuns: READ,
  watchTrainingRun: READ,
  cancelTrainingRun: ['coordinator', 'operator'],
  evaluate: ['coordinator', 'operator'],
  updatePolicy: ['teacher'],
  generate: ['teacher', 'operator'],
  streamGenerate: ['teacher', 'operator'],
  score: ['operator'],
  embed: ['coordinator', 'operator'],
  getCheckpoint: ['operator', 'reader', 'coordinator', 'teacher'],
  listCheckpoints: READ,
  planCompute: ['operator', 'coordinator'],
};

const teacher: AccessTo<typeof TeacherService> = {
  propose: ['coordinator'],
  sampleProposals: ['operator'],
  update: ['coordinator'],
};

const metareward: AccessTo<typeof MetaRewardService> = {
  scoreStep: ['coordinator'],
  listLedger: READ,
  recompute: READ,
};

const coordinator: AccessTo<typeof CoordinatorService> = {
  createRun: STEER,
  getRun: READ,
  listRuns: READ,
  listProposals: READ,
  watchRun: READ,
  pauseRun: STEER,
  resumeRun: STEER,
  cancelRun: STEER,
  forkRun: STEER,
  listArtifacts: READ,
  sweepArtifacts: STEER,
};

const comparisons: AccessTo<typeof ComparisonService> = {
  createComparison: STEER,
  extendComparison: STEER,
  getComparison: READ,
  listComparisons: READ,
  listComparisonUnits: READ,
  watchComparison: READ,
  pauseComparison: STEER,
  resumeComparison: STEER,
  cancelComparison: STEER,
};

const sweeps: AccessTo<typeof SweepService> = {
  createSweep: STEER,
  getSweep: READ,
  listSweeps: READ,
  watchSweep: READ,
  pauseSweep: STEER,
  resumeSweep: STEER,
  cancelSweep: STEER,
};

const TABLE: readonly (readonly [DescService, Readonly<Record<string, readonly Role[]>>])[] = [
  [VerifierService, verifier],
  [TrainerService, trainer],
  [TrainerStatusService, { getTrainerStatus: READ }],
  [TeacherService, teacher],
  [MetaRewardService, metareward],
  [CoordinatorService, coordinator],
  [ComparisonService, comparisons],
  [SweepService, sweeps],
  [BuildService, { getBuild: ROLES }],
  [Health, { check: ROLES, watch: ROLES }],
  [reflectionV1.ServerReflection, { serverReflectionInfo: ROLES }],
  [reflectionV1Alpha.ServerReflection, { serverReflectionInfo: ROLES }],
];

/** Roles by path. */
const ACCESS: ReadonlyMap<string, readonly Role[]> = new Map(
  TABLE.flatMap(([{ methods }, roles]) =>
    methods.map((method) => [methodPath(method), roles[method.localName]!] as const),
  ),
);

/** The roles that may call the method at `path`: `/package.Service/Method`. */
export function rolesOf(path: string): readonly Role[] {
  return ACCESS.get(path) ?? STEER;
}

/** Whether the table has the method. */
export function isInTable(path: string): boolean {
  return ACCESS.has(path);
}
