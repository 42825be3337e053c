/**
 * A live stream of the server: server-sent events, opened again whenever it breaks. It is closed while nobody sees the
 * page, because a browser has few connections to one server, and a hidden page needs none. Every opening starts with
 * the present state, so nothing is missed.
 */

/** The server sends a beat every 5 s. */
const SILENCE_MS_MAX = 15_000;
const AGAIN_MS = 1_000;

export interface StreamHandlers {
  /** An event of the stream, beats apart. */
  readonly on: (event: string, data: unknown) => void;
  /** The page's server does not answer. */
  readonly onLost: () => void;
}

/** Opens the stream at `path` for events of these names; the function that it returns closes it. */
export function openStream(path: string, names: readonly string[], handlers: StreamHandlers): () => void {
  let source: EventSource | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let wasLost = false;

  const close = (): void => {
    clearTimeout(silence);
    clearTimeout(again);
    source?.close();
    source = undefined;
  };
  const lost = (): void => {
    close();
    wasLost = true;
    handlers.onLost();
    again = setTimeout(open, AGAIN_MS);
  };
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MS_MAX);
  };
  const open = (): void => {
    close();
    source = new EventSource(path);
    heard();
    source.onopen = () => {
      heard();
      if (wasLost) window.dispatchEvent(new Event('soar-reconnected'));
      wasLost = false;
    };
    source.onerror = lost;
    source.addEventListener('beat', heard);
    for (const name of names) {
      source.addEventListener(name, (event) => {
        heard();
        handlers.on(name, JSON.parse((event as MessageEvent<string>).data));
        if (name === 'end' || name === 'gone') close();
      });
    }
  };
  const onVisibility = (): void => {
    if (document.hidden) close();
    else if (source === undefined) open();
  };
  document.addEventListener('visibilitychange', onVisibility);
  if (!document.hidden) open();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}
