/** A trial on a provider against the same on the CPU, with the differences that are tolerated. */
import { newAdapter, type Adapter } from '@soar/model';
import { jobSettings, runtimeSettings, type Provider } from '../settings.js';
import { Policies } from '../worker/policies.js';
import { Sessions } from '../worker/sessions.js';
import type { Traffic } from './tensor-memory.js';
import { differences, trial, TRIAL_MODEL, type Differences, type TrialResult } from './trial.js';

/**
 * Scores differ by the rounding of one pass; what was trained by that of some steps of AdamW, which divides by the
 * roots of small numbers.
 */
const TOLERANCES = { scores: 1e-5, steps: 1e-4, logprobs: 5e-4 } as const;

/** Of one kind of training. */
export interface SelfTestPart {
  readonly of: 'all weights' | 'an adapter';
  readonly differences: Differences;
  readonly stepTraffic: Traffic;
  readonly rolloutTraffic: Traffic;
}

export interface SelfTest {
  readonly passed: boolean;
  readonly parts: readonly SelfTestPart[];
}

const STEPS = 3;
const DRAWN = 20;

export async function selfTest(provider: Provider): Promise<SelfTest> {
  const sessions = { own: new Sessions(provider), cpu: new Sessions('cpu') };
  const parts: SelfTestPart[] = [];
  for (const of of ['all weights', 'an adapter'] as const) {
    const adapter = of === 'an adapter' ? smallAdapter() : undefined;
    const own = await trialOn(sessions.own, adapter);
    const found = differences(own, await trialOn(sessions.cpu, adapter));
    const { stepTraffic, rolloutTraffic } = own;
    parts.push({ of, differences: found, stepTraffic, rolloutTraffic });
  }
  return { passed: parts.every(({ differences: found }) => isTolerated(found)), parts };
}

function isTolerated({ scores, steps, logprobs, sameTokens }: Differences): boolean {
  return (
    sameTokens && scores <= TOLERANCES.scores && steps <= TOLERANCES.steps && logprobs <= TOLERANCES.logprobs
  );
}

async function trialOn(sessions: Sessions, adapter: Adapter | undefined): Promise<TrialResult> {
  const policies = new Policies(sessions.memory);
  const settings = { ...jobSettings(runtimeSettings({ workers: 1 })), makeRoom: () => undefined };
  await policies.initialise({ handle: 'base', config: TRIAL_MODEL, seed: 1, path: 'trial', std: 0.2 });
  const how = { steps: STEPS, drawn: DRAWN, policyGradient: true, ...(adapter && { adapter }) };
  const result = await trial(TRIAL_MODEL, { policies, sessions, settings }, how);
  policies.endJob();
  policies.sweep();
  return result;
}

function smallAdapter(): Adapter {
  return newAdapter(TRIAL_MODEL, { rank: 4, alpha: 8, rslora: false, targets: [] }, 'the model of trials');
}
