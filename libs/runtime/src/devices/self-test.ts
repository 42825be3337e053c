/**
 * A trial on a provider against the same on the CPU in float32, with the differences that are tolerated: in float32,
 * and in float16 where the device has it.
 */
import { messageOf } from '@soar/core';
import { newAdapter, type Adapter } from '@soar/model';
import { jobSettings, runtimeSettings, type Precision, type Provider } from '../settings.js';
import { Policies } from '../worker/policies.js';
import { Sessions } from '../worker/sessions.js';
import { requireHalf } from './half.js';
import { memoryOf } from './memory-of.js';
import type { Traffic } from './tensor-memory.js';
import { differences, trial, TRIAL_MODEL, type Differences, type TrialResult } from './trial.js';

/**
 * In float32, scores differ by the rounding of one pass; what was trained by that of some steps of AdamW, which divides
 * by the roots of small numbers. float16 has 11 bits: 5e-4 of logits up to 10, a few of them added up; three steps of a
 * high learning rate make some ten times of that. What was trained in it may draw other tokens, and is held against its
 * own scores of them.
 */
const TOLERANCES: Readonly<Record<Precision, Partial<Record<keyof Differences, number>>>> = {
  f32: { scores: 1e-5, steps: 1e-4, logprobs: 5e-4, sampler: 1e-4 },
  f16: { scores: 0.02, firstStep: 0.02, steps: 0.2, sampler: 0.02 },
};

/** Of one kind of training. */
export interface SelfTestPart {
  readonly of: 'all weights' | 'an adapter';
  readonly precision: Precision;
  readonly differences: Differences;
  readonly stepTraffic: Traffic;
  readonly rolloutTraffic: Traffic;
}

export interface SelfTest {
  readonly passed: boolean;
  readonly parts: readonly SelfTestPart[];
  /** Why float16 was not tried; absent: it was. */
  readonly noHalf?: string;
}

const STEPS = 3;
const DRAWN = 20;

export async function selfTest(provider: Provider): Promise<SelfTest> {
  const noHalf = await whyNoHalf(provider);
  const parts: SelfTestPart[] = [];
  const cpu = new Sessions('cpu');
  const own = (noHalf === undefined ? (['f32', 'f16'] as const) : (['f32'] as const)).map((precision) => ({
    precision,
    sessions: new Sessions(provider, memoryOf(provider, precision)),
  }));
  for (const of of ['all weights', 'an adapter'] as const) {
    const adapter = of === 'an adapter' ? smallAdapter() : undefined;
    const expected = await trialOn(cpu, adapter);
    for (const { precision, sessions } of own) {
      const found = await trialOn(sessions, adapter);
      const { stepTraffic, rolloutTraffic } = found;
      parts.push({ of, precision, differences: differences(found, expected), stepTraffic, rolloutTraffic });
    }
  }
  const passed = parts.every(isTolerated);
  return { passed, parts, ...(noHalf !== undefined && { noHalf }) };
}

async function whyNoHalf(provider: Provider): Promise<string | undefined> {
  if (provider === 'cpu') return 'the CPU has float16 by casts around its kernels, slower than float32';
  try {
    await requireHalf(provider, memoryOf(provider));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function isTolerated({ precision, differences: found }: SelfTestPart): boolean {
  return (
    (found.sameTokens || precision === 'f16') &&
    Object.entries(TOLERANCES[precision]).every(
      ([what, tolerance]) => Number(found[what as keyof Differences]) <= tolerance,
    )
  );
}

async function trialOn(sessions: Sessions, adapter: Adapter | undefined): Promise<TrialResult> {
  const policies = new Policies(sessions.memory, sessions);
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
