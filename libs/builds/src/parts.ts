/**
 * What decides results, by part. Total over the packages that services are made of: a test fails for one that is not
 * listed. Where it is not clear whether a file can change a result, it counts: a refusal that was not needed costs a
 * flag, and a mixture that nobody noticed costs the result.
 */

/** A part of a service, as reports and messages name it. */
type Part =
  | 'random'
  | 'engine'
  | 'tokenizer'
  | 'training'
  | 'grammar'
  | 'prompts'
  | 'teacher'
  | 'formulas'
  | 'loop';

interface Rule {
  readonly part: Part;
  /** Files that count, below dist. Default: all but the process and its flags, of which no result may depend. */
  readonly only?: RegExp;
}

/** Files of the coordinator, by folder. */
const LOOP = new RegExp(
  [
    '^(loop|arms)/',
    '^journal/addresses\\.',
    '^comparisons/(held-out|student-unit|teacher-unit|unit-plan)\\.',
    '^runs/(fork|report|run-rules|window-rule)\\.',
  ].join('|'),
);

const PACKAGES: Readonly<Record<string, Rule | 'nothing'>> = {
  // Philox and its addresses; the rest of core is errors, retries and bounds.
  core: { part: 'random', only: /^(random|bytes)\.js$/ },
  onnx: { part: 'engine' },
  autodiff: { part: 'engine' },
  model: { part: 'engine' },
  optim: { part: 'engine' },
  training: { part: 'engine' },
  runtime: { part: 'engine' },
  tokenizer: { part: 'tokenizer' },
  // Students, samples and updates as the trainer cuts them.
  trainer: { part: 'training' },
  // How answers are read and judged; what proposals are accepted.
  verify: { part: 'grammar' },
  domains: { part: 'grammar' },
  'domain-services': { part: 'grammar', only: /^(?!conformance\/)/ },
  verifier: { part: 'grammar' },
  prompts: { part: 'prompts' },
  teacher: { part: 'teacher' },
  // Advantages, rewards, promotion.
  rl: { part: 'formulas' },
  metareward: { part: 'formulas' },
  // Algorithm 1, what a student of each arm trains on, and which random numbers belong to what. Not how runs are
  // stored, watched and resumed.
  coordinator: {
    part: 'loop',
    only: LOOP,
  },
  experiments: { part: 'loop', only: /^(arms|vendi|symmetric-eigenvalues)\./ },
  // Messages and their rules; transport; processes; storage. What goes in comes out as it was.
  contracts: 'nothing',
  'grpc-kit': 'nothing',
  telemetry: 'nothing',
  'service-process': 'nothing',
  builds: 'nothing',
  store: 'nothing',
  dashboard: 'nothing',
  gateway: 'nothing',
  'http-kit': 'nothing',
  'report-page': 'nothing',
  files: 'nothing',
  // In services, only the format of completions that are written to files.
  datasets: 'nothing',
};

/** Packages from elsewhere that deciding files import and that decide nothing: it writes graphs, in the same bits. */
const OTHERS_WITHOUT_PART: ReadonlySet<string> = new Set(['@bufbuild/protobuf']);

/** Settings of a process: where it listens, how many workers it has. */
const PROCESS = /^(main|config)\.js$/;

/** The part that a file belongs to: `name` of its package without the scope, `file` below dist; undefined: none. */
export function partOf(name: string, file: string): Part | undefined {
  const rule = PACKAGES[name];
  if (rule === undefined || rule === 'nothing') return undefined;
  return (rule.only?.test(file) ?? !PROCESS.test(file)) ? rule.part : undefined;
}

/** Whether no file of a package, nor what only it imports, decides a result; undefined for a package without a rule. */
export function decidesNothing(name: string): boolean | undefined {
  const rule = PACKAGES[name];
  return rule === undefined ? undefined : rule === 'nothing';
}

/** Whether the version of a package from elsewhere can matter, where a deciding file imports it. */
export function isDecidingPackage(name: string): boolean {
  return !OTHERS_WITHOUT_PART.has(name);
}
