/**
 * Samples answers of one model to many problems on a local trainer and has them graded, for `soar evaluate` and `soar
 * screen`: starts verifier and trainer, sends the problems in chunks, shows progress.
 *
 * The size of a chunk depends only on the number of samples, and each chunk has its own random numbers. The outcomes
 * therefore do not depend on the number of workers.
 */
import { TrainerService, type ProblemOutcome, type PromptConfig, type ThinkConfig } from '@soar/contracts';
import type { Problem } from '@soar/datasets';
import { createClient } from '@soar/grpc-kit';
import { type CheckpointRef, isArtifactFolder } from '@soar/store';
import { computeOf, type ComputeFlags } from './commands/compute-flags.js';
import type { ChosenDomain } from './domains/chosen-domain.js';
import { checkModel } from './drive-run.js';
import { importModel } from './import-model.js';
import { defaultExtraction, type Extraction, type ExtractionReport } from './extraction.js';
import { readModel } from './plan/checked-inputs.js';
import { checkedInput } from './plan/input-problems.js';
import { planSampling } from './plan/machine.js';
import { problemMessage } from './problem-message.js';
import type { Progress } from './progress.js';
import { Supervisor } from './supervisor.js';
import { computingOf } from './trainer-share.js';

export interface EvaluationPlan extends ComputeFlags {
  /** The model's folder, Hugging Face layout. */
  readonly modelFolder: string;
  /** Artifact store that it is imported into. */
  readonly artifacts: string;
  readonly domain: ChosenDomain;
  /** Default: the domain's. */
  readonly prompt: PromptConfig | undefined;
  /** What counts as an answer; default: 'boxed' where the prompt asks for a box, otherwise the domain's. */
  readonly extraction?: Extraction | undefined;
  readonly problems: readonly Problem[];
  readonly samples: number;
  /** 0 decodes greedily. */
  readonly temperature: number;
  readonly maxNewTokens: number;
  /** The budget for thoughts; default: none. */
  readonly think?: ThinkConfig | undefined;
  readonly seed: number;
  /** Folder for every sampled completion. */
  readonly completions?: string;
  readonly completionsFormat?: string;
}

export interface ModelEvaluation {
  readonly checkpoint: CheckpointRef;
  /** In the order of the problems. */
  readonly outcomes: readonly ProblemOutcome[];
  readonly extraction: ExtractionReport;
  /** Threads of a worker, on which the last bits may depend. */
  readonly threads: number;
  readonly seconds: number;
}

/** Approximate number of samples in one call: enough to fill a worker's batches, few enough to show progress. */
const SAMPLES_PER_CALL = 2048;
/** Folder of the logs when the artifact store is not a folder. */
export const OUT_DEFAULT = 'runs';
const CALL_DEADLINE_MS = 24 * 3_600_000;

export async function evaluateModel(plan: EvaluationPlan, progress: Progress): Promise<ModelEvaluation> {
  // What cannot fit is refused before anything is copied or started.
  const threads = await checkedInput(() =>
    planSampling(readModel(plan.modelFolder).config, plan.problems, plan, plan),
  );
  const base = await importModel(plan.artifacts, plan.modelFolder);
  return Supervisor.during(
    {
      ...computeOf(plan),
      completions: plan.completions,
      domainsFrom: plan.domain.definition?.service,
      completionsFormat: plan.completionsFormat,
      names: ['verifier', 'trainer'],
      out: isArtifactFolder(plan.artifacts) ? plan.artifacts : OUT_DEFAULT,
      artifacts: plan.artifacts,
    },
    async ({ addresses }, signal) => {
      const { domain, problems, prompt: studentPrompt } = plan;
      const first = { domain: domain.name, domainDefinition: domain.definition, problems, studentPrompt };
      progress.line(`model: ${await checkModel(addresses.trainer, base, first, signal)}`);
      const trainer = createClient(TrainerService, addresses.trainer);
      const began = performance.now();
      try {
        const outcomes: ProblemOutcome[] = [];
        const policy = plan.extraction ?? defaultExtraction(domain.asked, studentPrompt);
        const rules = new Map<string, number>();
        const size = Math.max(1, Math.floor(SAMPLES_PER_CALL / plan.samples));
        for (let first = 0; first < plan.problems.length; first += size) {
          const chunk = plan.problems.slice(first, first + size);
          progress.update(stateOf(plan, first));
          const { evaluation, extractions } = await trainer.evaluate(
            {
              checkpoint: base,
              domain: domain.name,
              domainDefinition: domain.definition,
              prompt: plan.prompt,
              compute: { threads, ...computingOf(plan) },
              spec: {
                problems: chunk.map(problemMessage),
                samplesPerProblem: plan.samples,
                sampling: {
                  temperature: plan.temperature,
                  maxNewTokens: plan.maxNewTokens,
                  think: plan.think,
                },
                random: { seed: plan.seed, path: `evaluate/${first}` },
                extraction: policy ?? '',
              },
            },
            { deadlineMs: CALL_DEADLINE_MS, signal },
          );
          outcomes.push(...(evaluation?.outcomes ?? []));
          for (const { rule, responses } of extractions) rules.set(rule, (rules.get(rule) ?? 0) + responses);
        }
        progress.update(stateOf(plan, plan.problems.length));
        const extraction: ExtractionReport = { policy: policy ?? 'domain', rules: Object.fromEntries(rules) };
        const seconds = (performance.now() - began) / 1000;
        return { checkpoint: base, outcomes, extraction, threads, seconds };
      } finally {
        progress.clear();
        trainer.close();
      }
    },
  );
}

function stateOf(plan: EvaluationPlan, done: number): Parameters<Progress['update']>[0] {
  return { activity: 'sampling and grading', done, total: plan.problems.length, unit: 'problems' };
}
