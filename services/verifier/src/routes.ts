/**
 * The methods of VerifierService: messages in, messages out. Grading itself is in grading-pool.ts and the domains, or
 * in another service that lists the domain (other-domains.ts).
 */
import { type DomainDefinition, Verdict, VerifierService, type VerifyItem } from '@soar/contracts';
import { service, type HandlerContext, type Service } from '@soar/grpc-kit';
import { attributes, measure, spans, withSpan } from '@soar/telemetry';
import { definitionMessage, type Graded } from '@soar/domain-services';
import type { TaskDomain } from './grading.js';
import type { GradingPool } from './grading-pool.js';
import { optionsOf, toMessage } from './messages.js';
import { placeOf, type Domains, type OtherDomains } from './other-domains.js';

/** The service over a started pool. `others`: where domains are graded that are not this project's. */
export function verifierRoutes(pool: GradingPool, domains: Domains, others?: OtherDomains): Service {
  const verifyAll = (
    { domain, domainDefinition, options }: GradingRequest,
    items: readonly VerifyItem[],
    context: HandlerContext,
  ): Promise<readonly Graded[]> => {
    const place = placeOf(domain, domainDefinition, domains, others);
    const about = { [attributes.domain]: domain, [attributes.samples]: items.length };
    return withSpan(spans.verifyBatch, about, async () => {
      const graded =
        place === 'elsewhere'
          ? await others!.verify(domain, domainDefinition, items, options, context.signal)
          : await gradeHere(pool, place, items, options, context.signal);
      count(graded);
      return graded;
    });
  };
  return service(VerifierService, {
    async verify(request, context) {
      const [verification] = await verifyAll(request, [request.item!], context);
      return { verification: verification! };
    },
    async verifyBatch(request, context) {
      return { verifications: [...(await verifyAll(request, request.items, context))] };
    },
    async parseAnswer({ domain, domainDefinition, answers }, { signal }) {
      const place = placeOf(domain, domainDefinition, domains, others);
      if (place === 'elsewhere') return { answers: await others!.parse(domain, answers, signal) };
      const items = answers.map((text) => ({ gold: '', text }));
      const parsed = await pool.grade<'parse'>({ kind: 'parse', ...place }, items, signal);
      return {
        answers: parsed.map((answer) =>
          answer.ok
            ? { parsed: true, canonical: answer.canonical, reason: '' }
            : { parsed: false, canonical: '', reason: answer.reason },
        ),
      };
    },
    async listDomains(_, { signal }) {
      const listed = domains.domains.map(({ name, definition }) => ({
        name,
        description: definition.description,
        definition: definitionMessage(definition),
      }));
      const other = (await others?.list(signal)) ?? [];
      return { domains: [...listed, ...other].sort((a, b) => (a.name! < b.name! ? -1 : 1)) };
    },
  });
}

interface GradingRequest {
  readonly domain: string;
  readonly domainDefinition?: DomainDefinition | undefined;
  readonly options: Record<string, string>;
}

async function gradeHere(
  pool: GradingPool,
  place: TaskDomain,
  items: readonly VerifyItem[],
  options: Record<string, string>,
  signal: AbortSignal,
): Promise<Graded[]> {
  const task = { kind: 'verify', ...place, options: optionsOf(options) } as const;
  const read = items.map(({ gold, response, options: own }) => ({
    gold,
    text: response,
    ...(Object.keys(own).length > 0 && { options: optionsOf(own) }),
  }));
  return (await pool.grade<'verify'>(task, read, signal)).map(toMessage);
}

function count(graded: readonly Graded[]): void {
  const counts = new Map<string, number>();
  for (const { verdict } of graded) {
    const name = Verdict[verdict];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const [verdict, n] of counts) measure('verdicts', n, { [attributes.verdict]: verdict });
}
