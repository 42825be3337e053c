/**
 * How long work takes and how many tokens it is, from what was measured. Pure. Three answers, since three things are
 * not known before: how long answers will be, what will have a gradient, and what will be promoted.
 *
 * - least: answers as long as those measured; nothing has a gradient (no group has both right and wrong answers),
 *   unless a KL penalty gives every rollout one; nothing is promoted.
 * - likely: answers as long as those measured, every one is trained on (equal ones to one prompt once, as many as
 *   measured); nothing is promoted.
 * - most: answers twice as long, up to their full length, all different; every step promotes.
 *
 * Not in it: grading, calls between services, writing checkpoints.
 */
import type { RunConfig } from '@soar/contracts';
import type { Rates } from './measure.js';
import type { SamplingRate } from './measure-sampling.js';
import type { Sampled, Work } from './workload.js';

export interface Estimate {
  readonly least: number;
  readonly likely: number;
  readonly most: number;
}

export interface WorkEstimate {
  readonly name: string;
  readonly seconds: Estimate;
  readonly sampledTokens: Estimate;
}

/** How much longer answers may be than those measured. Training changes them. */
const LONGER = 2;

type Case = keyof Estimate;
const CASES: readonly Case[] = ['least', 'likely', 'most'];

/** Every kind of work by itself; they are done one after the other, so seconds add up. */
export function estimateWork(works: readonly Work[], rates: Rates, config: RunConfig): WorkEstimate[] {
  return works.map((work) => {
    const of = (measure: (each: Case) => number): Estimate => {
      const [least, likely, most] = CASES.map((each) => measure(each) * timesOf(work, each));
      return { least: least!, likely: likely!, most: most! };
    };
    return {
      name: work.name,
      seconds: of((each) => secondsOf(work, rates, config, each)),
      sampledTokens: of((each) => tokensOf(work, rates, config, each)),
    };
  });
}

/** The sum of estimates. */
export function total(parts: readonly Estimate[]): Estimate {
  const sum = (each: Case): number => parts.reduce((all, part) => all + part[each], 0);
  return { least: sum('least'), likely: sum('likely'), most: sum('most') };
}

function timesOf({ times }: Work, each: Case): number {
  return each === 'most' ? times.most : times.least;
}

function secondsOf(work: Work, rates: Rates, config: RunConfig, each: Case): number {
  const { workers } = rates;
  if (work.kind === 'sampling') return samplingSeconds(work, rates, each) / workers;
  if (work.kind === 'update') {
    const { promptTokens } = rates.teacher;
    const length = promptTokens + lengthOf(rates.teacher, config.teacher!.sampling!.maxNewTokens, each);
    const learning = distinctIn(rates.teacher, each) * rates.trainedToken;
    return rates.step + work.rollouts * length * (learning + penalised(config.teacher!.kl, rates));
  }
  const steps = each === 'most' ? work.steps.most : work.steps.least;
  const { seconds } = rates.student;
  const { rl } = config.student!;
  const rows = rl!.questionsPerStep * work.groupSize;
  const answer = lengthOf(rates.student, rl!.sampling!.maxNewTokens, each);
  const scored = penalised(rl!.kl, rates);
  const trains = each !== 'least' || (rl!.kl?.coefficient ?? 0) > 0;
  const learning = trains ? distinctIn(rates.student, each) * rates.trainedToken : 0;
  const text = rates.student.promptTokens + answer;
  const step = rows * (seconds.at(answer) + text * (scored + learning)) + (trains ? rates.step : 0);
  const one = steps * step + samplingSeconds(work.evaluated, rates, each);
  return Math.ceil(work.count / workers) * one;
}

function tokensOf(work: Work, rates: Rates, config: RunConfig, each: Case): number {
  if (work.kind === 'sampling')
    return drawsOf(work.by, rates) * work.rows * lengthOf(rates[work.by], work.tokensMax, each);
  if (work.kind === 'update') return 0;
  const steps = each === 'most' ? work.steps.most : work.steps.least;
  const { rl } = config.student!;
  const trained = steps * rl!.questionsPerStep * work.groupSize;
  const answer = lengthOf(rates.student, rl!.sampling!.maxNewTokens, each);
  const { evaluated } = work;
  return (
    work.count * (trained * answer + evaluated.rows * lengthOf(rates.student, evaluated.tokensMax, each))
  );
}

/**
 * How many answers are sampled for one that is used: a teacher's malformed ones are drawn again. Where no well-formed
 * one was seen, the number is as uncertain as it can be, and the plan warns of it.
 */
function drawsOf(by: Sampled['by'], { wellFormed, teacher }: Rates): number {
  return by === 'student' ? 1 : 1 / Math.max(wellFormed, 1 / teacher.rows);
}

/** Of all workers together. */
function samplingSeconds({ by, rows, tokensMax }: Sampled, rates: Rates, each: Case): number {
  return drawsOf(by, rates) * rows * rates[by].seconds.at(lengthOf(rates[by], tokensMax, each));
}

function lengthOf({ length }: SamplingRate, tokensMax: number, each: Case): number {
  const expected = length.expected(tokensMax);
  return each === 'most' ? Math.min(tokensMax, LONGER * expected) : expected;
}

function distinctIn({ distinct }: SamplingRate, each: Case): number {
  return each === 'most' ? 1 : distinct;
}

function penalised(kl: { readonly coefficient: number } | undefined, { scoredToken }: Rates): number {
  return (kl?.coefficient ?? 0) > 0 ? scoredToken : 0;
}
