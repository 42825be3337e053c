/**
 * Another service that speaks VerifierService, as a client that trusts nothing: every call has a deadline, a reply is
 * checked before it is used, and an item that the service hangs or fails on does not spoil the others (chunks.ts).
 */
import { VerifierService, Verdict } from '@soar/contracts';
import { messageOf, UserError } from '@soar/core';
import { answerPart } from '@soar/domains';
import { type CallCredentials, type Client, createClient } from '@soar/grpc-kit';
import { CHUNK_BOUNDS, type ChunkBounds, inChunks } from './chunks.js';
import { type Graded, type ListedDomain, readListing, readParsed, readVerifications } from './replies.js';

/** An answer to be graded, as in the contract. */
export interface GradedItem {
  readonly gold: string;
  readonly response: string;
  readonly options: Record<string, string>;
}

export interface DomainServiceOptions {
  /** TLS and token. Default: plain text without a token. */
  readonly credentials?: CallCredentials | undefined;
  readonly bounds?: Partial<ChunkBounds>;
}

const LIST_MS = 10_000;
/** How long a listing is kept: services change their domains by being restarted. */
const LISTING_MS = 60_000;

export class DomainService {
  private readonly client: Client<typeof VerifierService>;
  private readonly bounds: ChunkBounds;
  private listing: { readonly domains: readonly ListedDomain[]; readonly atMs: number } | undefined;

  constructor(
    readonly address: string,
    { credentials, bounds }: DomainServiceOptions = {},
  ) {
    this.client = createClient(VerifierService, address, { credentials });
    this.bounds = { ...CHUNK_BOUNDS, ...bounds };
  }

  /** Its domains, as it lists them now. Throws UserError. */
  async list(signal?: AbortSignal): Promise<readonly ListedDomain[]> {
    const { domains } = await this.client.listDomains({}, { deadlineMs: LIST_MS, ...(signal && { signal }) });
    const read = readListing(domains, this.place('ListDomains'));
    this.listing = { domains: read, atMs: Date.now() };
    return read;
  }

  /** The domain called `name`. Throws UserError NOT_FOUND with the names that it has. */
  async find(name: string, signal?: AbortSignal): Promise<ListedDomain> {
    const kept = this.listing;
    const isFresh = kept !== undefined && Date.now() - kept.atMs < LISTING_MS;
    const known = isFresh ? kept.domains.find((domain) => domain.name === name) : undefined;
    if (known !== undefined) return known;
    const listed = await this.list(signal);
    const found = listed.find((domain) => domain.name === name);
    if (found !== undefined) return found;
    throw new UserError(
      `domain service at ${this.address}: ${JSON.stringify(name.slice(0, 64))} is unknown; ` +
        `it has ${listed.map((domain) => domain.name).join(', ') || 'none'}`,
      'NOT_FOUND',
      'domain',
    );
  }

  /** Gradings in the order of the items; thoughts in a response are left out. Throws UserError. */
  verify(
    domain: string,
    items: readonly GradedItem[],
    options: Record<string, string>,
    ownRewards: boolean,
    signal?: AbortSignal,
  ): Promise<Graded[]> {
    const place = this.place('VerifyBatch');
    return inChunks(
      {
        place,
        requireAlive: () => this.requireAlive(signal),
        items: items.map((item) => ({ ...item, response: answerPart(item.response) })),
        charsOf: ({ gold, response }) => gold.length + response.length,
        call: async (chunk, deadlineMs) => {
          const request = { domain, items: [...chunk], options };
          const reply = await this.client.verifyBatch(request, { deadlineMs, ...(signal && { signal }) });
          const golds = chunk.map(({ gold }) => gold);
          return readVerifications(reply.verifications, golds, ownRewards, place);
        },
        spoilt: ({ reason }) => {
          const late = reason === 'DEADLINE_EXCEEDED';
          return {
            verdict: late ? Verdict.TIMEOUT : Verdict.UNDECIDED,
            stage: late ? 'late' : 'failed',
            extracted: '',
            boxed: false,
            reward: 0,
            microseconds: 0,
          };
        },
      },
      this.bounds,
    );
  }

  /** Readings in the order of the answers. Throws UserError. */
  parse(
    domain: string,
    answers: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReturnType<typeof readParsed>> {
    const place = this.place('ParseAnswer');
    return inChunks(
      {
        place,
        requireAlive: () => this.requireAlive(signal),
        items: answers,
        charsOf: (answer) => answer.length,
        call: async (chunk, deadlineMs) => {
          const request = { domain, answers: [...chunk] };
          const reply = await this.client.parseAnswer(request, { deadlineMs, ...(signal && { signal }) });
          return readParsed(reply.answers, chunk.length, place);
        },
        spoilt: ({ reason }) => ({
          parsed: false,
          canonical: '',
          reason: reason === 'DEADLINE_EXCEEDED' ? 'it took too long to read' : 'the domain failed on it',
        }),
      },
      this.bounds,
    );
  }

  close(): void {
    this.client.close();
  }

  /** Throws UserError UNAVAILABLE when it does not even list its domains. */
  private async requireAlive(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.list(signal);
    } catch (error) {
      const what = `domain service at ${this.address}: it does not answer: ${messageOf(error)}`;
      throw new UserError(what, 'UNAVAILABLE', undefined, { cause: error });
    }
  }

  private place(method: string): string {
    return `domain service at ${this.address}: ${method}`;
  }
}
