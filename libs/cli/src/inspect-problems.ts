/** What `soar problems inspect` says of files: shape, examples, gold answers that cannot be read, repetitions. */
import type { ProblemSet } from '@soar/datasets';
import type { ChosenDomain } from './domains/chosen-domain.js';
import { readableIn } from './readable-problems.js';

export interface Inspection {
  readonly source: string;
  readonly shape: string;
  readonly problems: number;
  /** Rows left out because they repeat another one, question and answer. */
  readonly repeated: number;
  readonly examples: readonly Example[];
  readonly unreadable: readonly {
    readonly id: string;
    readonly place: string;
    readonly answer: string;
    readonly reason: string;
  }[];
  /** Questions that occur more than once, up to white space. */
  readonly duplicates: readonly Duplicate[];
}

interface Example {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

interface Duplicate {
  readonly question: string;
  readonly places: readonly string[];
  /** Different gold answers that the question has. */
  readonly answers: readonly string[];
}

/** Questions that two files share. */
export interface Overlap {
  readonly sources: readonly [string, string];
  readonly questions: number;
  /** The first shared question, as the two files place it. */
  readonly first: readonly [string, string];
}

const EXAMPLES = 5;
/** Lines of a kind that are shown as text; --json has all. */
const SHOWN_MAX = 5;
const WIDTH = 60;

export async function inspect(set: ProblemSet, domain: ChosenDomain): Promise<Inspection> {
  const { problems, places, source, shape, repeated } = set;
  const { unreadable } = await readableIn(domain, set);
  const byQuestion = new Map<string, number[]>();
  problems.forEach(({ question }, i) => {
    const key = sameText(question);
    byQuestion.set(key, [...(byQuestion.get(key) ?? []), i]);
  });
  return {
    source,
    shape,
    problems: problems.length,
    repeated,
    examples: problems.slice(0, EXAMPLES).map(({ id, question, answer }) => ({ id, question, answer })),
    unreadable: unreadable.map(({ problem: { id, answer }, place, reason }) => ({
      id,
      place,
      answer,
      reason,
    })),
    duplicates: [...byQuestion.values()]
      .filter((indices) => indices.length > 1)
      .map((indices) => ({
        question: problems[indices[0]!]!.question,
        places: indices.map((i) => places[i]!),
        answers: [...new Set(indices.map((i) => problems[i]!.answer))],
      })),
  };
}

/** Questions that occur in more than one set, for each two of them. */
export function overlaps(sets: readonly ProblemSet[]): Overlap[] {
  const placeOf = sets.map(
    ({ problems, places }) => new Map(problems.map(({ question }, i) => [sameText(question), places[i]!])),
  );
  return placeOf.flatMap((a, i) =>
    placeOf.slice(i + 1).flatMap((b, j) => {
      const shared = [...a.keys()].filter((question) => b.has(question));
      if (shared.length === 0) return [];
      const sources = [sets[i]!.source, sets[i + 1 + j]!.source] as const;
      return [
        { sources, questions: shared.length, first: [a.get(shared[0]!)!, b.get(shared[0]!)!] as const },
      ];
    }),
  );
}

export function formatInspection(found: Inspection, domain: Pick<ChosenDomain, 'name'>): string {
  const { source, shape, problems, repeated, examples, unreadable, duplicates } = found;
  const lines = [
    `${source}: ${problems} problems, ${shape}`,
    ...(repeated === 0
      ? []
      : [`  ${repeated} rows repeat another one, question and answer, and are left out`]),
    ...examples.map(({ id, question, answer }) => `  ${id}: ${short(question)} -> ${short(answer)}`),
    unreadable.length === 0
      ? `  the domain ${domain.name} can read every gold answer`
      : `  the domain ${domain.name} cannot read ${unreadable.length} gold answers:`,
    ...shown(unreadable.map(({ place, answer, reason }) => `${place}: ${short(answer)}: ${reason}`)),
    duplicates.length === 0
      ? '  no question occurs twice'
      : `  ${duplicates.length} questions occur more than once:`,
    ...shown(
      duplicates.map(({ question, places, answers }) => {
        const differ = answers.length > 1 ? ` with different answers (${answers.map(short).join(', ')})` : '';
        return `${short(question)} at ${places.slice(0, SHOWN_MAX).join(', ')}${differ}`;
      }),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

export function formatOverlaps(found: readonly Overlap[]): string {
  return found
    .map(
      ({ sources: [a, b], questions, first }) =>
        `${a} and ${b} share ${questions} questions, the first at ${first.join(' and ')}\n`,
    )
    .join('');
}

function shown(lines: readonly string[]): string[] {
  const more = lines.length > SHOWN_MAX ? [`and ${lines.length - SHOWN_MAX} more`] : [];
  return [...lines.slice(0, SHOWN_MAX), ...more].map((line) => `    ${line}`);
}

/** Text on one line. */
function short(text: string): string {
  const line = sameText(text);
  return JSON.stringify(line.length > WIDTH ? `${line.slice(0, WIDTH - 3)}...` : line).replaceAll(
    '\\\\',
    '\\',
  );
}

function sameText(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
