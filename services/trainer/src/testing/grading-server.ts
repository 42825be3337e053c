/** A verifier for the trainer's tests: the domains' own judgement behind real gRPC, without grading processes. */
import { Verdict, VerifierService } from '@soar/contracts';
import { InvariantError } from '@soar/core';
import { gradedDomain } from '@soar/domains';
import { service, startServer, type RunningServer } from '@soar/grpc-kit';

export function startGradingServer(listen = '127.0.0.1:0'): Promise<RunningServer> {
  const none = (): never => {
    throw new InvariantError('the trainer calls VerifyBatch only');
  };
  const verifier = service(VerifierService, {
    async verifyBatch({ domain, domainDefinition, items, options: common }) {
      const { verify } = gradedDomain(domain, domainDefinition);
      return {
        verifications: items.map(({ gold, response, options }) => {
          const given = Object.entries({ ...common, ...options });
          const own = given.map(([name, json]) => [name, JSON.parse(json) as unknown]);
          const judged = verify(gold, response, Object.fromEntries(own) as Parameters<typeof verify>[2]);
          const { verdict, extracted, stage, boxed, goldOccurs } = judged;
          const wrong = goldOccurs ? 20 : 10;
          const marked = verdict === 'CORRECT' ? 120 : wrong;
          return {
            verdict: Verdict[verdict],
            extracted: extracted ?? '',
            stage,
            boxed,
            reward: boxed ? marked : 0, // the paper's table of rewards
          };
        }),
      };
    },
    verify: none,
    parseAnswer: none,
    listDomains: none,
  });
  return startServer({ listen, services: [verifier] });
}
