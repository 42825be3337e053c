/**
 * The stored records of a coordinator's resources, as messages: the run database of @soar/store holds bytes.
 */
import { type DescMessage, fromBinary, type MessageShape, type RunState, toBinary } from '@soar/contracts';
import type { RunDatabase, RunJournal, StoredRun } from '@soar/store';

/** A resource: its request and its state. */
export interface ResourceRecord<Request> {
  readonly id: string;
  readonly request: Request;
  readonly state: RunState;
  /** Why it failed, in one line; empty otherwise. */
  readonly failure: string;
  readonly failureReason: string;
  /** Unix milliseconds. */
  readonly createdMs: number;
}

export type RecordOf<S extends DescMessage> = ResourceRecord<MessageShape<S>>;

/** The resources of one kind. */
export class Records<S extends DescMessage> {
  constructor(
    private readonly database: RunDatabase,
    private readonly kind: string,
    private readonly schema: S,
  ) {}

  /** Stores a new resource; false when its id is taken, by this kind or another. */
  insert(record: RecordOf<S>): Promise<boolean> {
    const { kind, schema } = this;
    return this.database.insert({ ...record, kind, request: toBinary(schema, record.request) });
  }

  async get(id: string): Promise<RecordOf<S> | undefined> {
    const stored = await this.database.get(id);
    return stored?.kind === this.kind ? this.recordOf(stored) : undefined;
  }

  /** Resources after `afterId`, by id. */
  async list(afterId: string, limit: number): Promise<RecordOf<S>[]> {
    const stored = await this.database.list(this.kind, afterId, limit);
    return stored.map((one) => this.recordOf(one));
  }

  setState(id: string, state: RunState, failure: string, failureReason: string): Promise<void> {
    return this.database.setState(id, state, failure, failureReason);
  }

  journal(id: string): RunJournal {
    return this.database.journal(id);
  }

  private recordOf({ kind: _, ...stored }: StoredRun): RecordOf<S> {
    return { ...stored, request: fromBinary(this.schema, stored.request) };
  }
}
