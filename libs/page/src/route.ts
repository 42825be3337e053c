/**
 * Which view an address shows. Everything behind the "#" is ours, so that the server has one page, and Back works. Ids
 * come from elsewhere and are encoded.
 */
export type Route =
  | { readonly view: 'overview' }
  | { readonly view: 'run'; readonly id: string; readonly tab: RunTab; readonly step?: number }
  | { readonly view: 'comparison'; readonly id: string };

export const RUN_TABS = ['course', 'questions', 'students', 'settings'] as const;
export type RunTab = (typeof RUN_TABS)[number];

/** The route of `location.hash`; unknown ones lead to the overview. */
export function routeOf(hash: string): Route {
  const [kind, encoded, tab, step] = hash.replace(/^#\/?/, '').split('/');
  const id = decoded(encoded);
  if (kind === 'comparisons' && id !== '') return { view: 'comparison', id };
  if (kind !== 'runs' || id === '') return { view: 'overview' };
  const known = RUN_TABS.find((each) => each === tab) ?? 'course';
  const isStep = step !== undefined && /^\d{1,7}$/.test(step);
  return { view: 'run', id, tab: known, ...(isStep ? { step: Number(step) } : {}) };
}

export function hashOf(route: Route): string {
  switch (route.view) {
    case 'overview':
      return '#/';
    case 'comparison':
      return `#/comparisons/${encodeURIComponent(route.id)}`;
    case 'run': {
      const step = route.step === undefined ? '' : `/${route.step}`;
      const tab = route.tab === 'course' && step === '' ? '' : `/${route.tab}`;
      return `#/runs/${encodeURIComponent(route.id)}${tab}${step}`;
    }
  }
}

function decoded(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    return '';
  }
}
