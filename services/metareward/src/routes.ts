/** The methods of MetaRewardService. The server has validated the rules of single fields before it calls them. */
import { MetaRewardService, type ScoreStepRequest, type StepScore } from '@soar/contracts';
import { service, type Service } from '@soar/grpc-kit';
import { attributes, measure, setAttributes, spans, withSpan } from '@soar/telemetry';
import type { RewardLedger } from './ledger.js';

const PAGE_SIZE_DEFAULT = 100;

export function metaRewardRoutes(ledger: RewardLedger): Service {
  return service(MetaRewardService, {
    async scoreStep(request) {
      const { runId, outerStep } = request;
      const about = { [attributes.runId]: runId, [attributes.outerStep]: outerStep };
      return withSpan(spans.score, about, async () => {
        const { score, fresh } = await ledger.score(request);
        report(request, score, fresh);
        return { score };
      });
    },
    async listLedger({ runId, firstStep, pageSize }) {
      return ledger.list(runId, firstStep, pageSize || PAGE_SIZE_DEFAULT);
    },
    async recompute({ runId, outerStep }, { signal }) {
      return ledger.recompute(runId, outerStep, signal);
    },
  });
}

/** Adds a score to the trace, and to the metrics if it is new. */
function report(
  { runId, outerStep }: Pick<ScoreStepRequest, 'runId' | 'outerStep'>,
  score: StepScore,
  fresh: boolean,
): void {
  setAttributes({
    [attributes.rewardMean]: score.meanReward,
    [attributes.promoted]: score.promotion !== undefined,
    [attributes.cached]: !fresh,
  });
  if (!fresh) return;
  const ofRun = { [attributes.runId]: runId };
  measure('outerStep', outerStep, ofRun);
  measure('runReward', score.meanReward, ofRun);
  for (const { reward } of score.datasets) {
    const sign = reward > 0 ? 'above' : reward < 0 ? 'below' : 'zero';
    measure('datasets', 1, { ...ofRun, [attributes.rewardSign]: sign });
  }
  measure('promotions', score.promotion === undefined ? 0 : 1, ofRun);
}
