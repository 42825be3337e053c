/**
 * The policies that graders disagree on, as named options with their defaults. The shared cases
 * (testdata/cases.jsonl) hold under the defaults.
 */
/** Every field is optional in a request; `DEFAULTS` has the defaults. */
export interface VerifyOptions {
  /** 'boxed': only a `\boxed{}` is an answer, as in the paper. 'any': the rules of extract/response.ts in turn. */
  readonly extraction?: 'any' | 'boxed';
  /** Whether names matter (f(x) against f(y)) and sets differ from tuples. */
  readonly strict?: boolean;
  /** Order of a list without brackets: 'any' or 'same'. Tuples always keep theirs, sets never. */
  readonly listOrder?: 'any' | 'same';
  /** 'either': x% equals x/100 and also x. 'value': only x/100. Two percentages are compared as they are. */
  readonly percent?: 'either' | 'value';
  /**
   * 'optional': a unit may be left out; two known units must agree, with conversion. 'ignore'. 'required': both or
   * none.
   */
  readonly units?: 'optional' | 'ignore' | 'required';
  /** Whether a value may be called approximate: `about 7`, `\approx 7`. */
  readonly approximate?: boolean;
  /** Whether `3` equals `x = 3`. */
  readonly bareValue?: boolean;
  /** Relative tolerance if one side is a decimal that is not a rounding of the other. In [0, 0.1]. */
  readonly tolerance?: number;
  /**
   * A decimal with at least so many significant digits equals the value that it is a correct rounding or truncation of.
   */
  readonly roundedDigitsMin?: number;
  /** Decimal places to which both sides are rounded if one is a decimal; 0 to 15. Default: no rounding. */
  readonly precision?: number;
  /** Absolute tolerance for every number; at least 0. Default: none. */
  readonly precisionAbs?: number;
  /** English name of the response's language. The rules of all languages are always tried; kept for reports. */
  readonly language?: string;
  /** Whether equal text decides. Off only in tests of the other stages. */
  readonly stringShortCut?: boolean;
}

export type Policies = Required<Omit<VerifyOptions, 'precision' | 'precisionAbs' | 'language'>> &
  Pick<VerifyOptions, 'precision' | 'precisionAbs' | 'language'>;

export const DEFAULTS: Policies = {
  extraction: 'any',
  strict: true,
  listOrder: 'any',
  percent: 'either',
  units: 'optional',
  approximate: true,
  bareValue: true,
  tolerance: 1e-12,
  roundedDigitsMin: 6,
  stringShortCut: true,
};

/** The values of each option; 'number' with its range. */
const FORMS: Record<
  keyof VerifyOptions,
  readonly string[] | 'boolean' | 'string' | readonly [number, number]
> = {
  extraction: ['any', 'boxed'],
  strict: 'boolean',
  listOrder: ['any', 'same'],
  percent: ['either', 'value'],
  units: ['optional', 'ignore', 'required'],
  approximate: 'boolean',
  bareValue: 'boolean',
  tolerance: [0, 0.1],
  roundedDigitsMin: [1, 30],
  precision: [0, 15],
  precisionAbs: [0, Number.MAX_VALUE],
  language: 'string',
  stringShortCut: 'boolean',
};

/** Names of all options, for messages and documentation. */
const OPTION_NAMES = Object.keys(FORMS) as (keyof VerifyOptions)[];

/** Options that were read, or the first one at fault with what was expected. */
export type OptionsReading =
  | { readonly ok: true; readonly options: VerifyOptions }
  | { readonly ok: false; readonly option: string; readonly reason: string };

/**
 * Options from untyped data (a JSON object of a request or a JSONL row); `precision_abs` and `precisionAbs` are the
 * same. Unknown names and values of the wrong kind are refused. Never throws.
 */
export function readOptions(raw: Readonly<Record<string, unknown>>): OptionsReading {
  const read: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(raw)) {
    const name = optionName(option);
    if (!isOptionName(option))
      return { ok: false, option, reason: `unknown option; use one of ${OPTION_NAMES.join(', ')}` };
    const form = FORMS[name as keyof VerifyOptions];
    if (!fits(value, form))
      return { ok: false, option, reason: `expected ${describe(form)}, got ${JSON.stringify(value)}` };
    read[name] = value;
  }
  return { ok: true, options: read };
}

/** Whether there is an option of this name. */
export function isOptionName(given: string): boolean {
  return Object.hasOwn(FORMS, optionName(given));
}

function optionName(given: string): string {
  return given.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

type Form = (typeof FORMS)[keyof VerifyOptions];

function fits(value: unknown, form: Form): boolean {
  if (form === 'boolean' || form === 'string') return typeof value === form;
  if (typeof form[0] === 'string') return (form as readonly string[]).includes(value as string);
  const [min, max] = form as readonly [number, number];
  return typeof value === 'number' && value >= min && value <= max;
}

function describe(form: Form): string {
  if (form === 'boolean' || form === 'string') return `a ${form}`;
  if (typeof form[0] === 'string') return form.map((choice) => JSON.stringify(choice)).join(' or ');
  return `a number from ${form[0]} to ${form[1]}`;
}
