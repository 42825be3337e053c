/** The methods of VerifierService: messages in, messages out. Grading itself is in grading-pool.ts and the domains. */
import { Verdict, VerifierService, type VerifyItem } from '@soar/contracts';
import { UserError } from '@soar/core';
import { gradingOptions, type Domain } from '@soar/domains';
import { service, type HandlerContext, type Service } from '@soar/grpc-kit';
import { attributes, measure, spans, withSpan } from '@soar/telemetry';
import { rewardOf, type Verification, type VerifyOptions } from '@soar/verify';
import type { Item, TimedVerification } from './grading.js';
import type { GradingPool } from './grading-pool.js';

/** What the routes ask about domains: @soar/domains, or a test's. */
export interface Domains {
  domainNamed(name: string): Domain;
  readonly domains: readonly Domain[];
}

/** The service over a started pool. */
export function verifierRoutes(pool: GradingPool, domains: Domains): Service {
  const verifyAll = (
    domain: string,
    items: readonly Item[],
    optionsJson: Readonly<Record<string, string>>,
    context: HandlerContext,
  ): Promise<TimedVerification[]> => {
    domains.domainNamed(domain);
    const options = optionsOf(optionsJson);
    const about = { [attributes.domain]: domain, [attributes.samples]: items.length };
    return withSpan(spans.verifyBatch, about, async () => {
      const verdicts = await pool.grade<'verify'>({ kind: 'verify', domain, options }, items, context.signal);
      count(verdicts);
      return verdicts;
    });
  };
  return service(VerifierService, {
    async verify({ domain, item, options }, context) {
      const [verdict] = await verifyAll(domain, [itemOf(item!)], options, context);
      return { verification: toMessage(verdict!) };
    },
    async verifyBatch({ domain, items, options }, context) {
      return { verifications: (await verifyAll(domain, items.map(itemOf), options, context)).map(toMessage) };
    },
    async parseAnswer({ domain, answers }, context) {
      domains.domainNamed(domain);
      const items = answers.map((text) => ({ gold: '', text }));
      const parsed = await pool.grade<'parse'>({ kind: 'parse', domain }, items, context.signal);
      return {
        answers: parsed.map((answer) =>
          answer.ok
            ? { parsed: true, canonical: answer.canonical, reason: '' }
            : { parsed: false, canonical: '', reason: answer.reason },
        ),
      };
    },
    async listDomains() {
      const listed = domains.domains.map(({ name, description }) => ({ name, description }));
      return { domains: listed.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    },
  });
}

function itemOf({ gold, response, options }: VerifyItem): Item {
  return { gold, text: response, ...(Object.keys(options).length > 0 && { options: optionsOf(options) }) };
}

const VERDICTS = {
  CORRECT: Verdict.CORRECT,
  INCORRECT: Verdict.INCORRECT,
  NO_ANSWER: Verdict.NO_ANSWER,
  GOLD_UNPARSEABLE: Verdict.GOLD_UNPARSEABLE,
  UNDECIDED: Verdict.UNDECIDED,
  TIMEOUT: Verdict.TIMEOUT,
} as const satisfies Record<Verification['verdict'], Verdict>;

function toMessage(verification: TimedVerification) {
  const { verdict, extracted, stage, boxed, microseconds } = verification;
  return {
    verdict: VERDICTS[verdict],
    extracted: extracted ?? '',
    stage,
    boxed,
    reward: rewardOf(verification),
    microseconds,
  };
}

/** Options as they travel, values in JSON. Throws UserError that names the option at fault. */
function optionsOf(json: Readonly<Record<string, string>>): VerifyOptions {
  const entries = Object.entries(json).map(([name, text]): [string, unknown] => {
    try {
      return [name, JSON.parse(text)];
    } catch {
      throw new UserError(
        `options.${name}: expected a value in JSON (text in quotes), got ${text.slice(0, 60)}`,
        'INVALID_ARGUMENT',
        `options.${name}`,
      );
    }
  });
  return gradingOptions(Object.fromEntries(entries));
}

function count(verifications: readonly Verification[]): void {
  const counts = new Map<string, number>();
  for (const { verdict } of verifications) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  for (const [verdict, n] of counts) measure('verdicts', n, { [attributes.verdict]: verdict });
}
