/** The latest event of a stream that sends everything with each. */
import { useEffect, useState } from 'preact/hooks';
import { openStream } from './stream.js';

export function useLatest<T>(path: string, name: string): T | undefined {
  const [latest, setLatest] = useState<T>();
  useEffect(() => {
    setLatest(undefined);
    return openStream(path, [name], {
      on: (_, data) => setLatest(data as T),
      onLost: () => undefined, // the run's own stream says so
    });
  }, [path, name]);
  return latest;
}
