/** What a person is writing behind an `@`, up to the cursor. */
export interface MentionPart {
  /** Where the `@` is. */
  from: number;
  /** Where what is replaced ends: behind the rest of the name. */
  to: number;
  /** Without the `@`, its quote and its backslashes. */
  query: string;
}

// A mention stands at the beginning, or behind a space or an opening bracket; this is the way in which they are read.
const UNTIL_CURSOR = /(?<![^\s([{,;])@(?:"([^"\n]{0,4096})|((?:\\ |(?!,@)[^\s"'`<>|\p{Cc}\p{Cf}\p{Cs}]){0,4096}))$/u;
const REST_QUOTED = /^[^"\n]*"?/;
const REST = /^(?:\\ |(?!,@)[^\s"'`<>|\p{Cc}\p{Cf}\p{Cs}])*/u;
/** A name of these alone is read as it is, wherever the sentence ends. */
const PLAIN = /^(?:[\p{L}\p{N}_.+~/-]*[\p{L}\p{N}_/+-])$/u;

/** @returns nothing where the cursor stands in no mention; an address is completed by nobody */
export function findMentionPart(text: string, cursor: number): MentionPart | undefined {
  const found = UNTIL_CURSOR.exec(text.slice(0, cursor));
  if (found === null) return undefined;
  const [whole, quoted, plain] = found;
  const rest = text.slice(cursor);
  const to = cursor + (quoted === undefined ? REST : REST_QUOTED).exec(rest)![0].length;
  const query = quoted ?? plain!.replaceAll('\\ ', ' ');
  return /^https?:/i.test(query) ? undefined : { from: cursor - whole.length, to, query };
}

/** A path as it is mentioned: in quotes where its name holds what would end it. Nothing for a name that no mention can hold; two backticks are code, two backslashes in front another computer. */
export function toMention(path: string): string | undefined {
  if (PLAIN.test(path) && !/^https?:/i.test(path)) return `@${path}`;
  return path.length > 4096 || path.startsWith('\\\\') || /["`\n\p{Cc}\p{Cf}\p{Cs}]/u.test(path) ? undefined : `@"${path}"`;
}
