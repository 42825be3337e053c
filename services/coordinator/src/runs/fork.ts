/**
 * A fork: a run that starts with the first steps of another run and may continue with another configuration.
 *
 * Finished outer steps are copied: their parts of the report, which hold all that a later step needs, and their rows of
 * the reward ledger, scored again from the same evaluations under the new run's id. Artifacts are not copied; the
 * references lead into the folder of the run that made them. A copied step is a journal entry like any other, so a fork
 * resumes in the middle too. Both runs must have the same base, problems, domain, and promotion rule (its window
 * reaches into the copied steps).
 */
import {
  type CreateRunRequest,
  create,
  DomainDefinitionSchema,
  equals,
  fromBinary,
  ProblemSchema,
  PromotionConfigSchema,
  RunReportSchema,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import type { RunJournal } from '@soar/store';
import { parts } from '../journal/addresses.js';
import type { RunContext } from '../loop/run-context.js';

/** Refuses a fork that cannot continue its source. `stepsDone`: finished outer steps of the source. */
export function checkFork(request: CreateRunRequest, source: CreateRunRequest, stepsDone: number): void {
  const { config, fork } = request;
  if (fork === undefined) return;
  const { fromStep } = fork;
  if (fromStep > stepsDone) {
    refuse(
      'fork.from_step',
      `run "${source.id}" has done ${stepsDone} outer steps; expected at most as many, got ${fromStep}`,
    );
  }
  if (config!.outerSteps < fromStep) {
    refuse(
      'config.outer_steps',
      `expected at least the ${fromStep} steps that are copied, got ${config!.outerSteps}`,
    );
  }
  if (request.base!.key !== source.base!.key) {
    refuse('base', `a fork has the base of its source, ${source.base!.key}; got ${request.base!.key}`);
  }
  for (const field of ['trainProblems', 'testProblems'] as const) {
    const [own, theirs] = [request[field], source[field]];
    const same =
      own.length === theirs.length && own.every((problem, i) => equals(ProblemSchema, problem, theirs[i]!));
    if (!same)
      refuse(
        field === 'trainProblems' ? 'train_problems' : 'test_problems',
        'a fork has the problems of its source',
      );
  }
  if (config!.domain !== source.config!.domain) {
    refuse(
      'config.domain',
      `a fork has the domain of its source, ${source.config!.domain}; got ${config!.domain}`,
    );
  }
  const [own, theirs] = [config!, source.config!].map(
    ({ domainDefinition }) => domainDefinition ?? create(DomainDefinitionSchema),
  );
  if (!equals(DomainDefinitionSchema, own!, theirs!))
    refuse(
      'config.domain_definition',
      `a fork has the domain of its source, and this ${config!.domain} is another one`,
    );
  if (fromStep > 0 && config!.reward !== source.config!.reward)
    refuse('config.reward', 'the copied steps had another reward; keep it, or fork from step 0');
  if (fromStep > 0 && config!.datasetGroupSize !== source.config!.datasetGroupSize)
    refuse('config.dataset_group_size', 'the copied steps had other groups; keep them, or fork from step 0');
  if (fromStep > 0 && !equals(PromotionConfigSchema, config!.promotion!, source.config!.promotion!)) {
    refuse('config.promotion', 'the copied steps had another promotion rule; keep it, or fork from step 0');
  }
}

/** Copies the first `fromStep` outer steps from the journal and the ledger of `sourceId`. */
export async function copySteps(
  run: RunContext,
  sourceId: string,
  fromStep: number,
  source: Pick<RunJournal, 'get'>,
): Promise<void> {
  for (let t = 0; t < fromStep; t++) {
    await run.durable.step(parts.step(t), RunReportSchema, async () => {
      const part = await source.get(parts.step(t));
      const scored = await run.services.scoredFrom(sourceId, t);
      if (part === undefined || scored === undefined) {
        const missing = part === undefined ? 'the journal' : "metareward's ledger";
        throw new UserError(
          `run "${sourceId}" has no step ${t} in ${missing}; it cannot be forked`,
          'FAILED_PRECONDITION',
          'fork',
        );
      }
      await run.services.scoreStep({ ...scored, runId: run.id });
      return fromBinary(RunReportSchema, part);
    });
  }
}

function refuse(where: string, what: string): never {
  throw new UserError(`${where}: ${what}`, 'INVALID_ARGUMENT', where);
}
