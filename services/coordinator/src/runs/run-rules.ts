/**
 * The rules between fields that a run must satisfy, all checked before any work.
 *
 * The rules of single fields (ranges, required fields) are in the .proto files, and the server has checked them. Rules
 * that follow from the mathematics are in libs/rl.
 */
import { UserError } from '@soar/core';
import { askedDomain } from '@soar/domains';
import {
  type ComparisonConfig,
  type CreateRunRequest,
  type OptimizerConfig,
  contextViolations,
  type FieldViolation,
  type PromotionConfig,
  type RlConfig,
  type RunConfig,
  type SamplingConfig,
  type StudentConfig,
  type TeacherConfig,
  trainingViolations,
} from '@soar/contracts';

type With<M, K extends keyof M> = M & { [P in K]-?: NonNullable<M[P]> };

/** A RunConfig with all its required messages. */
export type CompleteConfig = RunConfig & {
  teacher: With<TeacherConfig, 'sampling' | 'optimizer'> & {
    sampling: SamplingConfig;
    optimizer: OptimizerConfig;
  };
  student: StudentConfig & { rl: With<RlConfig, 'sampling' | 'optimizer'> };
  promotion: PromotionConfig;
  comparison: With<ComparisonConfig, 'sampling'>;
};

/** Narrows a configuration that the server has validated. Throws UserError on a missing part. */
export function completeConfig(config: RunConfig | undefined): CompleteConfig {
  const parts: [string, unknown][] = [
    ['config', config],
    ['config.teacher', config?.teacher],
    ['config.teacher.sampling', config?.teacher?.sampling],
    ['config.teacher.optimizer', config?.teacher?.optimizer],
    ['config.student', config?.student],
    ['config.student.rl', config?.student?.rl],
    ['config.student.rl.sampling', config?.student?.rl?.sampling],
    ['config.student.rl.optimizer', config?.student?.rl?.optimizer],
    ['config.promotion', config?.promotion],
    ['config.comparison', config?.comparison],
    ['config.comparison.sampling', config?.comparison?.sampling],
  ];
  for (const [where, value] of parts) if (value === undefined) refuse(where, 'must be set');
  return config as CompleteConfig;
}

/** Refuses a run that breaks a rule. `domains`: names that a configuration may use. */
export function checkRun(request: CreateRunRequest, domains: readonly string[]): CompleteConfig {
  checkId(request.id);
  const config = checkInputs(request, domains);
  refuseFirst(contextViolations(config, { domains, trainProblems: request.trainProblems.length }));
  return config;
}

/** What runs and comparisons are made from. */
type Inputs = Pick<CreateRunRequest, 'config' | 'trainProblems' | 'testProblems'>;

/** Refuses inputs that neither a run nor a comparison can be made from. */
export function checkInputs(inputs: Inputs, domains: readonly string[]): CompleteConfig {
  const config = completeConfig(inputs.config);
  if (config.domainDefinition !== undefined) askedDomain(config.domain, config.domainDefinition);
  refuseFirst(contextViolations(config, { domains }).filter(({ field }) => field === 'domain'));
  refuseFirst(trainingViolations(config));
  checkComparison(config.comparison);
  checkProblems(inputs);
  return config;
}

/** An id names the folder of its run or comparison in the store, beside folders and databases that are neither. */
export function checkId(id: string): void {
  if (/^(models|logs)$|\.sqlite(-|$)/i.test(id))
    refuse('id', `"${id}" names another folder or file of the store; choose another id`);
  if (id.startsWith('-')) refuse('id', `"${id}" reads like a flag; begin it with a letter, a digit or "_"`);
}

function checkComparison(comparison: ComparisonConfig): void {
  const tooLarge = comparison.passAt.find((k) => k > comparison.samplesPerProblem);
  if (tooLarge !== undefined) {
    refuse(
      'config.comparison.pass_at',
      `pass@${tooLarge} needs at least ${tooLarge} samples per problem, got ${comparison.samplesPerProblem}`,
    );
  }
}

function checkProblems(request: Inputs): void {
  const seen = new Map<string, string>();
  for (const field of ['train_problems', 'test_problems'] as const) {
    const problems = field === 'train_problems' ? request.trainProblems : request.testProblems;
    problems.forEach(({ id }, i) => {
      const where = `${field}[${i}].id`;
      const first = seen.get(id);
      if (first !== undefined) {
        refuse(where, `"${id}" is also the id of ${first}; ids are unique over both splits`);
      }
      if (/^step-\d+\//.test(id)) {
        refuse(where, `"${id}" looks like the id of a teacher's problem ("step-3/0/17"); rename it`);
      }
      seen.set(id, `${field}[${i}]`);
    });
  }
}

/** Refuses the first violation, by the field's name in the contract. */
function refuseFirst([first]: readonly FieldViolation[]): void {
  if (first === undefined) return;
  const field = first.field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  refuse(`config.${field}`, first.description);
}

function refuse(where: string, what: string): never {
  throw new UserError(`${where}: ${what}`, 'INVALID_ARGUMENT', where);
}
