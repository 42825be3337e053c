/**
 * The majority vote of a model over its own answers (self-consistency): for each problem the answer that most samples
 * give, and how many do. The problem's own answer has no part in it. Answers are alike where the verifier grades one as
 * correct against the other; one that it cannot read as a gold answer has no vote, since nothing could be graded
 * against it.
 */
import type { EvaluationSpec, Vote } from '@soar/contracts';
import { UserError } from '@soar/core';
import type { CountedOutcome, FoundAnswer, PreparedEvaluation } from './evaluate.js';
import type { Gold, Grader } from './grading.js';

export type Majority = Pick<Vote, 'problemId' | 'answer' | 'samples'>;

/** Every two answers to a problem are compared. */
const SAMPLES_MAX = 64;

/** Refuses a vote among answers that are all one, or too many. */
export function checkVotes({ sampling, samplesPerProblem }: EvaluationSpec): void {
  const refuse = (what: string): never => {
    throw new UserError(`votes: ${what}`, 'INVALID_ARGUMENT', 'votes');
  };
  if (sampling!.temperature === 0)
    refuse(
      'expected a temperature above 0, got 0, at which all samples are alike; set spec.sampling.temperature',
    );
  if (samplesPerProblem > SAMPLES_MAX)
    refuse(`expected at most ${SAMPLES_MAX} for spec.samples_per_problem, got ${samplesPerProblem}`);
}

/** The vote on each problem, in their order. */
export async function votesOf(
  { problems, domain, extraction }: Pick<PreparedEvaluation, 'problems' | 'domain' | 'extraction'>,
  outcomes: readonly Pick<CountedOutcome, 'answers'>[],
  grader: Pick<Grader, 'grade'>,
  signal: AbortSignal,
): Promise<Majority[]> {
  const ballots = outcomes.map(({ answers = [] }) => ballot(answers));
  const pairs = ballots.flatMap((own, p) => pairsOf(own, problems[p]!.gold));
  const grades = await grader.grade(domain, pairs, signal, extraction);
  let at = 0;
  return ballots.map((own, p) => {
    const size = (own.length * (own.length + 1)) / 2;
    const alike = grades.slice(at, (at += size)).map(({ correct }) => correct);
    return { problemId: problems[p]!.id, ...majority(own, alike) };
  });
}

/** An answer as it was first written, and how many samples wrote it so. */
interface Written extends FoundAnswer {
  readonly samples: number;
}

function ballot(answers: readonly FoundAnswer[]): Written[] {
  const written = new Map<string, Written>();
  for (const answer of answers) {
    if (answer.extracted === '') continue;
    const { samples } = written.get(answer.extracted) ?? { samples: 0 };
    written.set(answer.extracted, { ...(written.get(answer.extracted) ?? answer), samples: samples + 1 });
  }
  return [...written.values()];
}

/** Each answer against those before it and itself, in this order. */
function pairsOf(written: readonly Written[], { options }: Gold): { gold: Gold; response: string }[] {
  return written.flatMap(({ response }, i) =>
    written.slice(0, i + 1).map(({ extracted }) => ({ gold: { answer: extracted, options }, response })),
  );
}

/** `alike`: by pair. An answer joins the first one before it that it is alike; one unlike itself cannot be read. */
function majority(written: readonly Written[], alike: readonly boolean[]): Omit<Majority, 'problemId'> {
  const counts = new Map<number, number>();
  let at = 0;
  written.forEach(({ samples }, i) => {
    const own = alike.slice(at, (at += i + 1));
    if (own[i] !== true) return;
    const first = own.findIndex((is, before) => is && (before === i || counts.has(before)));
    counts.set(first, (counts.get(first) ?? 0) + samples);
  });
  let most = { answer: '', samples: 0 };
  for (const [i, samples] of counts)
    // the first of equals
    if (samples > most.samples) most = { answer: written[i]!.extracted, samples };
  return most;
}
