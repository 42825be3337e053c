/** A small run for tests: two outer steps, one promotion, two arms of which one trained. */
import { create, type RunReport, RunReportSchema, timestampFromMs } from '@soar/contracts';

export const START_MS = 1_700_000_000_250;

const HOSTILE = '| <script>alert(1)</script>\n**1** + `2` | \u202e [x](javascript:y)';

export function reportOf({ finished = true, steps = 3 } = {}): RunReport {
  return create(RunReportSchema, {
    runId: 'a-run',
    config: { domain: 'arithmetic', seed: 7, outerSteps: 2, student: { rl: { groupSize: 16 } } },
    base: { key: 'models/base', sha256: 'a'.repeat(64) },
    trainProblems: 4,
    testProblems: 5,
    steps: [0, 1].map((outerStep) => ({
      outerStep,
      score: {
        outerStep,
        meanReward: 0.125 * outerStep,
        movingAverage: 0.1,
        baselineAccuracy: 0.25,
        datasets: [{ reward: -0.5 }, { reward: 0.75 }],
        ...(outerStep === 1 && { promotion: { datasetIndex: 1 } }),
      },
      rolloutsSampled: 10,
      rejections: { 'no answer': 2, duplicate: 1 },
      studentTokens: 1234n,
    })),
    promotions: 1,
    promotionQuestions: [
      {
        outerStep: 1,
        datasetIndex: 1,
        reward: 0.75,
        questions: [
          { id: 'q0', question: '1+1', answer: '2' },
          { id: 'q1', question: HOSTILE, answer: '3' },
        ],
      },
    ],
    arms: [
      { name: 'base', passAtK: { 1: 0.5 } },
      {
        name: 'pq',
        passAtK: { 1: 0.75, 8: 0.875 },
        training: Array.from({ length: steps }, (_, step) => ({ step, rewardMean: 0.1 * step, tokens: 64 })),
      },
    ],
    timing: {
      startTime: timestampFromMs(START_MS),
      ...(finished && { endTime: timestampFromMs(START_MS + 90_000) }),
      seconds: { 'outer-steps': 60 },
    },
  });
}
