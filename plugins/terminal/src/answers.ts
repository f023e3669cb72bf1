/** So long the rest of a sequence may take; then it was the key Escape. */
export const ESCAPE_MS = 30;
/** What nobody types has more time: an answer may come in pieces, over a slow line. */
const ANSWER_MS = 1000;
/** No answer is longer. */
const MAX_LENGTH = 8192;

/**
 * What a terminal says by itself, and no key is: reports of focus, of modes, of its version, of colours and titles, of what another program
 * has asked it before.
 */
// oxlint-disable-next-line no-control-regex
export const ANSWER = /\u001b(?:\[[IO]|\[[?<>=][\d;:]*[ -/]*[@-~]|\][\dlL][^\u0000-\u001f\u007f]*(?:\u0007|\u001b\\)|P[ -~]*\u001b\\|_G[ -~]*\u001b\\)/g;
// oxlint-disable-next-line no-control-regex
const BEGUN = /\u001b(?:\[[?<>=]?[\d;:]*[ -/]*|O|\](?:[\dlL][^\u0000-\u001f\u007f]*\u001b?)?|P(?:[ -~]*\u001b?)?|_(?:G[ -~]*\u001b?)?)?$/;

/** What stands at the end and goes on in the next piece, as far as one can know: the beginning of an answer, or of a key. */
export function findBegun(text: string): string {
  const begun = BEGUN.exec(text)?.[0] ?? '';
  return begun.length > MAX_LENGTH ? '' : begun;
}

/** How long to wait for the rest of what has begun. */
export function waitFor(begun: string): number {
  return begun.length > 2 ? ANSWER_MS : ESCAPE_MS;
}
