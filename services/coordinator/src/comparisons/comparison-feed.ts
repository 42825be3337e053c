/** The events of a comparison. */
import type { WatchComparisonResponse } from '@soar/contracts';
import type { Feed } from '../resources/feed.js';

export type ComparisonEvent = Partial<Pick<WatchComparisonResponse, 'comparison' | 'unit' | 'progress'>>;
export type ComparisonFeed = Feed<ComparisonEvent>;
