export type Matcher = (value: string) => boolean;

const EVERYTHING: Matcher = () => true;
/** With these characters alone a matcher is a list of exact names; any other makes it a regular expression. */
const LIST = /^[\w\- ,|]+$/;

/**
 * What a matcher matches: everything when it is empty or `*`, else one of a list of exact names, else what the regular expression
 * is found in, anywhere.
 * @throws SyntaxError when it is no regular expression
 */
export function toMatcher(text: string | undefined): Matcher {
  if (text === undefined || text === '' || text === '*') return EVERYTHING;
  if (LIST.test(text)) {
    const names = new Set(text.split(/[|,]/).map((name) => name.trim()).filter((name) => name !== ''));
    return (value) => names.has(value);
  }
  const pattern = new RegExp(text);
  return (value) => pattern.test(value);
}
