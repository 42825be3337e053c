/** The stored records of sweeps. */
import { type CreateSweepRequest, CreateSweepRequestSchema } from '@soar/contracts';
import type { RunDatabase } from '@soar/store';
import { Records, type ResourceRecord } from '../resources/records.js';

export type SweepRecord = ResourceRecord<CreateSweepRequest>;

export class SweepRecords extends Records<typeof CreateSweepRequestSchema> {
  constructor(database: RunDatabase) {
    super(database, 'sweep', CreateSweepRequestSchema);
  }
}
