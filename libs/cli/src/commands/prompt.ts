/** `soar prompt`: exactly what a model is asked, as text and as token ids. */
import type { PromptConfig } from '@soar/contracts';
import { printable } from '@soar/core';
import {
  askedModel,
  chatsOrTexts,
  promptIds,
  studentPrompts,
  teacherPrompt,
  type AskedModel,
  type Prompts,
} from '@soar/prompts';
import { readBaseConfig } from '@soar/runtime';
import { Argument, type Command } from 'commander';
import { DOMAIN_HELP, domainFrom, type ChosenDomain, domainIn } from '../domains/chosen-domain.js';
import { requireModelFolder } from '../import-model.js';
import {
  addProblemFlags,
  collected,
  PROBLEMS_HELP,
  readSelected,
  type ProblemFlags,
} from './problem-flags.js';
import { loadRunConfig } from '../run-config.js';

interface PromptFlags extends ProblemFlags {
  readonly model: string;
  readonly config?: string;
  readonly domain: string;
  readonly problems?: readonly string[];
  readonly json?: boolean;
}

const QUESTION_DEFAULT = 'What is 12 + 30?';

export function addPrompt(program: Command): void {
  const command = program
    .command('prompt')
    .summary('print what student and teacher are asked')
    .description(
      'Prints the prompts of a model and a configuration as the model sees them: text and token ids, what an answer ' +
        'ends with, and whether they are chats.',
    )
    .addArgument(new Argument('[question]', 'the question put to the student').default(QUESTION_DEFAULT))
    .requiredOption('--model <dir>', 'model: a Hugging Face folder')
    .option('--config <file>', 'configuration of a run (default: the prompts of --domain)')
    .option('--domain <name>', `domain, where no configuration names one: ${DOMAIN_HELP}`, 'math')
    .option('--problems <path>', `the first question of these instead: ${PROBLEMS_HELP}`, collected)
    .option('--json', 'print JSON on stdout instead of text');
  addProblemFlags(command)
    .addHelpText(
      'after',
      `
Examples:
  soar prompt --model base/
  soar prompt --model base/ --config run.yaml 'What is 7 * 8?'`,
    )
    .action(async (question: string, flags: PromptFlags) => {
      const { domain, student, teacher } = await askedIn(flags);
      const asked =
        flags.problems === undefined
          ? question
          : (await readSelected(flags.problems, { ...flags, limit: 1 })).problems[0]!.question;
      const { folder, base = folder } = requireModelFolder(flags.model);
      const { eosTokenIds, vocabSize } = readBaseConfig(base);
      const model = await askedModel(base, { eosIds: eosTokenIds, modelVocabSize: vocabSize });
      const { text, messages, stop } = teacherPrompt(domain.asked, teacher);
      const [texts, chats] = [text === undefined ? [] : [text], messages === undefined ? [] : [messages]];
      const shown = [
        show('student', model, eosTokenIds, await studentPrompts(model, domain.asked, student, [asked])),
        show('teacher', model, eosTokenIds, await chatsOrTexts(model, { texts, chats }, stop)),
      ];
      if (flags.json === true) process.stdout.write(`${JSON.stringify(Object.fromEntries(shown))}\n`);
      else process.stdout.write(printable(shown.map(([who, prompt]) => formatted(who, prompt)).join('\n')));
    });
}

async function askedIn({ config: file, domain }: PromptFlags): Promise<{
  readonly domain: ChosenDomain;
  readonly student?: PromptConfig | undefined;
  readonly teacher?: PromptConfig | undefined;
}> {
  if (file === undefined) return { domain: await domainFrom(domain) };
  const config = await loadRunConfig(file);
  return { domain: domainIn(config), student: config.student!.prompt, teacher: config.teacher!.prompt };
}

interface Shown {
  /** The file of the chat template; null for raw text. */
  readonly chatTemplate: string | null;
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly stop: readonly string[];
  readonly endTokens: readonly { readonly id: number; readonly text: string }[];
}

function show(who: string, model: AskedModel, eosIds: readonly number[], prompts: Prompts): [string, Shown] {
  const { tokenizer, chatTemplate } = model;
  const { texts, stop, endIds, isChat } = prompts;
  const text = texts[0]!;
  const ends = [...new Set([...eosIds, ...endIds])];
  return [
    who,
    {
      chatTemplate: isChat ? chatTemplate!.where : null,
      text,
      tokenIds: promptIds(model, prompts, text),
      stop,
      endTokens: ends.map((id) => ({ id, text: tokenizer.decode([id], { skipSpecialTokens: false }) })),
    },
  ];
}

function formatted(who: string, { chatTemplate, text, tokenIds, stop, endTokens }: Shown): string {
  const ends = endTokens.map((token) => `${JSON.stringify(token.text)} (${token.id})`);
  const lines = [
    `--- ${who}: ${chatTemplate === null ? 'raw text' : `chat, ${chatTemplate}`}, ${tokenIds.length} tokens`,
    text,
    `--- ids: ${tokenIds.join(' ')}`,
    `--- an answer ends with: ${[...ends, ...stop.map((each) => JSON.stringify(each))].join(', ') || 'its length'}`,
  ];
  return `${lines.join('\n')}\n`;
}
