/** What the server answers: the page's files, its data as JSON, its streams, and the requests that change something. */
import { UserError } from '@soar/core';
import { type Answer, json } from '@soar/http-kit';
import type { Session } from '@soar/page';
import type { Log } from '@soar/telemetry';
import type { Clients } from './clients.js';
import { readCompletions } from './completions.js';
import type { EventStream, EventStreams } from './http/event-stream.js';
import { bodyOf, type Request, type Route } from './http/page-server.js';
import type { StaticFiles } from './http/static-files.js';
import type { Visitors } from './http/visitors.js';
import { streamComparison } from './live/comparison-stream.js';
import type { OverviewFeed } from './live/overview.js';
import { streamRun } from './live/run-stream.js';
import { streamStudents } from './live/students-stream.js';
import type { TrainerFeed } from './live/trainer-feed.js';
import { ledgerStep, recomputedRow } from './rows/ledger-rows.js';
import { stepTexts } from './rows/question-rows.js';
import { type Action, steer } from './steer.js';

export interface Parts {
  readonly clients: Clients;
  readonly visitors: Visitors;
  readonly files: StaticFiles;
  readonly streams: EventStreams;
  readonly overview: OverviewFeed;
  readonly trainers: TrainerFeed;
  readonly session: Omit<Session, 'csrf'>;
  /** Folder of what students wrote. */
  readonly completions: string | undefined;
  readonly log: Log;
}

const STEP_MAX = 1_000_000;
/** Run, training, step of the optimizer. */
const STUDENT = /step-\d{1,7}\/dataset-\d{1,4}\/repeat-\d{1,4}|hard-only|pq/;
const COMPLETIONS_PATH = new RegExp(
  `^/api/runs/([^/]+)/completions/(${STUDENT.source})/(\\d{1,7}|evaluation)$`,
);

export function pageRoutes(parts: Parts): Route[] {
  return [...fileRoutes(parts), ...streamRoutes(parts), ...dataRoutes(parts), steerRoute(parts)];
}

function fileRoutes({ files, visitors }: Parts): Route[] {
  return [
    { method: 'GET', path: /^\/$/, open: true, answer: ({ http }) => files.index(visitors.isKnown(http)) },
    {
      method: 'GET',
      path: /^\/(?:page|vendor)\/[\w./-]+$/,
      open: true, // the form to log in needs its style; there is nothing secret in the files
      answer: ({ path }) => files.at(path) ?? notFound(path),
    },
    {
      method: 'POST',
      path: /^\/login$/,
      open: true,
      answer: async (request) => {
        const token = new URLSearchParams(await bodyOf(request)).get('token') ?? '';
        try {
          const cookie = visitors.logIn(token.trim());
          return {
            status: 303,
            type: 'text/plain',
            body: '',
            headers: { location: '/', 'set-cookie': cookie },
          };
        } catch (error) {
          if (error instanceof UserError) return files.loginPage(error.message);
          throw error;
        }
      },
    },
  ];
}

function streamRoutes({ clients, streams, overview, trainers, log }: Parts): Route[] {
  const stream = (
    path: RegExp,
    work: (events: EventStream, id: string, part: string) => Promise<void>,
  ): Route => ({
    method: 'GET',
    path,
    answer: async ({ response, parts: [id = '', part = ''] }) => {
      await streams.during(response, (events) => work(events, id, part));
      return undefined;
    },
  });
  return [
    stream(/^\/api\/events$/, async (events) => {
      await Promise.all([overview.follow(events), trainers.follow(events)]);
    }),
    stream(/^\/api\/runs\/([^/]+)\/events$/, (events, id) => streamRun(events, clients, id)),
    stream(/^\/api\/runs\/([^/]+)\/students\/(step-\d{1,7}|hard-only|pq)\/events$/, (events, id, part) =>
      streamStudents(events, clients, `${id}/${part}`, log),
    ),
    stream(/^\/api\/comparisons\/([^/]+)\/events$/, (events, id) => streamComparison(events, clients, id)),
  ];
}

function dataRoutes({ clients, visitors, session, completions }: Parts): Route[] {
  const step = (path: RegExp, read: (id: string, outerStep: number) => Promise<unknown>): Route => ({
    method: 'GET',
    path,
    answer: async ({ parts }) => json(await read(parts[0] ?? '', stepNumber(parts[1]))),
  });
  const metareward = (): NonNullable<Clients['metareward']> => {
    if (clients.metareward !== undefined) return clients.metareward;
    throw new UserError('the dashboard was started without --metareward', 'FAILED_PRECONDITION');
  };
  return [
    {
      method: 'GET',
      path: /^\/api\/session$/,
      answer: (): Answer => json({ ...session, csrf: visitors.csrf } satisfies Session),
    },
    {
      method: 'GET',
      path: COMPLETIONS_PATH,
      answer: async ({ parts: [id = '', part, step = ''] }) => {
        if (completions === undefined)
          throw new UserError('the dashboard was started without --completions', 'FAILED_PRECONDITION');
        // It names a file: nothing but the id of a run may stand in it.
        if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(id))
          throw new UserError('this is no id of a run', 'NOT_FOUND');
        const which = step === 'evaluation' ? undefined : stepNumber(step);
        return json(await readCompletions(completions, `${id}/${part}`, which));
      },
    },
    step(/^\/api\/runs\/([^/]+)\/steps\/(\d+)\/questions$/, async (id, outerStep) => {
      return stepTexts(outerStep, await clients.runs.listProposals({ id, outerStep }));
    }),
    step(/^\/api\/runs\/([^/]+)\/steps\/(\d+)\/ledger$/, async (runId, firstStep) => {
      const { entries } = await metareward().listLedger({ runId, firstStep, pageSize: 1 });
      const entry = entries.find(({ score }) => score?.outerStep === firstStep);
      if (entry !== undefined) return ledgerStep(entry);
      throw new UserError(`run "${runId}": the ledger has no outer step ${firstStep}`, 'NOT_FOUND');
    }),
    step(/^\/api\/runs\/([^/]+)\/steps\/(\d+)\/recompute$/, async (runId, outerStep) =>
      recomputedRow(await metareward().recompute({ runId, outerStep })),
    ),
  ];
}

function steerRoute({ clients, visitors, session }: Parts): Route {
  return {
    method: 'POST',
    path: /^\/api\/(runs|comparisons)\/([^/]+)\/(pause|resume|cancel)$/,
    answer: async ({ http, parts: [kind, id, action] }: Request) => {
      visitors.requireOurPage(http);
      if (!session.control)
        throw new UserError('this page only shows; start it with --allow-control', 'PERMISSION_DENIED');
      const state = await steer(clients, kind as 'runs' | 'comparisons', id!, action as Action);
      return json({ state });
    },
  };
}

function stepNumber(text: string | undefined): number {
  const step = Number(text);
  if (step <= STEP_MAX) return step;
  throw new UserError(`outer step ${text}: at most ${STEP_MAX}`, 'INVALID_ARGUMENT');
}

function notFound(path: string): never {
  throw new UserError(`${path}: there is no such file`, 'NOT_FOUND');
}
