/** A step of the reward ledger as the page shows it: what every reward was computed from. Pure. */
import {
  type Evaluation,
  type LedgerEntry,
  type RecomputeResponse,
  RewardKind,
  type StepScore,
} from '@soar/contracts';
import type { Evaluated, LedgerStep, Recomputed } from '@soar/page';

export function ledgerStep({ request, score }: LedgerEntry): LedgerStep {
  const promotion = score?.promotion;
  const isLearnability = request?.reward === RewardKind.LEARNABILITY;
  return {
    step: score?.outerStep ?? 0,
    rewardKind: isLearnability ? 'learnability' : 'student gain',
    baseline: evaluated(request?.baseline),
    baselineAccuracy: score?.baselineAccuracy ?? 0,
    meanReward: score?.meanReward ?? 0,
    movingAverage: score?.movingAverage ?? 0,
    tau: request?.promotion?.tau ?? 0,
    window: request?.promotion?.window ?? 0,
    datasets: (score?.datasets ?? []).map(({ datasetIndex, repeatRewards, reward, advantage }) => {
      const students = (request?.students ?? [])
        .filter((student) => student.datasetIndex === datasetIndex)
        .sort((a, b) => a.repeat - b.repeat);
      return {
        dataset: datasetIndex,
        reward,
        advantage,
        repeats: students.map(({ evaluation, trainingRunId, repeat }) => ({
          ...evaluated(evaluation),
          reward: repeatRewards[repeat] ?? reward,
          training: trainingRunId,
        })),
      };
    }),
    ...(promotion === undefined
      ? {}
      : {
          promotion: {
            dataset: promotion.datasetIndex,
            repeat: promotion.repeat,
            checkpoint: promotion.checkpoint?.key ?? '',
          },
        }),
  };
}

export function recomputedRow({ equal, recorded, recomputed }: RecomputeResponse): Recomputed {
  return { equal, recorded: rewardsOf(recorded), recomputed: rewardsOf(recomputed) };
}

function rewardsOf(score: StepScore | undefined): number[] {
  return (score?.datasets ?? []).map(({ reward }) => reward);
}

function evaluated(evaluation: Evaluation | undefined): Evaluated {
  const outcomes = evaluation?.outcomes ?? [];
  return {
    correct: outcomes.reduce((sum, { correct }) => sum + correct, 0),
    samples: outcomes.reduce((sum, { samples }) => sum + samples, 0),
  };
}
