/**
 * The colours of every figure and table: one for an arm and one for a kind, wherever it appears.
 *
 * Seven colours and a grey, each for a light and for a dark page. They were searched for in OKLCH so that any two
 * differ, for normal sight and for the three kinds of colour blindness, as much as those of Okabe and Ito do, and so
 * that each has a contrast of 3 to 1 with the page, which theirs do not have (palette.test.ts measures both). No
 * figure tells things apart by colour alone.
 */
import { type Arm, ARMS, type TeacherName } from '@soar/experiments';

export interface Theme {
  readonly page: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly grey: string;
  /** Blue, vermilion, green, purple, cyan, ochre, rose. */
  readonly colours: readonly string[];
}

export const LIGHT: Theme = {
  page: '#ffffff',
  ink: '#1b2430',
  soft: '#5a6675',
  line: '#dde2e9',
  grey: '#7b8794',
  colours: ['#0278c7', '#d9703f', '#15561d', '#6a1982', '#24a2be', '#8a6510', '#a8446f'],
};

export const DARK: Theme = {
  page: '#14181e',
  ink: '#e6eaf0',
  soft: '#a0abb9',
  line: '#323b47',
  grey: '#8e99a6',
  colours: ['#5792f6', '#e8702a', '#8cebb4', '#a877ad', '#48cbf3', '#fbc52f', '#ee94a0'],
};

const COLOURS = LIGHT.colours.length;

/** A colour of the page, by its name in the style sheet: `soft`, `c0`. */
export function colour(name: string): string {
  return `var(--${name})`;
}

/**
 * Variables of a theme by name, as the style sheet and the file of a saved figure need them: c0, c1, ... are its
 * colours, t0, t1, ... paler ones of the same hue.
 */
export function variables({ colours, ...others }: Theme): Record<string, string> {
  const paler = (value: string): string =>
    `#${[1, 3, 5]
      .map((at) => [value, others.page].map((of) => parseInt(of.slice(at, at + 2), 16)) as [number, number])
      .map(([own, page]) =>
        Math.round(0.55 * own + 0.45 * page)
          .toString(16)
          .padStart(2, '0'),
      )
      .join('')}`;
  return {
    ...others,
    ...Object.fromEntries(
      colours.flatMap((value, i) => [
        [`c${i}`, value],
        [`t${i}`, paler(value)],
      ]),
    ),
  };
}

const OF_ARM: Partial<Record<string, string>> = {
  base: 'grey',
  'hard-only': 'c0',
  'upper-bound': 'c2',
  ps: 'c4',
  pq: 'c1',
  'given-questions': 'c6',
  serl: 'c6',
};
/** Teachers that never learn share one, and so do those that another reward or none trained. */
const OF_TEACHER: Readonly<Record<string, string>> = {
  base: 'c5',
  frozen: 'c5',
  intrinsic: 'c6',
  'no-promotion': 'c6',
  grounded: 'c3',
};

/** The name of a teacher's colour. */
export function teacherColour(teacher: TeacherName): string {
  return OF_TEACHER[teacher] ?? 'c6';
}

/**
 * The name of an arm's colour. Variants of an arm have its colour; their names tell them apart. An arm of a report from
 * another version may be unknown here.
 */
export function armColour(arm: string): string {
  const own = OF_ARM[arm];
  if (own !== undefined) return own;
  if (arm.startsWith('pq')) return 'c1';
  const teacher = (ARMS as Partial<Record<string, Arm>>)[arm]?.teacher;
  return teacher === undefined ? 'c0' : teacherColour(teacher);
}

/** The title of an arm; its name where it is unknown. */
export function armTitle(arm: string): string {
  return (ARMS as Partial<Record<string, Arm>>)[arm]?.title ?? arm;
}

/** The name that all but the most frequent kinds share. */
export const OTHERS = 'other kinds';

/**
 * Kinds of questions with a colour each: the most frequent ones of a page, those after them in paler ones; all others
 * are one grey. Figures stack them in this order, so neighbours never share a hue.
 */
export class Kinds {
  /** Most frequent first, at most as many as there are colours and paler ones. */
  readonly shown: readonly string[];
  /** How many are behind `OTHERS`. */
  readonly others: number;

  constructor(counts: readonly Readonly<Record<string, number>>[]) {
    const totals = new Map<string, number>();
    for (const [kind, count] of counts.flatMap((of) => Object.entries(of)))
      totals.set(kind, (totals.get(kind) ?? 0) + count);
    const ranked = [...totals].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([kind]) => kind);
    this.shown = ranked.slice(0, 2 * COLOURS);
    this.others = ranked.length - this.shown.length;
  }

  /** The names of the parts, those with a colour first. */
  get parts(): readonly string[] {
    return this.others === 0 ? this.shown : [...this.shown, OTHERS];
  }

  colourOf(kind: string): string {
    const at = this.shown.indexOf(kind);
    return at === -1 ? 'grey' : `${at < COLOURS ? 'c' : 't'}${at % COLOURS}`;
  }

  /** Shares of `parts`, in their order; all 0 where nothing was asked. */
  shares(counts: Readonly<Record<string, number>>): number[] {
    const total = Object.values(counts).reduce((a, b) => a + b, 0);
    // A kind may have the name of what every object inherits.
    const of = (kind: string): number => (Object.hasOwn(counts, kind) ? counts[kind]! : 0);
    const shares = this.shown.map((kind) => (total === 0 ? 0 : of(kind) / total));
    const rest = total === 0 ? 0 : 1 - shares.reduce((a, b) => a + b, 0);
    return this.others === 0 ? shares : [...shares, Math.max(0, rest)];
  }
}
