/**
 * Whether an average over fewer steps than the window holds may promote, where a request leaves it open: not in new
 * runs. It is decided when a run is created, and is part of the stored request. Runs of earlier versions, in which it
 * may, go on as they began.
 */
import { clone, type RunConfig, RunConfigSchema } from '@soar/contracts';

interface Request {
  readonly config?: RunConfig | undefined;
}

/** `request` in which what it leaves open is as in `other`, the run that it repeats or forks. Default: a new run. */
export function withWindowRule<R extends Request>(request: R, other?: Request): R {
  const { config } = request;
  if (config?.promotion === undefined || config.promotion.requireFullWindow !== undefined) return request;
  const rule = other === undefined ? true : other.config?.promotion?.requireFullWindow;
  if (rule === undefined) return request;
  const own = clone(RunConfigSchema, config);
  own.promotion!.requireFullWindow = rule;
  return { ...request, config: own };
}
