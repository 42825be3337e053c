/** `soar verify`: grades a file of answers in this process, without any service. */
import { gradingOptions } from '@soar/domains';
import type { Command } from 'commander';
import { DOMAIN_HELP, domainGradedHere } from '../domains/chosen-domain.js';
import { writeText } from '../files.js';
import { gradePair, readPairs } from '../pairs.js';
import { optionPair } from './option-parsers.js';

interface VerifyFlags {
  readonly input: string;
  readonly output?: string;
  readonly domain: string;
  readonly option?: Readonly<Record<string, unknown>>;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('grade answers in a file')
    .description(
      'Reads rows {"id", "gold", "response"} and writes lines {"id", "verdict", "extracted", "stage"} in the same ' +
        'order. A wrong answer is a verdict, not an error; if a row is malformed, nothing is written.',
    )
    .requiredOption(
      '--input <file>',
      'rows of {id, gold, response}: JSONL, or a format of problems; "-" is stdin',
    )
    .option('--output <file>', 'JSONL of verdicts, written whole or not at all (default: stdout)')
    .option('--domain <name>', `domain that grades the answers: ${DOMAIN_HELP.split(', or')[0]}`, 'math')
    .option('--option <name=value>', 'option of the domain, for every row; repeatable', optionPair)
    .addHelpText(
      'after',
      `
A row may set its own options, in "options": {...} or beside "id" (strict, precision, precision_abs, language).
Verdicts: CORRECT, INCORRECT, NO_ANSWER, GOLD_UNPARSEABLE, UNDECIDED, TIMEOUT.

Examples:
  soar verify --input answers.jsonl --output verdicts.jsonl
  echo '{"id":"1","gold":"1/2","response":"so it is \\\\boxed{0.5}"}' | soar verify --input -`,
    )
    .action(async (flags: VerifyFlags) => {
      const domain = await domainGradedHere(flags.domain);
      const pairs = await readPairs(flags.input);
      const options = gradingOptions(flags.option ?? {});
      const counts = new Map<string, number>();
      let text = '';
      for (const pair of pairs) {
        const graded = gradePair(domain, pair, options);
        counts.set(graded.verdict, (counts.get(graded.verdict) ?? 0) + 1);
        text += `${JSON.stringify(graded)}\n`;
      }
      if (flags.output === undefined) process.stdout.write(text);
      else await writeText(flags.output, text);
      const summary = [...counts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([verdict, count]) => `${count} ${verdict}`);
      process.stderr.write(`${pairs.length} graded: ${summary.join(', ')}\n`);
    });
}
