/**
 * What the dashboard sends to the page, as JSON: the fields of the services' messages that the page shows, in units
 * that it shows them in. One file for both sides, so that neither can drift. Not the contracts of the services, which
 * are in proto/; a page and its server are always of one version.
 */

export type State = 'RUNNING' | 'PAUSED' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'UNSPECIFIED';

/** What the page may do, and where its data come from. */
export interface Session {
  /** Version of this software. */
  readonly version: string;
  /** Address of the coordinator. */
  readonly coordinator: string;
  /** Whether runs may be paused, resumed and cancelled here. */
  readonly control: boolean;
  /** Goes with every request that changes something. */
  readonly csrf: string;
  /** Whether the reward ledger can be read. */
  readonly ledger: boolean;
  /** Whether the students in training can be followed. */
  readonly trainings: boolean;
  /** Whether completions of students can be read. */
  readonly completions: boolean;
  /** Address of a Jaeger, for links to traces. */
  readonly jaeger?: string;
}

/** Whether the coordinator answers. */
export interface Connection {
  readonly ok: boolean;
  readonly why?: string;
}

export interface RunBrief {
  readonly id: string;
  readonly state: State;
  readonly stepsDone: number;
  readonly stepsTotal: number;
  /** Unix milliseconds. */
  readonly createdMs: number;
  readonly failure: string;
  /** About how long it still takes; absent where nothing is measured yet. */
  readonly secondsLeft?: number;
}

export interface ComparisonBrief {
  readonly id: string;
  readonly state: State;
  readonly unitsDone: number;
  readonly unitsTotal: number;
  readonly createdMs: number;
  readonly failure: string;
}

/** Newest first. */
export interface Overview {
  readonly runs: readonly RunBrief[];
  readonly comparisons: readonly ComparisonBrief[];
  /** Whether there are more than are sent. */
  readonly more: boolean;
}

/** One outer step. */
export interface StepRow {
  readonly step: number;
  readonly meanReward?: number;
  readonly movingAverage?: number;
  /** Accuracy of the baseline on the step's reward questions, 0 to 1. */
  readonly baseline?: number;
  /** R_k by dataset. */
  readonly rewards: readonly number[];
  /** The dataset whose student was promoted. */
  readonly promoted?: number;
  readonly sampled: number;
  readonly rejected: number;
  readonly rejections: Readonly<Record<string, number>>;
  readonly kinds: Readonly<Record<string, number>>;
  /** Share of right stated answers, 0 to 1; absent where the domain cannot tell. */
  readonly correctAnswers?: number;
  readonly gradientNorm: number;
  readonly innerSteps: number;
  readonly tokens: number;
}

export interface ArmRow {
  readonly name: string;
  readonly passAtK: readonly (readonly [k: number, share: number])[];
  readonly problems: number;
  readonly samples: number;
  readonly trainingSteps: number;
  readonly training: readonly TrainingStep[];
}

export interface Question {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  /** The domain's label; empty where it has none. */
  readonly kind?: string;
  /** What the domain's oracle says of the question and of the stated answer; absent where there is none. */
  readonly verdict?: 'right' | 'wrong' | 'ill-posed';
}

export interface PromotedQuestions {
  readonly step: number;
  readonly dataset: number;
  readonly reward: number;
  readonly questions: readonly Question[];
}

/** A run with all of its steps. */
export interface Run extends RunBrief {
  readonly domain: string;
  readonly seed: number;
  readonly base: string;
  /** Threshold of promotion. */
  readonly tau: number;
  readonly window: number;
  readonly promotes: boolean;
  readonly datasets: number;
  readonly repeats: number;
  readonly trainProblems: number;
  readonly testProblems: number;
  readonly steps: readonly StepRow[];
  readonly arms: readonly ArmRow[];
  readonly promotions: readonly PromotedQuestions[];
  /** Its whole configuration, as in its report. */
  readonly config: unknown;
}

export interface ProgressRow {
  readonly activity: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

/** One optimizer step of a student. */
export interface TrainingStep {
  readonly step: number;
  readonly stage: string;
  readonly reward: number;
  readonly accuracy: number;
  readonly gradientNorm: number;
  readonly kl: number;
  readonly entropy: number;
  readonly tokens: number;
}

/** A training that a trainer holds. */
export interface Training {
  readonly id: string;
  /** QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELLED. */
  readonly state: string;
  /** Address of its trainer. */
  readonly trainer: string;
  readonly stepsDone: number;
  readonly stepsTotal: number;
  /** Those that were seen; of a training in progress not those before the page was opened. */
  readonly steps: readonly TrainingStep[];
}

/** What a trainer process has to do, and the memory that it holds for it. */
export interface TrainerStatusRow {
  readonly trainingRunsRunning: number;
  readonly trainingRunsQueued: number;
  /** Trainings, updates, parts of evaluations and samplings that have a worker, and those that wait for one. */
  readonly jobsRunning: number;
  readonly jobsQueued: number;
  readonly workers: number;
  readonly threads: number;
  /** cpu, cuda or webgpu. */
  readonly provider: string;
  /** Memory for models; of the device where the provider is not cpu. */
  readonly budgetBytes: number;
  /** Of the budget, what is promised to work. */
  readonly heldBytes: number;
  /** What the process has taken. */
  readonly residentBytes: number;
}

export interface TrainerLoad {
  readonly address: string;
  /** Why it does not tell; empty otherwise. */
  readonly failure: string;
  readonly status?: TrainerStatusRow;
}

/** All trainers at a moment. */
export interface TrainerLoads {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly trainers: readonly TrainerLoad[];
}

/** What a trainer does for the students that are shown. */
export interface TrainerRow {
  readonly address: string;
  readonly running: number;
  readonly queued: number;
  /** Tokens that students sampled, in the last seconds. */
  readonly tokensPerSecond: number;
  /** Why it does not answer; empty otherwise. */
  readonly failure: string;
  /** Of the whole process; absent where it does not tell. */
  readonly status?: TrainerStatusRow;
}

/** Students of an outer step, or of an arm. */
export interface Students {
  readonly trainings: readonly Training[];
  readonly trainers: readonly TrainerRow[];
}

/** A text that a student wrote. */
export interface Completion {
  readonly problem: string;
  readonly prompt: string;
  readonly completion: string;
  readonly tokens: number;
  /** stop or length. */
  readonly finish: string;
  /** As in soar.verifier.v1; empty where nothing was graded. */
  readonly verdict: string;
  readonly reward?: number;
}

export interface Completions {
  readonly completions: readonly Completion[];
  /** How many there are besides. */
  readonly more: number;
}

/** A unit of a comparison. */
export interface UnitRow {
  readonly name: string;
  readonly kind: 'teacher' | 'student';
  /** Arm of a student, kind of a teacher. */
  readonly of: string;
  readonly teacherSeed?: number;
  readonly studentSeed?: number;
  /** Of the finished student, 0 to 1. */
  readonly pass1?: number;
  /** pass@1 by optimizer steps done. */
  readonly curve: readonly (readonly [step: number, share: number])[];
  /** Of a teacher. */
  readonly promotions?: number;
  /** Whether it is a teacher that a run has trained. */
  readonly hasRun: boolean;
  readonly seconds: number;
}

export interface Comparison extends ComparisonBrief {
  readonly arms: readonly string[];
  readonly teacherSeeds: readonly number[];
  readonly studentSeeds: readonly number[];
  readonly aloneSeeds: readonly number[];
  readonly base: string;
  readonly domain: string;
  readonly units: readonly UnitRow[];
}

/** The teacher's questions of an outer step. */
export interface StepTexts {
  readonly step: number;
  readonly questions: readonly Question[];
}

/** An evaluation as the ledger keeps it. */
export interface Evaluated {
  readonly correct: number;
  readonly samples: number;
}

export interface DatasetRow {
  readonly dataset: number;
  readonly reward: number;
  readonly advantage: number;
  /** R_kj with the evaluation that it came from. */
  readonly repeats: readonly (Evaluated & { readonly reward: number; readonly training: string })[];
}

/** How the rewards of an outer step came about. */
export interface LedgerStep {
  readonly step: number;
  /** "student gain" or "learnability". */
  readonly rewardKind: string;
  readonly baseline: Evaluated;
  readonly baselineAccuracy: number;
  readonly meanReward: number;
  readonly movingAverage: number;
  readonly tau: number;
  readonly window: number;
  readonly datasets: readonly DatasetRow[];
  readonly promotion?: { readonly dataset: number; readonly repeat: number; readonly checkpoint: string };
}

export interface Recomputed {
  readonly equal: boolean;
  readonly recorded: readonly number[];
  readonly recomputed: readonly number[];
}
