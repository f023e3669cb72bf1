/** One word or phrase that is searched for. */
export interface Term {
  /** Every place where it stands in a text, whatever its case. */
  pattern: RegExp;
  /** What the bytes of a transcript must hold, each read as one character, where the term is in it. A line that holds it need not. */
  bytes: readonly RegExp[];
}

/** Words, and phrases in quotes; a quote within a word is a part of it. */
export function parseTerms(text: string): string[] {
  return [...text.normalize('NFC').matchAll(/"(.+?)"(?=\s|$)|(\S+)/gsu)].map(([, phrase, word]) => (phrase ?? word)!.trim()).filter((term) => term !== '');
}

export function toTerm(term: string): Term {
  const words = term.split(/\s+/);
  return { pattern: new RegExp(words.map(escapeRegex).join('\\s+'), 'gi'), bytes: words.map((word) => new RegExp(Array.from(word, toBytes).join(''), 'i')) };
}

/** A character as JSON has it in UTF-8: in both cases, and put together of a letter and its marks or not. */
function toBytes(character: string): string {
  if (character === '"' || character === '\\') return escapeRegex(`\\${character}`);
  if (/^[\x20-\x7e]$/.test(character)) return escapeRegex(character);
  const spellings = [character, character.toLowerCase(), character.toUpperCase()].flatMap((spelling) => [spelling.normalize('NFC'), spelling.normalize('NFD')]);
  return `(?:${[...new Set(spellings)].map((spelling) => escapeRegex(Buffer.from(JSON.stringify(spelling).slice(1, -1)).toString('latin1'))).join('|')})`;
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
