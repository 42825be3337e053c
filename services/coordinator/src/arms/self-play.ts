/**
 * What a student of the arm `serl` trains on, after SeRL (arXiv 2505.20347): questions that it asks itself, with the
 * answers that most of its own samples give. Pure.
 *
 * A round asks with the student's present weights, filters, votes, and trains. Questions too long or too similar to a
 * hard problem or to an earlier question fall out before the vote, those whose vote is too close or too clear after it.
 * Training rewards agreement with the majority. SeRL lets the rollouts of each step vote; here the vote is taken once,
 * before the round, with answers drawn by the same policy and settings: at the round's first step the expected reward
 * is the same but for the sampling of the vote, later ones are judged by a policy of up to a round ago.
 *
 * Two more departures, so that the arm differs from the others in nothing but its questions: they are asked for with
 * the domain's prompt for teachers, which need not show any hard problem, where SeRL shows eight; and hard problems
 * take the place in the budget that they have in other arms, with their true answers.
 */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { create, CurriculumMode, type Problem, ProblemSchema, type Vote } from '@soar/contracts';
import { SELF_PLAY } from '@soar/experiments';
import type { CompleteConfig } from '../runs/run-rules.js';
import { budget } from './recipes.js';

/**
 * The configuration of each round: all of them together have the steps of the whole. The hard steps of a curriculum
 * come with the last round; mixed, every round has its share of the whole.
 */
export function roundsOf(config: CompleteConfig): CompleteConfig[] {
  const { comparison } = config;
  const isMixed = comparison.mode === CurriculumMode.MIXED;
  const shared = isMixed ? budget(config) : comparison.syntheticSteps;
  const count = Math.max(1, Math.min(SELF_PLAY.rounds, shared));
  const before = (round: number): number => Math.floor((round * shared) / count);
  return Array.from({ length: count }, (_, round) => {
    const syntheticSteps = before(round + 1) - before(round);
    const hardSteps = isMixed || round < count - 1 ? 0 : comparison.hardSteps;
    return { ...config, comparison: { ...comparison, syntheticSteps, hardSteps } };
  });
}

/** The questions that are voted on: neither too long nor like one of `known` or one before it. */
export async function unlike(known: readonly Problem[], questions: readonly Problem[]): Promise<Problem[]> {
  const there = known.map(({ question }) => wordsOf(question));
  const kept: Problem[] = [];
  for (const problem of questions) {
    await yieldToEventLoop(); // there may be many hard problems, and heartbeats are answered in between
    const words = wordsOf(problem.question);
    if (words.length > SELF_PLAY.words) continue;
    if (there.some((other) => rougeL(words, other, SELF_PLAY.similarity) >= SELF_PLAY.similarity)) continue;
    there.push(words);
    kept.push(problem);
  }
  return kept;
}

/** The questions whose vote is neither too close nor too clear, with the majority's answer. */
export function agreed(questions: readonly Problem[], votes: readonly Vote[]): Problem[] {
  const { least, most } = SELF_PLAY.agreement;
  const byId = new Map(votes.map((vote) => [vote.problemId, vote]));
  return questions.flatMap(({ id, question }) => {
    const { answer, samples } = byId.get(id) ?? { answer: '', samples: 0 };
    const share = samples / SELF_PLAY.samples;
    if (answer === '' || share < least || share > most) return [];
    return [create(ProblemSchema, { id, question, answer })];
  });
}

/** Runs of letters and digits, in lower case; a text without any is one word. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text.trim()];
}

/**
 * ROUGE-L (F1): words of the longest common subsequence, over the mean length. 0 where it cannot reach `least`, which
 * most pairs' words in common show without it.
 */
export function rougeL(a: readonly string[], b: readonly string[], least = 0): number {
  const all = a.length + b.length;
  if (2 * inCommon(a, b) < least * all) return 0;
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    for (let j = 0; j < b.length; j++)
      next.push(word === b[j] ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!));
    row = next;
  }
  return (2 * row[b.length]!) / all;
}

/** How many words two texts share, in any order. */
function inCommon(a: readonly string[], b: readonly string[]): number {
  const left = new Map<string, number>();
  for (const word of a) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of b) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    shared++;
  }
  return shared;
}
