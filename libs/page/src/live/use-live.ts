/** Streams as state of a view. Events between two frames make one drawing. */
import { useEffect, useState } from 'preact/hooks';
import { CONNECTING, type Live } from './live-state.js';
import { openStream } from './stream.js';

type After<R> = (live: Live<R>, event: string, data: unknown) => Live<R>;

/** The state of the resource at `path`, drawn anew with every event. */
export function useLive<R>(path: string, names: readonly string[], after: After<R>): Live<R> {
  const [live, setLive] = useState<Live<R>>(CONNECTING);
  useEffect(() => {
    setLive(CONNECTING);
    return openStream(path, names, {
      on: (event, data) => setLive((before) => after(before, event, data)),
      onLost: () => setLive((before) => after(before, 'lost', {})),
    });
  }, [path]);
  return live;
}
