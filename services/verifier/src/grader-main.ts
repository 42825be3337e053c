/**
 * A grading process: reads chunks from its parent, grades them item by item, answers. It has no limits of its own; the
 * parent kills it when an item takes too long, and V8's heap limit when one takes too much memory.
 *
 * `argv[2]` is the module that has `domainNamed`: @soar/domains, unless a test passes another. A domain that a request
 * defines itself comes with the chunk.
 */
import { messageOf } from '@soar/core';
import { answerPart, type Domain, gradedHere } from '@soar/domains';
import type { Chunk, Item, Reply, Result, Task } from './grading.js';
import { ProgressWriter } from './progress.js';

const { domainNamed } = (await import(process.argv[2]!)) as { domainNamed: (name: string) => Domain };
const progress = new ProgressWriter();

function grade(domain: Domain, task: Task, item: Item): Result {
  try {
    if (task.kind === 'parse') return domain.parseAnswer(item.text);
    const startMs = performance.now();
    const verification = domain.verify(item.gold, answerPart(item.text), {
      ...task.options,
      ...item.options,
    });
    return { ...verification, microseconds: Math.round(1000 * (performance.now() - startMs)) };
  } catch (error) {
    // Domains promise not to throw. One that does must not spoil the other items, nor pass its answer as right or
    // wrong.
    process.stderr.write(`grading: domain ${task.domain} failed on an item: ${messageOf(error)}\n`);
    if (task.kind === 'parse') return { ok: false, reason: 'the domain failed on it' };
    const nothing = { extracted: undefined, boxed: false, goldOccurs: false, microseconds: 0 };
    return { verdict: 'UNDECIDED', stage: 'failed', ...nothing };
  }
}

function send(reply: Reply): void {
  // A parent that is gone is no error here: 'disconnect' ends this process, and nothing is left to report to.
  process.send!(reply, undefined, undefined, () => {});
}

process.on('message', ({ serial, task, items }: Chunk) => {
  const domain = task.definition === undefined ? domainNamed(task.domain) : gradedHere(task.definition);
  const results = items.map((item, index) => {
    progress.write(serial, index);
    return grade(domain, task, item);
  });
  progress.write(serial, items.length);
  send({ kind: 'graded', serial, results });
});
process.on('disconnect', () => process.exit(0));
send({ kind: 'ready' });
