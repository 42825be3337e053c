/**
 * A run that begins with the first steps of another one and goes on with another configuration.
 *
 * What is taken over are the finished outer steps: their parts of the report, in which all that a later step needs
 * stands, and their rows of the reward ledger, scored again from the same evaluations under the new run's id. Artifacts
 * stay where they are; references lead into the folder of the run that made them. Each step taken over is a journal
 * entry like any other, so a coordinator that dies in the middle goes on here too. What must be equal in both runs:
 * base, problems, domain, and the promotion rule (its window reaches into the steps that are taken over).
 */
import {
  type CreateRunRequest,
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

/** Refuses a fork that could not go on from its source. `stepsDone`: outer steps of the source that are finished. */
export function checkFork(request: CreateRunRequest, source: CreateRunRequest, stepsDone: number): void {
  const { config, fork } = request;
  if (fork === undefined) return;
  const { fromStep } = fork;
  if (fromStep > stepsDone) {
    refuse(
      'fork.from_step',
      `run "${source.id}" has done ${stepsDone} outer steps; expected at most that, got ${fromStep}`,
    );
  }
  if (config!.outerSteps < fromStep) {
    refuse(
      'config.outer_steps',
      `expected at least the ${fromStep} steps that are taken over, got ${config!.outerSteps}`,
    );
  }
  if (request.base!.key !== source.base!.key) {
    refuse(
      'base',
      `a fork begins with the base of its source, ${source.base!.key}; got ${request.base!.key}`,
    );
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
      `a fork stays in the domain of its source, ${source.config!.domain}; got ${config!.domain}`,
    );
  }
  if (fromStep > 0 && config!.reward !== source.config!.reward)
    refuse(
      'config.reward',
      'the steps that are taken over were rewarded for something else; keep it, or fork from step 0',
    );
  if (fromStep > 0 && !equals(PromotionConfigSchema, config!.promotion!, source.config!.promotion!)) {
    refuse(
      'config.promotion',
      'the steps that are taken over were promoted by another rule; keep it, or fork from step 0',
    );
  }
}

/** Takes the first `fromStep` outer steps over from the journal and the ledger of `sourceId`. */
export async function takeOverSteps(
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
