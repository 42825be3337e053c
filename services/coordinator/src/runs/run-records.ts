/** The stored records of runs. */
import { type CreateRunRequest, CreateRunRequestSchema } from '@soar/contracts';
import { RUN_KIND, type RunDatabase } from '@soar/store';
import { Records, type ResourceRecord } from '../resources/records.js';

export type RunRecord = ResourceRecord<CreateRunRequest>;

export class RunRecords extends Records<typeof CreateRunRequestSchema> {
  constructor(database: RunDatabase) {
    super(database, RUN_KIND, CreateRunRequestSchema);
  }
}
