/**
 * A domain as data: soar.common.v1.DomainDefinition in plain values, so that this package needs no contracts. Fields,
 * defaults and limits are documented there (proto/soar/common/v1/domain.proto).
 */

export interface DomainDefinition {
  readonly name: string;
  readonly description: string;
  /** Changes whenever the grading does. */
  readonly version: string;
  readonly student?: DomainPrompt | undefined;
  readonly teacher?: DomainPrompt | undefined;
  readonly proposal?: ProposalShape | undefined;
  /** Absent: another service grades. */
  readonly grading?: Grading | undefined;
  /** Whether that service gives rewards of its own. */
  readonly ownRewards: boolean;
  /** Responses whose verdicts are known, for the checks of a domain. */
  readonly examples: readonly DomainExample[];
}

/** A question with a response that is right and one that is not; `wrong` may be empty. */
export interface DomainExample {
  readonly question: string;
  readonly answer: string;
  readonly right: string;
  readonly wrong: string;
}

/** Messages for models with a chat template, text for the others. */
export interface DomainPrompt {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  /** Empty: there is none. */
  readonly text: string;
  /** An answer ends before any of these. */
  readonly stop: readonly string[];
  /** Likewise, behind the text alone. */
  readonly textStop: readonly string[];
}

/** Something stands in a text between these. */
export interface Marks {
  readonly open: string;
  readonly close: string;
}

export interface ProposalShape {
  readonly question?: Marks | undefined;
  readonly answer?: Marks | undefined;
  /** Whether the answer is the content of the last box between its marks. */
  readonly boxed: boolean;
}

export interface Grading {
  readonly verifier: string;
  /** Default: the verifier's own. */
  readonly mark?: Marks | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** What a built-in domain says of itself; the rest has defaults. */
export function builtIn(
  own: Pick<DomainDefinition, 'name' | 'description' | 'proposal' | 'examples'> & {
    readonly student: DomainPrompt;
    /** The teacher's prompt: a text, and as the user's turn of a chat. */
    readonly teacher: string;
  },
): DomainDefinition {
  const { teacher: text, ...rest } = own;
  const messages = [{ role: 'user', content: text.trim() }];
  return {
    ...rest,
    version: '',
    teacher: { messages, text, stop: [], textStop: [] },
    grading: { verifier: own.name },
    ownRewards: false,
  };
}
