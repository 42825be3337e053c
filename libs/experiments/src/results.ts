/**
 * The raw results of a comparison. `soar compare` writes them, and every figure of its report is computed from them.
 *
 * Two kinds of unit. A *teacher* unit is one training of a teacher (or none, for the base) and the questions sampled
 * from it afterwards; a *student* unit is one fresh student, trained by an arm's recipe and evaluated on the held-out
 * split. Students are nested in teachers (paper, section 4): seed `teacher` names the run that an arm's questions
 * come from, seed `student` the training on them. Arms without a teacher have students only.
 *
 * Each unit is a JSON file, written whole when the unit is done: an interrupted comparison resumes with those that
 * are missing. Published results hold all of them in one file (unit-archive.ts). Only the seconds of `cost` depend on
 * the clock.
 */

/** Where an arm's students get their questions, or how they train; each with its row in `ARMS` (arms.ts). */
export type ArmName =
  | 'base'
  | 'hard-only'
  | 'hard-only-4x'
  | 'hard-only-whole-budget'
  | 'upper-bound'
  | 'base-t'
  | 'intrinsic-t'
  | 'grounded-t'
  | 'grounded-t-solving'
  | 'no-promotion'
  | 'pq'
  | 'pq-correct'
  | 'pq-answers-right'
  | 'pq-answers-wrong'
  | 'given-questions'
  | 'serl'
  | 'pq-other-mode'
  | 'ps'
  | 'frozen-pq'
  | 'frozen-ps';

/** How a teacher was made. */
export type TeacherName = 'base' | 'intrinsic' | 'grounded' | 'no-promotion' | 'frozen';

/** What a unit cost. */
export interface Cost {
  /**
   * Tokens that students sampled in training; absent in results of versions that did not count those of a teacher's
   * students.
   */
  readonly tokens?: number;
  /** Optimizer steps of students. */
  readonly steps: number;
  /**
   * Wall-clock seconds of its work; those of concurrent units overlap. Like `workerSeconds`, they differ between
   * otherwise equal results.
   */
  readonly seconds: number;
  /** Total seconds that workers, of one core each, spent on its students; absent if not measured. */
  readonly workerSeconds?: number;
}

/** A question, the answer that its writer stated, and what the oracle says. */
export interface AskedQuestion {
  readonly question: string;
  /** The stated answer, on which students train, right or wrong. */
  readonly answer: string;
  /** The domain's label of its kind. */
  readonly kind: string;
  /** Whether the oracle can answer it; absent, like `correct`, in domains without an oracle. */
  readonly wellPosed?: boolean;
  /** Whether the stated answer is the oracle's. */
  readonly correct?: boolean;
}

/** One outer step of a teacher's training. */
export interface TeacherStep {
  readonly step: number;
  /** R_k of each dataset. */
  readonly rewards: readonly number[];
  /** R_{k,j}: repeats of each dataset; empty rows where the reward has no repeats (learnability). */
  readonly repeatRewards: readonly (readonly number[])[];
  readonly movingAverage: number;
  /** Greedy accuracy of the baseline on the step's reward questions. */
  readonly baselineAccuracy: number;
  /** Questions asked, by kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Share of stated answers that equal the oracle's; absent without an oracle. */
  readonly correctAnswers?: number;
  /** Dataset whose student was promoted. */
  readonly promoted?: number;
}

export interface TeacherUnit {
  readonly unit: 'teacher';
  readonly teacher: TeacherName;
  readonly teacherSeed: number;
  /** Empty for the base teacher. */
  readonly steps: readonly TeacherStep[];
  /** Promotion questions D_best, one entry per promotion; empty if nothing was promoted. */
  readonly promotions: readonly {
    readonly step: number;
    readonly reward: number;
    readonly questions: readonly AskedQuestion[];
  }[];
  /** Questions sampled from the finished teacher: what the arm's students train on. */
  readonly questions: readonly AskedQuestion[];
  /**
   * Vendi scores of `questions`, and of the promotion questions where there are any, by the base model's mean hidden
   * states (vendi.ts). The embeddings are not kept. Absent in results of versions that did not measure it.
   */
  readonly hiddenDiversity?: { readonly asked: number; readonly promoted?: number };
  /** The last outer step, from 0, of a run that was stopped before its end (`stopWhen`). */
  readonly stoppedAt?: number;
  /** Share of rollouts that were well-formed when `questions` were sampled. */
  readonly wellFormed: number;
  readonly cost: Cost;
}

/** Held-out outcomes of a student after `step` optimizer steps. */
export interface HeldOut {
  readonly step: number;
  readonly samples: number;
  /** Correct samples of each held-out problem, in the order of `Comparison.heldOut`. */
  readonly correct: readonly number[];
}

export interface StudentUnit {
  readonly unit: 'student';
  readonly arm: ArmName;
  /** The teacher's seed; absent in arms without a teacher. */
  readonly teacherSeed?: number;
  readonly studentSeed: number;
  /** One entry per optimizer step; empty if nothing was trained (base, ps). */
  readonly training: readonly {
    readonly stage: string;
    readonly reward: number;
    readonly accuracy: number;
  }[];
  /** Evaluations on the held-out split, by step; the first is of the untrained student. */
  readonly heldOut: readonly HeldOut[];
  /** Step, from 0, at which its reward had levelled off; absent where it never did, and without a stopping rule. */
  readonly stopStep?: number;
  readonly cost: Cost;
}

export type Unit = TeacherUnit | StudentUnit;

/** What was compared: everything a result depends on. Stored beside the units as `comparison.json`. */
export interface Comparison {
  readonly format: 'soar-comparison/1';
  /** Version of SOAR and commit, as far as known. */
  readonly version: string;
  /** Command line that reproduces it. */
  readonly command: string;
  readonly domain: string;
  /** Hash of the base model's artifact. */
  readonly model: { readonly sha256: string };
  readonly problems: {
    readonly train: number;
    readonly heldOut: number;
    readonly curated: number;
    /** Questions that were given to train on; absent where there are none. */
    readonly questions?: number;
    /** Hash of all sets, with their answers. */
    readonly sha256: string;
  };
  /** Ids of the held-out problems that are evaluated. */
  readonly heldOut: readonly string[];
  readonly arms: readonly ArmName[];
  readonly seeds: {
    readonly teachers: readonly number[];
    readonly students: readonly number[];
    /** Seeds of arms without a teacher. */
    readonly alone: readonly number[];
  };
  /** The configuration of the runs and of the students, in the JSON form of the contracts. */
  readonly config: unknown;
  /** The k of pass@k. */
  readonly passAt: readonly number[];
}
