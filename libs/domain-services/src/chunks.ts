/**
 * Many items through calls that take some at a time. A call that is late or fails does not say which item is to blame:
 * its items are tried once more, each alone, and one that spoils its own call gets a result that says so. A service
 * that spoils many is broken, and the request is given up.
 *
 * Not a retry of services that are away or busy: those errors are thrown at once, and whoever asked comes again.
 */
import { messageOf, UserError, type Reason } from '@soar/core';

export interface ChunkBounds {
  /** Items of a call. */
  readonly itemsMax: number;
  /** Text of a call, in UTF-16 units, unless a single item has more. */
  readonly charsMax: number;
  /** Deadline of a call with several items. */
  readonly callMs: number;
  /** Deadline of a call with one item. */
  readonly itemMs: number;
  /** Items of a request that may spoil their own call. */
  readonly spoiltMax: number;
}

export const CHUNK_BOUNDS: ChunkBounds = {
  itemsMax: 256,
  charsMax: 1 << 20,
  callMs: 60_000,
  itemMs: 5_000,
  spoiltMax: 8,
};

/** Errors that say nothing about an item. */
const NOT_THE_ITEM: readonly Reason[] = [
  'UNAVAILABLE',
  'RESOURCE_EXHAUSTED',
  'CANCELLED',
  'NOT_FOUND',
  'UNAUTHENTICATED',
  'FAILED_PRECONDITION',
];

interface Chunked<Item, Result> {
  /** The service and method, for messages. */
  readonly place: string;
  readonly items: readonly Item[];
  readonly charsOf: (item: Item) => number;
  /** Calls the service; as many results as items. */
  readonly call: (items: readonly Item[], deadlineMs: number) => Promise<readonly Result[]>;
  /** Throws when the service does not answer at all, so that no item is to blame for a late call. */
  readonly requireAlive: () => Promise<void>;
  /** The result of an item that spoils its own call. */
  readonly spoilt: (error: UserError) => Result;
}

/** Results in the order of the items. Throws UserError when the service is away, busy or broken. */
export async function inChunks<Item, Result>(
  { place, items, charsOf, call, requireAlive, spoilt }: Chunked<Item, Result>,
  bounds: ChunkBounds,
): Promise<Result[]> {
  const results: Result[] = [];
  let spoiltCount = 0;
  const alone = async (item: Item): Promise<Result> => {
    try {
      return (await call([item], bounds.itemMs))[0]!;
    } catch (error) {
      if (!isItems(error)) throw error;
      if (error.reason === 'DEADLINE_EXCEEDED') await requireAlive();
      if (++spoiltCount > bounds.spoiltMax) {
        throw new UserError(
          `${place}: more than ${bounds.spoiltMax} items of a request were late or failed, each alone; the last: ` +
            messageOf(error),
          // Nothing was answered in time: whoever waits for a service that is away may wait for this one.
          error.reason === 'DEADLINE_EXCEEDED' ? 'UNAVAILABLE' : error.reason,
          undefined,
          { cause: error },
        );
      }
      return spoilt(error);
    }
  };
  for (const chunk of chunksOf(items, charsOf, bounds)) {
    if (chunk.length === 1) {
      results.push(await alone(chunk[0]!));
      continue;
    }
    try {
      results.push(...(await call(chunk, bounds.callMs)));
    } catch (error) {
      if (!isItems(error)) throw error;
      for (const item of chunk) results.push(await alone(item));
    }
  }
  return results;
}

/** Whether an item may be to blame. */
function isItems(error: unknown): error is UserError {
  return error instanceof UserError && !NOT_THE_ITEM.includes(error.reason);
}

function* chunksOf<Item>(
  items: readonly Item[],
  charsOf: (item: Item) => number,
  { itemsMax, charsMax }: ChunkBounds,
): Generator<Item[]> {
  let chunk: Item[] = [];
  let chars = 0;
  for (const item of items) {
    const own = charsOf(item);
    if (chunk.length > 0 && (chunk.length >= itemsMax || chars + own > charsMax)) {
      yield chunk;
      [chunk, chars] = [[], 0];
    }
    chunk.push(item);
    chars += own;
  }
  if (chunk.length > 0) yield chunk;
}
