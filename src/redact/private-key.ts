/** A line of a key may stand behind a number, a file name or a sign of a diff; so much of it is no key. */
const BESIDE_MAX = 80;
/** Further than this nothing belongs to a key. */
const KEY_MAX = 16_384;
const LINE_END = /\r?\n|(?:\\+r)?\\+n/g;
const RUN = /(?:[A-Za-z0-9+/=]|\\+\/){16,}/g;
const LAST_RUN = /[A-Za-z0-9+/=]+(?=[^A-Za-z0-9+/=]*$)/;
const FIELD = /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?/;
const END = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/;

/**
 * Where a private key ends that begins in front of `from`: as it is, in JSON, in a listing or a diff, or the lines that there
 * are of one that was cut. `isOpen` where it may go on behind the end of the text.
 */
export function readPrivateKey(text: string, from: number): { end: number; isOpen: boolean } {
  const last = Math.min(text.length, from + KEY_MAX);
  let end = from;
  let short: number | undefined;
  for (let at = from; at < last;) {
    LINE_END.lastIndex = at;
    const next = LINE_END.exec(text);
    const until = Math.min(next?.index ?? last, last);
    const line = text.slice(at, until);
    const closing = END.exec(line);
    if (closing !== null) return { end: at + closing.index + closing[0].length, isOpen: false };
    if (line.includes('-----END')) return { end: at + line.indexOf('-----END'), isOpen: next === null };
    const runs = [...line.matchAll(RUN)];
    const beside = line.length - runs.reduce((sum, run) => sum + run[0].length, 0);
    if (runs.length > 0 && beside <= BESIDE_MAX) {
      end = at + runs.at(-1)!.index + runs.at(-1)![0].length;
      short = undefined;
    } else if (!FIELD.test(line) && line.trim().length > 4 && at > from) {
      // The last line of a key is short. Two short ones are something else.
      if (line.length > BESIDE_MAX || (short !== undefined && next !== null)) return { end, isOpen: false };
      const tail = LAST_RUN.exec(line);
      short ??= tail === null ? at : at + tail.index + tail[0].length;
    }
    if (next === null) return { end: short === undefined || end === from ? end : Math.max(end, short), isOpen: until === text.length };
    at = until + next[0].length;
  }
  return { end, isOpen: last === text.length };
}
