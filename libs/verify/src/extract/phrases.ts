/**
 * Phrases that announce an answer, in several languages. Only the last announcement counts, and only the sentence after
 * it; "the answer is not 7" announces nothing.
 */

import { isDenied } from './negation.js';

/** The announcement with what belongs to it (a colon, "is"). Alternatives have no nested repetition. */
const ANNOUNCEMENT = new RegExp(
  [
    '####',
    '(?:final|correct|right)?\\s?answers?\\s?(?:\\([^()]{0,20}\\)\\s?)?(?:is|are|will be|would be|must be' +
      '|should be)(?!\\s+not)(?:\\s?:)?',
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

/** The text after the last announcement that is not denied; undefined without one. */
export function afterLastPhrase(text: string): string | undefined {
  let from = -1;
  let count = 0;
  for (const match of text.matchAll(ANNOUNCEMENT)) {
    if (++count > ANNOUNCEMENTS_MAX) break;
    const before = text.slice(Math.max(0, match.index - DENIAL_WINDOW), match.index);
    const end = match.index + match[0].length;
    if (isDenied(before.slice(before.search(/[^.\n]*$/))) || SUPPOSED.test(before)) continue;
    if (!ASKED.test(text.slice(end, end + QUESTION_WINDOW))) from = end;
  }
  if (from < 0) return undefined;
  const rest = text.slice(from).replace(/^[\s*:：]+/, '');
  return rest === '' ? undefined : rest;
}

/** "if the answer is 5": a case, not an announcement. */
const SUPPOSED =
  /\b(?:if|unless|whether|suppos(?:e|ing)|assum(?:e|ing)|were)(?:\s(?:that|the|my|our)){0,2}\s?$/i;
/**
 * "the answer is 5? No": a question followed by more text announces nothing. A full stop inside a number ends no
 * sentence.
 */
const ASKED = /^(?:[^.\n。?？؟]|\.\d)*[?？؟]\s*\S/;
const QUESTION_WINDOW = 120;
/** Characters before an announcement in which "I doubt that" is looked for. */
const DENIAL_WINDOW = 60;
