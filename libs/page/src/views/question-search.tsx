/**
 * Search over the questions of all outer steps. They are read step by step, so a first result is there at once, and a
 * search through thousands of steps can be stopped.
 */
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { plural, visible } from '../format.js';
import type { Question, Run, StepTexts } from '../index.js';
import { hashOf } from '../route.js';
import { apiPath, fetchJson } from '../session.js';
import { QuestionTable } from './run-questions.js';

const FOUND_MAX = 200;

interface Found extends Question {
  readonly step: number;
}

interface Search {
  readonly words: string;
  readonly found: readonly Found[];
  readonly read: number;
  readonly isDone: boolean;
  readonly problem: string;
}

export function QuestionSearch({ run }: { readonly run: Run }): VNode {
  const [search, setSearch] = useState<Search>();
  const abort = useRef<AbortController>();
  const start = (words: string): void => {
    abort.current?.abort();
    if (words === '') return setSearch(undefined);
    const own = new AbortController();
    abort.current = own;
    void searchSteps(run, words, own.signal, setSearch);
  };
  return (
    <section aria-labelledby="search" class="find">
      <h2 id="search">Find in all steps</h2>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          start(
            String(new FormData(event.currentTarget).get('words') ?? '')
              .trim()
              .toLowerCase(),
          );
        }}
      >
        <label>
          <span class="hidden">Words in a question or an answer</span>
          <input type="search" name="words" placeholder="Words in a question or an answer" />
        </label>
        <button type="submit">Find</button>
        {search !== undefined && !search.isDone && (
          <button type="button" onClick={() => abort.current?.abort()}>
            Stop
          </button>
        )}
      </form>
      {search !== undefined && <Results run={run} search={search} />}
    </section>
  );
}

function Results({ run, search }: { readonly run: Run; readonly search: Search }): VNode {
  const { found, read, isDone, problem } = search;
  const bound = found.length >= FOUND_MAX ? ', and no more are looked for' : '';
  return (
    <>
      <p class="soft number" role="status">
        {plural(found.length, 'question')} found in {plural(read, 'step')}
        {bound}
        {isDone ? '.' : `; ${run.steps.length - read} to go`}
      </p>
      {problem !== '' && <p class="failure">{visible(problem)}</p>}
      {found.length > 0 && (
        <QuestionTable
          label="Questions found"
          questions={found.map(({ step, ...question }) => ({
            ...question,
            href: hashOf({ view: 'run', id: run.id, tab: 'questions', step }),
            from: `step ${step}`,
          }))}
        />
      )}
    </>
  );
}

async function searchSteps(
  { id, steps }: Run,
  words: string,
  signal: AbortSignal,
  show: (search: Search) => void,
): Promise<void> {
  const found: Found[] = [];
  let read = 0;
  let problem = '';
  try {
    for (const { step } of [...steps].reverse()) {
      signal.throwIfAborted();
      const { questions } = await fetchJson<StepTexts>(
        apiPath('runs', id, `steps/${step}/questions`),
        signal,
      );
      read++;
      for (const question of questions)
        if (`${question.question}\n${question.answer}`.toLowerCase().includes(words))
          found.push({ ...question, step });
      show({ words, found: found.slice(0, FOUND_MAX), read, isDone: false, problem });
      if (found.length >= FOUND_MAX) break;
    }
  } catch (error) {
    if (!signal.aborted) problem = error instanceof Error ? error.message : String(error);
  }
  show({ words, found: found.slice(0, FOUND_MAX), read, isDone: true, problem });
}
