/**
 * The arms of a comparison: title, training data, and the teacher whose questions are used (paper, section 4). Every
 * table and figure keeps this order.
 */
import type { ArmName, TeacherName } from './results.js';

export interface Arm {
  readonly title: string;
  /** What its students train on, in one line. */
  readonly about: string;
  /** The teacher that wrote the questions; absent in arms without one. */
  readonly teacher?: TeacherName;
  /** Whether fresh students are trained. Otherwise a model that is there is evaluated with the samples of each seed. */
  readonly trained: boolean;
}

export const ARMS: Readonly<Record<ArmName, Arm>> = {
  base: { title: 'Base', about: 'the base model, untrained', trained: false },
  'hard-only': { title: 'Hard-Only', about: 'the hard problems alone', trained: true },
  'hard-only-4x': { title: 'Hard-Only 4x', about: 'the hard problems, 4 times the group', trained: true },
  'hard-only-whole-budget': {
    title: 'Hard-Only, whole budget',
    about: "the hard problems, with all of SOAR's budget",
    trained: true,
  },
  'base-t': {
    title: 'Base-T',
    about: 'questions of the untrained teacher',
    teacher: 'base',
    trained: true,
  },
  'intrinsic-t': {
    title: 'Intrinsic-T',
    about: 'questions of a teacher that learnability trained',
    teacher: 'intrinsic',
    trained: true,
  },
  'no-promotion': {
    title: 'No promotion',
    about: 'questions of a SOAR teacher whose students were never promoted',
    teacher: 'no-promotion',
    trained: true,
  },
  'grounded-t': {
    title: 'Grounded-T',
    about: 'questions of the SOAR teacher',
    teacher: 'grounded',
    trained: true,
  },
  'grounded-t-solving': {
    title: 'Grounded-T solving',
    about: 'the SOAR teacher itself, which answers the hard problems',
    teacher: 'grounded',
    trained: false,
  },
  ps: { title: 'PS', about: 'the promoted student itself', teacher: 'grounded', trained: false },
  'frozen-ps': {
    title: 'Frozen-T: PS',
    about: 'the promoted student of a teacher that never learned',
    teacher: 'frozen',
    trained: false,
  },
  pq: { title: 'PQ', about: 'the promotion questions', teacher: 'grounded', trained: true },
  'frozen-pq': {
    title: 'Frozen-T: PQ',
    about: 'the promotion questions of a teacher that never learned',
    teacher: 'frozen',
    trained: true,
  },
  'pq-correct': {
    title: 'PQ, correct only',
    about: 'the promotion questions whose stated answer is right',
    teacher: 'grounded',
    trained: true,
  },
  'pq-answers-right': {
    title: 'PQ, answers put right',
    about: 'the promotion questions with the right answers in place of the stated ones',
    teacher: 'grounded',
    trained: true,
  },
  'pq-answers-wrong': {
    title: 'PQ, answers made wrong',
    about: 'the same questions, each with the right answer of another one',
    teacher: 'grounded',
    trained: true,
  },
  'pq-other-mode': {
    title: 'PQ, other mode',
    about:
      'the promotion questions, mixed with the hard problems throughout, drawn as often as by PQ before them (or the ' +
      'other way round)',
    teacher: 'grounded',
    trained: true,
  },
  'given-questions': {
    title: 'Given questions',
    about: 'questions of a file (--questions), such as the promotion questions of another run',
    trained: true,
  },
  serl: {
    title: 'SeRL',
    about: "the student's own questions, with the answers that most of its own samples give",
    trained: true,
  },
  'upper-bound': {
    title: 'Upper bound',
    about: 'curated easier problems together with the hard ones',
    trained: true,
  },
};

/**
 * The arm `serl`, after SeRL (arXiv 2505.20347). Samples and bounds are those of its published settings for RLOO, the
 * similarity that of Self-Instruct (arXiv 2212.10560), which it filters by; it asks 2,000 questions a round, we as many
 * as are sampled from a teacher.
 */
export const SELF_PLAY = {
  rounds: 3,
  /** Questions asked in a round, before filters. */
  questions: 128,
  /** Answers to each, which vote. */
  samples: 16,
  /** Share of them that must agree on the answer: below it is unclear, above it there is nothing to learn. */
  agreement: { least: 0.2, most: 0.8 },
  /** ROUGE-L from which a question counts as one that is there already. */
  similarity: 0.7,
  /** Words of a question, at most. */
  words: 150,
} as const;

export const ARM_NAMES = Object.keys(ARMS) as ArmName[];

export const TEACHERS: Readonly<Record<TeacherName, string>> = {
  base: 'Base-T',
  intrinsic: 'Intrinsic-T',
  'no-promotion': 'No promotion',
  frozen: 'Frozen-T',
  grounded: 'Grounded-T',
};
export const TEACHER_NAMES = Object.keys(TEACHERS) as TeacherName[];

const NEED_ORACLE: readonly ArmName[] = ['pq-correct', 'pq-answers-right', 'pq-answers-wrong'];

/** What arms may require of a comparison's inputs. */
export interface Provided {
  readonly hasCurated: boolean;
  readonly hasOracle: boolean;
  /** Whether questions to train on were given. */
  readonly hasQuestions: boolean;
  /** Whether the configuration itself says that teachers do not learn. */
  readonly isFrozen: boolean;
}

/** The first requirement of the arms that these inputs lack, with what to do; undefined if nothing is missing. */
export function missingFor(
  arms: readonly ArmName[],
  { hasCurated, hasOracle, hasQuestions, isFrozen }: Provided,
): string | undefined {
  const learning = arms.find((arm) => !['base', 'frozen', undefined].includes(ARMS[arm].teacher));
  if (learning !== undefined && isFrozen)
    return (
      `${learning} needs a teacher that learns, and teacher.frozen is true; leave it out of the configuration: the ` +
      'arms frozen-ps and frozen-pq freeze theirs themselves'
    );
  if (arms.includes('upper-bound') && !hasCurated)
    return 'upper-bound needs curated easier problems; give some, or leave it out';
  if (arms.includes('given-questions') && !hasQuestions)
    return 'given-questions needs the questions; give some (--questions), or leave it out';
  const judged = arms.find((arm) => NEED_ORACLE.includes(arm));
  if (judged !== undefined && !hasOracle)
    return `${judged} needs an oracle that knows the right answers, and the domain has none; leave it out`;
  return undefined;
}
