/** What each trainer has to do and which memory it holds, shared by all pages that show it. */
import type { TrainerStatusService } from '@soar/contracts';
import { messageOf } from '@soar/core';
import type { Client } from '@soar/grpc-kit';
import type { TrainerLoad, TrainerLoads } from '@soar/page';
import { statusRow } from '../rows/trainer-rows.js';
import { SharedFeed } from './shared-feed.js';

/** Trainers that are shown. */
const TRAINERS_MAX = 64;

export class TrainerFeed extends SharedFeed {
  constructor(private readonly trainers: readonly Client<typeof TrainerStatusService>[]) {
    super();
  }

  protected override async present(): Promise<{ event: string; data: TrainerLoads }> {
    const trainers = await Promise.all(this.trainers.slice(0, TRAINERS_MAX).map(loadOf));
    return { event: 'trainers', data: { atMs: Date.now(), trainers } };
  }
}

async function loadOf(trainer: Client<typeof TrainerStatusService>): Promise<TrainerLoad> {
  const { address } = trainer;
  try {
    const { status } = await trainer.getTrainerStatus({});
    return { address, failure: '', ...(status === undefined ? {} : { status: statusRow(status) }) };
  } catch (error) {
    return { address, failure: messageOf(error) };
  }
}
