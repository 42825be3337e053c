/** The events of a run. */
import type { WatchRunResponse } from '@soar/contracts';
import type { Feed } from '../resources/feed.js';

export type RunEvent = Partial<Pick<WatchRunResponse, 'run' | 'step' | 'arm' | 'progress'>>;
export type RunFeed = Feed<RunEvent>;
