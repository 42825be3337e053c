/**
 * Whether a number in an English sentence without an announcement is what the sentence states: a verb or an equals sign
 * governs it, or it is the subject itself. "After 7 attempts", "[3]" and "these 7" state nothing.
 */
import { anyOf } from './pattern.js';
import type { Span } from './spans.js';

/** Words of other languages in Latin letters, none of which is an English one. */
export const FOREIGN = new RegExp(
  String.raw`[^\x00-\x7f‘’“”–—…✓✅≤≥≠×·÷−°€£²³√π∞½]|(?<!\p{L})(?:der|die|das|und|ist|sind|` +
    String.raw`hat|haben|le|la|les|des|est|et|il|elle|reste|el|los|las|es|son|que|tiene|hay|` +
    String.raw`una?|il|gli|è|sono|ha|o|os|as|um|uma|tem|het|een|en|zijn|jest|ma|bir|adalah|` +
    String.raw`ni|är|ett)(?!\p{L})`,
  'iu',
);

/** Words before a number that no verb governs: "after 7 attempts", "[3]", "these 7". */
const UNGOVERNED = new RegExp(
  String.raw`(?:^|[([{#:;,.!?"]|(?<!\p{L})` +
    anyOf(`
      after|before|by|at|from|to|with|within|on|in|into|for|than|per|over|under|until|till|since|during|between|among
      any|as|like|or|and|the|these|those|all|other|next|last|first|another|some|every|both|which|if|when|while|because
      version|no|number|point|item|try|attempt|day|round|level|grade|room|exercise|case|method|part|team|player
    `) +
    String.raw`)\s*$`,
  'iu',
);

/** Adverbs between a verb and its number. */
const MEASURING = /\b(?:an? (?:total|average) of|on average|in total|up|about|only|exactly|up to)\s*$/i;
/** "It rises by 12%". */
const GOVERNING = new RegExp(
  String.raw`\b(?:(?:in|de)creases?d? by|r(?:ises?|ose) by|f(?:alls?|ell) by|drop(?:s|ped)? by|` +
    String.raw`gr(?:ows?|ew) by|(?:fell|falls?|rose|rises?|drop\w*|increas\w+|decreas\w+|grew|` +
    String.raw`came|comes?|amounts?|adds? up|sums?|equal|simplif\w+|evaluat\w+|reduc\w+|belongs?) to|` +
    String.raw`(?:ends?|ended|wound|finish\w*|comes?) up with|left (?:(?:her|him|them|us|me) )?with)\s*$`,
  'i',
);
/** The end, or what the number is not. */
const AND_NOT = /^\s*(?:\.?$|,?\s*(?:and|but)?\s*not\s)/i;
/** "500 tickets were sold": the number and its noun are the subject. */
const SUBJECT = new RegExp(
  String.raw`^(?:[%\\]|percent)*(?:\s(?!(?:is|are|was|were)\b)\p{L}+){0,3}(?:\s(?:are|were|` +
    String.raw`was|is|will|have|had|remain\p{L}*|left|came|sold|went|need|needed)(?!\p{L})|` +
    String.raw`\.?$)`,
  'iu',
);

/** Whether a verb, or the equals sign of a chain, governs a number, or the number is the subject itself. */
export function isGoverned(text: string, { start, end }: Span): boolean {
  const [before, value] = [text.slice(0, start), text.slice(start, end)];
  if (value.includes('=')) return true;
  if (before.replace(MEASURING, '').trim() === '' && AND_NOT.test(text.slice(end))) return true;
  if (/(?:^|,\s)$/.test(before)) return SUBJECT.test(text.slice(end)) && !/[;:]/.test(before);
  const verb = before.replace(MEASURING, '');
  if (/\bat\s$/i.test(verb))
    return /^\d{1,2}:\d{2}/.test(value) || /^\s?(?:°|degrees|percent|%|mph|km)/.test(text.slice(end));
  return GOVERNING.test(verb) || !UNGOVERNED.test(verb);
}
