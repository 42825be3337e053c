/** The frame of every view: the head, what the server says about itself, and the view that the address names. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../index.js';
import { hashOf, type Route, routeOf } from '../route.js';
import { fetchJson } from '../session.js';
import { ComparisonView } from './comparison.js';
import { OverviewView } from './overview.js';
import { RunView } from './run.js';

const AGAIN_MS = 2_000;

export function App(): VNode {
  const route = useRoute();
  const session = useSession();
  useEffect(() => {
    document.title = route.view === 'overview' ? 'SOAR' : `${route.id} \u2013 SOAR`;
    window.scrollTo(0, 0);
  }, [hashOf(route).split('/').slice(0, 3).join('/')]);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <header class="head">
        <a class="brand" href="#/" aria-label="SOAR, all runs">
          SOAR
        </a>
        {session !== undefined && <span class="soft where">coordinator {session.coordinator}</span>}
      </header>
      <main id="main" tabIndex={-1}>
        {session === undefined ? <p class="empty">connecting</p> : view(route, session)}
      </main>
    </>
  );
}

/** The address is the route's, so the link must not change it. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function view(route: Route, session: Session): VNode {
  switch (route.view) {
    case 'overview':
      return <OverviewView />;
    case 'run':
      return <RunView key={route.id} route={route} session={session} />;
    case 'comparison':
      return <ComparisonView key={route.id} id={route.id} session={session} />;
  }
}

function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const onChange = (): void => setHash(location.hash);
    window.addEventListener('hashchange', onChange);
    return () => window.removeEventListener('hashchange', onChange);
  }, []);
  return routeOf(hash);
}

/** Read until it is there, and again when the page comes back: the server may be another one by then. */
function useSession(): Session | undefined {
  const [session, setSession] = useState<Session>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        setSession(await fetchJson<Session>('/api/session'));
      } catch {
        timer = setTimeout(() => void read(), AGAIN_MS);
      }
    };
    const onReturn = (): void => void read();
    void read();
    window.addEventListener('soar-reconnected', onReturn);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('soar-reconnected', onReturn);
    };
  }, []);
  return session;
}
