/**
 * Phrases that announce an answer, in several languages. Only the last announcement counts, and only the sentence after
 * it; "the answer is not 7" announces nothing.
 */

/** The announcement with what belongs to it (a colon, "is"). Alternatives have no nested repetition. */
const ANNOUNCEMENT = new RegExp(
  [
    '####',
    '(?:final|correct|right)?\\s?answers?\\s?(?:\\([^()]{0,20}\\)\\s?)?(?:is|are|will be|would be|must be|should be)(?!\\s+not)(?:\\s?:)?',
    '(?:final|correct)?\\s?answers?\\*{0,2}\\s?[:\\uff1a]\\*{0,2}',
    '\\banswer(?=\\s+(?:\\$|\\\\[(\\[]|[-+]?\\d))',
    '(?:i hope|hence|thus)?\\s?the final (?:result|value) is(?!\\s+not)',
    '(?:最终)?答案(?:应该)?(?:是|为)?\\s?[:\\uff1a]?(?!不)',
    '所以选(?:项)?\\s?[:\\uff1a]?',
    '(?:la\\s+)?r[ée]ponse(?:\\s+(?:finale|correcte))?\\s*(?:est|:)(?!\\s+pas)',
    'respuesta(?:\\s+(?:final|correcta))?\\s*(?:es|:)',
    'risposta(?:\\s+(?:finale|corretta))?\\s*(?:è|:)',
    'resposta(?:\\s+(?:final|correta))?\\s*(?:é|:)',
    'antwort(?:\\s+(?:ist|lautet))?\\s*(?:ist|lautet|:)(?!\\s+nicht)',
    'ответ\\s*(?::|[-—]|равен)',
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

/** The sentence after the last announcement; undefined without one, or when nothing follows it. */
export function afterLastPhrase(text: string): string | undefined {
  let from = -1;
  let count = 0;
  for (const match of text.matchAll(ANNOUNCEMENT)) {
    from = match.index + match[0].length;
    if (++count > ANNOUNCEMENTS_MAX) break;
  }
  if (from < 0) return undefined;
  const rest = text.slice(from).replace(/^[\s*::]+/, '');
  const sentence = firstSentence(rest);
  return sentence === '' ? undefined : sentence;
}

/** Up to a full stop or line end outside formulas; a point inside a number is no full stop. */
function firstSentence(text: string): string {
  let inFormula = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\') {
      const next = text[i + 1];
      if (next === '(' || next === '[') inFormula = true;
      if (next === ')' || next === ']') inFormula = false;
      i++;
    } else if (c === '$') inFormula = !inFormula;
    else if (!inFormula && (c === '\n' || c === '。' || (c === '.' && !/[\d]/.test(text[i + 1] ?? '')))) {
      if (c === '\n' && text.slice(0, i).trim() === '') continue;
      return text.slice(0, i).trim();
    }
  }
  return text.trim();
}
