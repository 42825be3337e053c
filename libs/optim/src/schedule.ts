/** Courses of the learning rate: linear warm-up, then constant, cosine to 0 or a straight line to 0. Pure. */

export interface ScheduleConfig {
  readonly learningRate: number;
  readonly schedule: 'constant' | 'cosine' | 'linear';
  readonly warmupSteps: number;
  /** Step at which a falling schedule reaches 0. */
  readonly horizonSteps: number;
}

/**
 * Learning rate of `step`, counted from 0. Warm-up step i has (i + 1) / (warm-up + 1) of the peak, so that no step is
 * wasted at 0; a falling schedule goes over the steps that are left, and stays at 0 behind the horizon.
 */
export function learningRateAt(config: ScheduleConfig, step: number): number {
  const { learningRate, schedule, warmupSteps, horizonSteps } = config;
  if (step < warmupSteps) return (learningRate * (step + 1)) / (warmupSteps + 1);
  if (schedule === 'constant') return learningRate;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, horizonSteps - warmupSteps));
  const share = schedule === 'linear' ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress));
  return learningRate * share;
}
