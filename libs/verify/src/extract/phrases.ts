/**
 * Phrases that announce an answer, in several languages. Only the last announcement counts. What stands before it must
 * lead to it: "so the answer is", but not "the wrong answer is", "twice the answer is" or "unless the answer is".
 */

import { isDoubted } from './doubts.js';
import { isDenied } from './negation.js';
import { anyOf } from './pattern.js';

/** The announcement with what belongs to it (a colon, "is"). Alternatives have no nested repetition. */
const ANNOUNCEMENT = new RegExp(
  [
    '####',
    '(?:final|correct|right)?\\s?answers?\\s?(?:\\([^()]{0,20}\\)\\s?|(?:to|for) [^.?!;,\\n\\d]{1,40} )?' +
      '(?:is|are|will be|would be|must be|should be|turns? out to be' +
      "|comes? (?:out )?to|works out to|becomes|equals)(?!\\s+not|n['’]t)(?:\\s?:)?",
    '✅(?=\\s*[-$\\d\\\\])',
    '(?:final|correct)?\\s?answers?\\*{0,2}\\s?[:\\uff1a]\\*{0,2}',
    '(?:#{1,6}|\\*\\*)\\s?(?:final )?answers?\\s?\\*{0,2}(?=\\s*\\n)',
    '\\banswer(?=\\s+(?:\\$|\\\\[(\\[]|[-+]?\\d))',
    '(?:i hope|hence|thus)?\\s?the final (?:result|value) is(?!\\s+not)',
    '(?:最终)?答案(?:应该)?(?:是|为)?\\s?[:\\uff1a]?(?!不)',
    '所以选(?:项)?\\s?[:\\uff1a]?',
    '(?:la\\s+)?r[ée]ponse(?:\\s+(?:finale|correcte))?\\s*(?:est|:)(?!\\s+pas)',
    'respuesta(?:\\s+(?:final|correcta))?\\s*(?:es|:)',
    'risposta(?:\\s+(?:finale|corretta))?\\s*(?:è|:)',
    'resposta(?:\\s+(?:final|correta))?\\s*(?:é|:)',
    'antwort(?:\\s+(?:ist|lautet))?\\s*(?:ist|lautet|:)(?!\\s+nicht)',
    '(?:ответ|відповідь|отговор|адказ)\\s*(?::|[-—–]|равен|є|е)(?!\\s+не)',
    '(?:het )?antwoord\\s*(?:is|:)(?!\\s+niet)',
    'odpowied(?:ź|zi)[aą]?\\s*(?:to|:|brzmi|jest)(?!\\s+nie)',
    '(?:svaret?|vastaus|odpověď|odpoveď|răspunsul|válasz|απάντηση)\\s*(?:är|er|on|je|este|a|είναι' +
      '|:)(?!\\s+(?:inte|ikke|ei))',
    '(?:התשובה|תשובה)\\s*(?:היא|:)?',
    '(?:پاسخ|جواب)\\s*:?',
    'விடை\\s*:?',
    '(?:答え|解答)は?\\s?[:\\uff1a]?',
    '(?:jawaban(?:nya)?)\\s*(?:adalah|:)',
    'cevap\\s*:?',
    '(?:đáp án|câu trả lời)\\s*(?:là|:)',
    'jibu\\s*(?:ni|:)',
    'उत्तर\\s*(?:है\\s*)?:?',
    'উত্তর\\s*(?:হল\\s*)?:?',
    'సమాధానం\\s*:?',
    'คำตอบ\\s*(?:คือ|:)',
    '(?:الإجابة|الجواب)\\s*(?:هي|هو)?\\s*:?',
    '(?:정답|답)은?\\s?[:\\uff1a]?',
  ].join('|'),
  'giu',
);

/** Announcements looked at; only the last matters. */
const ANNOUNCEMENTS_MAX = 1000;

/** What an announcement leads to. */
export interface Announced {
  readonly text: string;
  /** Announced in English: all words between the announcement and its value must be understood. */
  readonly strict: boolean;
}

/** The text after the last announcement that is meant; undefined without one. */
export function afterLastPhrase(text: string): Announced | undefined {
  let found: Announced | undefined;
  for (const { end, announces, strict } of announcementsIn(text)) {
    if (announces) found = { text: text.slice(end).replace(/^[\s*:：]+/, ''), strict };
  }
  return found === undefined || found.text === '' ? undefined : found;
}

/** Whether `sentence` speaks of an answer without announcing one: its numbers are not what the text answers. */
export function mentionsAnswer(sentence: string): boolean {
  const announcements = announcementsIn(`${sentence} `);
  if (announcements.length === 0) return ABOUT.test(sentence);
  return announcements.some(({ announces }) => !announces);
}

/** "The answer has 7 digits", "the answer minus 2 is 7". */
const ABOUT = new RegExp(
  String.raw`\b(?:the|his|her|their|my|our|your)\s(?:\w+\s)?answer(?:['’]s|,)?\s(?!(?:is|` +
    String.raw`are|we|that|you|i|by|from|with|in|isn['’]t|which|therefore|then|thus|of course|` +
    String.raw`to|for)\b)\w+|\b(?:than|times|half|twice|of|from)\s(?:the|our|my)\s(?:\w+\s)?answer\b`,
  'i',
);

function announcementsIn(text: string): { end: number; announces: boolean; strict: boolean }[] {
  const found: { end: number; announces: boolean; strict: boolean }[] = [];
  for (const match of text.matchAll(ANNOUNCEMENT)) {
    if (found.length >= ANNOUNCEMENTS_MAX) break;
    const strict = /answer|####/i.test(match[0]);
    const before = text.slice(Math.max(0, match.index - BEFORE_WINDOW), match.index);
    const end = match.index + match[0].length;
    const clause = before.slice(before.search(/[^.!?。\n]*$/));
    const announces =
      !isDenied(clause) &&
      !(strict && isDoubted(clause, '')) &&
      !SUPPOSED.test(before) &&
      (!/answer/i.test(match[0]) || LEADING.test(clause) || isAside(clause)) &&
      !ASKED.test(text.slice(end, end + QUESTION_WINDOW));
    found.push({ end, announces, strict });
  }
  return found;
}

/** "if the answer is 5": a case, not an announcement. */
const SUPPOSED =
  /\b(?:if|unless|whether|suppos(?:e|ing)|assum(?:e|ing)|imagine|were)(?:\s(?:that|the|my|our)){0,2}\s?$/i;
/** "By the chain rule the answer is": a phrase about how the answer was found leads to it. */
function isAside(clause: string): boolean {
  return ASIDE.test(clause) && !isDoubted(clause, '');
}

const ASIDE = new RegExp(
  String.raw`^\W*(?:by|using|from|after|applying|with|in|upon|via|combining|adding|simplifying|` +
    String.raw`rounding)\s[^,;:\d]{1,60}\s(?:the|our|my)(?:\s(?:final|correct|desired))?\s?$`,
  'i',
);

/** Words that lead to "the answer is": connectives and verbs of concluding. */
const LEADS_TO = anyOf(`
  so|thus|therefore|hence|then|and|but|that|now|finally|actually|overall|again|altogether|because|since|as
  means?|conclude|find|get|see|have|obtain|think|believe|know|gives?|giving|makes?|making|is|where|here
  yes|no|ok|okay
`);
const ADJECTIVES = anyOf(`
  the|our|my|your|this|an?|final|correct|right|exact|simplified|numerical|numeric|required|desired|complete
  actual|overall|only|best|true|real|total|full|closest|short
`);
/** What may stand right before "answer is". */
const LEADING = new RegExp(
  String.raw`(?:^|[,;:—–)\]$*#>|"'-]|\b${LEADS_TO})\s*(?:${ADJECTIVES}(?:\s+|$)|[\s*#_"'(>]){0,5}$`,
  'i',
);
/**
 * "the answer is 5?": a question announces nothing. A full stop inside a number ends no sentence.
 */
const ASKED = /^(?:[^.\n。?？؟]|\.\d)*[?？؟]/;
const QUESTION_WINDOW = 120;
/** Characters before an announcement that are looked at. */
const BEFORE_WINDOW = 80;
