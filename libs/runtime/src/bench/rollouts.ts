/** Rollouts with the loop inside the graph against the same graphs driven token by token, as a stream drives them. */
import { planUnits } from '../rollout-units.js';
import { jobSettings, runtimeSettings } from '../settings.js';
import { Policies } from '../worker/policies.js';
import { Rollout } from '../worker/rollout.js';
import { Sessions } from '../worker/sessions.js';
import { bestMs } from './gemm.js';
import { configOf, forwardFlops } from './model.js';

const ROWS = 128;
const PROMPTS = 8;
const PROMPT_TIME = 24;
const ROUNDS = 48;

export interface RolloutRates {
  readonly graphTokensPerSecond: number;
  readonly steppedTokensPerSecond: number;
  readonly gflops: number;
}

export async function rolloutRates(width: number): Promise<RolloutRates> {
  const config = configOf(width);
  const settings = runtimeSettings({ workers: 1 });
  const policies = new Policies();
  await policies.initialise({ handle: 'bench', config, seed: 1, path: 'bench', std: 0.05 });
  const sessions = new Sessions(settings.provider);
  const prompts = Array.from({ length: PROMPTS }, (_, p) =>
    Array.from({ length: PROMPT_TIME }, (_, t) => 2 + ((p + t) % 18)),
  );
  const rows = Array.from({ length: ROWS }, (_, index) => {
    return { index, path: `${index}`, text: prompts[index % PROMPTS]!, drawn: 0 };
  });
  const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: ROUNDS, stopIds: [] };
  const [planned] = planUnits(rows, { seed: 3, sampling }, config, settings.shapes);
  const draw = async (rounds?: number): Promise<void> => {
    const rollout = new Rollout(policies.get('bench'), planned!.unit, sessions, {
      ...jobSettings(settings),
      makeRoom: () => undefined,
    });
    for (let done = false; !done;) ({ done } = await rollout.draw(rounds));
  };
  const graphMs = await bestMs(5, () => draw());
  const steppedMs = await bestMs(5, () => draw(1));
  const tokens = ROWS * ROUNDS;
  const total = PROMPT_TIME + ROUNDS;
  const flops =
    ROWS * (forwardFlops(config, total) - forwardFlops(config, PROMPT_TIME)) +
    PROMPTS * forwardFlops(config, PROMPT_TIME);
  return {
    graphTokensPerSecond: (1000 * tokens) / graphMs,
    steppedTokensPerSecond: (1000 * tokens) / steppedMs,
    gflops: flops / graphMs / 1e6,
  };
}
