/**
 * What a model writes as a teacher, sampled as a run does and judged as a run does, by local services: verifier,
 * trainer and teacher are started for it. Each call has an address of its own, so that the rollouts do not depend on
 * workers.
 */
import { TeacherService, type SampledProposal, type TeacherConfig } from '@soar/contracts';
import { createClient } from '@soar/grpc-kit';
import { isArtifactFolder } from '@soar/store';
import { computeOf, type ComputeFlags } from './commands/compute-flags.js';
import type { ChosenDomain } from './domains/chosen-domain.js';
import { OUT_DEFAULT } from './evaluate-model.js';
import { importModel } from './import-model.js';
import type { Progress } from './progress.js';
import { Supervisor } from './supervisor.js';
import { computingOf } from './trainer-share.js';

export interface SamplingPlan extends ComputeFlags {
  /** The model's folder, Hugging Face layout. */
  readonly modelFolder: string;
  /** Artifact store that it is imported into. */
  readonly artifacts: string;
  readonly domain: ChosenDomain;
  readonly teacher: TeacherConfig;
  readonly samples: number;
  readonly seed: number;
}

/** Rollouts in one call: a batch of the teacher. */
const CALL_ROLLOUTS = 64;
const CALL_DEADLINE_MS = 24 * 3_600_000;

export async function sampleTeacher(plan: SamplingPlan, progress: Progress): Promise<SampledProposal[]> {
  const { artifacts, domain, samples, seed } = plan;
  const { sampling, prompt, answerPrompt } = plan.teacher;
  const checkpoint = await importModel(artifacts, plan.modelFolder);
  return Supervisor.during(
    {
      ...computeOf(plan),
      domainsFrom: domain.definition?.service,
      names: ['verifier', 'trainer', 'teacher'],
      out: isArtifactFolder(artifacts) ? artifacts : OUT_DEFAULT,
      artifacts,
    },
    async ({ addresses }, signal) => {
      const teacher = createClient(TeacherService, addresses.teacher);
      const sampled: SampledProposal[] = [];
      const show = (): void =>
        progress.update({
          activity: 'sampling proposals',
          done: sampled.length,
          total: samples,
          unit: 'proposals',
        });
      try {
        while (sampled.length < samples) {
          show();
          const { proposals } = await teacher.sampleProposals(
            {
              checkpoint,
              domain: domain.name,
              ...(domain.definition && { domainDefinition: domain.definition }),
              rollouts: Math.min(CALL_ROLLOUTS, samples - sampled.length),
              sampling,
              random: { seed, path: `propose/${sampled.length / CALL_ROLLOUTS}` },
              prompt,
              answerPrompt,
              compute: { threads: plan.threads ?? 1, ...computingOf(plan) },
            },
            { deadlineMs: CALL_DEADLINE_MS, signal },
          );
          sampled.push(...proposals);
        }
        show();
        return sampled;
      } finally {
        progress.clear();
        teacher.close();
      }
    },
  );
}
