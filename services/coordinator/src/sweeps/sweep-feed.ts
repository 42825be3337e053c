/** The events of a sweep. */
import type { WatchSweepResponse } from '@soar/contracts';
import type { Feed } from '../resources/feed.js';

export type SweepEvent = Partial<Pick<WatchSweepResponse, 'sweep' | 'unit' | 'progress'>>;
export type SweepFeed = Feed<SweepEvent>;
