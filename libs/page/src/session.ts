/** What the server says about itself, and requests to it. An error of the server is thrown with its own words. */
import type { Session } from './index.js';

const REQUEST_MS_MAX = 30_000;

export async function fetchJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const bound = AbortSignal.timeout(REQUEST_MS_MAX);
  const response = await fetch(path, {
    signal: signal === undefined ? bound : AbortSignal.any([signal, bound]),
  });
  return (await bodyOf(response)) as T;
}

/** A request that changes something; only for a session with control. */
export async function post(path: string, { csrf }: Session): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'x-soar-csrf': csrf },
    signal: AbortSignal.timeout(REQUEST_MS_MAX),
  });
  await bodyOf(response);
}

async function bodyOf(response: Response): Promise<unknown> {
  const body = (await response.json()) as { readonly error?: string };
  if (!response.ok) throw new Error(body.error ?? `the server answered ${response.status}`);
  return body;
}

/** Path of a resource of the API. */
export function apiPath(kind: 'runs' | 'comparisons', id: string, rest: string): string {
  return `/api/${kind}/${encodeURIComponent(id)}/${rest}`;
}
