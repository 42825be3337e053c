/** What a coordinator keeps of its runs, as messages: the run database of @soar/store knows only bytes and numbers. */
import {
  type CreateRunRequest,
  CreateRunRequestSchema,
  fromBinary,
  type RunState,
  toBinary,
} from '@soar/contracts';
import type { RunDatabase, RunJournal, StoredRun } from '@soar/store';

export interface RunRecord {
  readonly id: string;
  /** The request as it came. */
  readonly request: CreateRunRequest;
  readonly state: RunState;
  /** Why it failed, in one line; empty otherwise. */
  readonly failure: string;
  readonly failureReason: string;
  /** Unix milliseconds. */
  readonly createdMs: number;
}

export class RunRecords {
  constructor(private readonly database: RunDatabase) {}

  /** Keeps a new run; false when there is one of this id. */
  insert(record: RunRecord): Promise<boolean> {
    return this.database.insert({ ...record, request: toBinary(CreateRunRequestSchema, record.request) });
  }

  async get(id: string): Promise<RunRecord | undefined> {
    const stored = await this.database.get(id);
    return stored === undefined ? undefined : recordOf(stored);
  }

  /** Runs whose ids come after `afterId`, by id. */
  async list(afterId: string, limit: number): Promise<RunRecord[]> {
    return (await this.database.list(afterId, limit)).map(recordOf);
  }

  setState(id: string, state: RunState, failure: string, failureReason: string): Promise<void> {
    return this.database.setState(id, state, failure, failureReason);
  }

  journal(id: string): RunJournal {
    return this.database.journal(id);
  }
}

function recordOf(stored: StoredRun): RunRecord {
  return { ...stored, request: fromBinary(CreateRunRequestSchema, stored.request) };
}
