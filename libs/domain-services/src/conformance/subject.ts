/** A domain under check: graded in this process, or by a service, whose replies are read but not repaired. */
import type { DomainDefinition, ParsedAnswer } from '@soar/contracts';
import { VerifierService } from '@soar/contracts';
import { type Reason, UserError } from '@soar/core';
import { answerPart, type Domain } from '@soar/domains';
import type { CallCredentials } from '@soar/grpc-kit';
import { createClient } from '@soar/grpc-kit';
import { type Graded, gradedMessage, readParsed, readVerifications } from '../replies.js';

export type Pair = { readonly gold: string; readonly response: string };
type Parsed = Pick<ParsedAnswer, 'parsed' | 'canonical' | 'reason'>;

export interface Subject {
  readonly definition: DomainDefinition;
  /** Throw UserError when the call fails or the reply breaks the contract. */
  verify(pairs: readonly Pair[]): Promise<readonly Graded[]>;
  parse(answers: readonly string[]): Promise<readonly Parsed[]>;
  /** Why a service refuses UNKNOWN_DOMAIN; undefined when it does not. Absent where no service is called. */
  verifyUnknown?(): Promise<Reason | undefined>;
}

export const UNKNOWN_DOMAIN = 'no-such-domain';

/** Deadline of a call of the checks: as many items as fit the verifier's own calls take no longer. */
const CHECK_MS = 10_000;

/** A domain that is graded in this process. */
export function subjectHere(domain: Domain, definition: DomainDefinition): Subject {
  return {
    definition,
    async verify(pairs) {
      return pairs.map(({ gold, response }) => gradedMessage(domain.verify(gold, answerPart(response)), 0));
    },
    async parse(answers) {
      return answers.map((answer) => {
        const read = domain.parseAnswer(answer);
        return read.ok
          ? { parsed: true, canonical: read.canonical, reason: '' }
          : { parsed: false, canonical: '', reason: read.reason };
      });
    },
  };
}

/** The domain `definition` of the service at `address`. Call `close` at the end. */
export function subjectAt(
  address: string,
  definition: DomainDefinition,
  credentials?: CallCredentials,
): Subject & { close(): void } {
  const client = createClient(VerifierService, address, { credentials, deadlineMs: CHECK_MS });
  const { name: domain, ownRewards } = definition;
  return {
    definition,
    async verify(pairs) {
      const { verifications } = await client.verifyBatch({ domain, items: [...pairs] });
      const golds = pairs.map(({ gold }) => gold);
      return readVerifications(verifications, golds, ownRewards, 'VerifyBatch');
    },
    async parse(answers) {
      const reply = await client.parseAnswer({ domain, answers: [...answers] });
      return readParsed(reply.answers, answers.length, 'ParseAnswer');
    },
    async verifyUnknown() {
      try {
        const items = [{ gold: '1', response: '1' }];
        await client.verifyBatch({ domain: UNKNOWN_DOMAIN, items });
        return undefined;
      } catch (error) {
        if (error instanceof UserError) return error.reason;
        throw error;
      }
    },
    close: () => client.close(),
  };
}
