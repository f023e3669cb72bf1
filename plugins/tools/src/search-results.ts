const MAX_RESULTS = 20;
const MAX_TEXT = 500;
/** How deep a list of results may lie: `web.results` of one server, `results` of another. */
const MAX_DEPTH = 3;

/** What the servers call the same three things. */
const ADDRESS = ['url', 'link', 'href'];
const TITLE = ['title', 'name', 'heading'];
const TEXT = ['snippet', 'description', 'content', 'summary', 'text', 'body'];

type Entry = Readonly<Record<string, unknown>>;

/** The results in a JSON answer as lines: title, address, text. Nothing where it is no JSON, or no list of results is in it. */
export function formatResults(json: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined; // Some other text, which is shown as it is.
  }
  const found = findList(value, MAX_DEPTH);
  if (found === undefined) return undefined;
  const shown = found.slice(0, MAX_RESULTS).map((entry, index) => {
    const lines = [pick(entry, TITLE) ?? '', pick(entry, ADDRESS)!, cut(pick(entry, TEXT) ?? '')].filter((line) => line !== '');
    return `${index + 1}. ${lines.join('\n   ')}`;
  });
  const more = found.length - shown.length;
  return [...shown, ...(more > 0 ? [`[${more} more]`] : [])].join('\n');
}

/** The first list, from the outside in, whose entries have an address. */
function findList(value: unknown, depth: number): Entry[] | undefined {
  if (Array.isArray(value)) {
    const entries = value.filter((each): each is Entry => isEntry(each) && pick(each, ADDRESS) !== undefined);
    return entries.length > 0 ? entries : undefined;
  }
  if (!isEntry(value) || depth === 0) return undefined;
  const [lists, others] = [true, false].map((wanted) => Object.values(value).filter((each) => Array.isArray(each) === wanted));
  return findFirst(lists!, depth) ?? findFirst(others!, depth - 1);
}

function findFirst(values: readonly unknown[], depth: number): Entry[] | undefined {
  for (const value of values) {
    const found = findList(value, depth);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null;
}

function pick(entry: Entry, keys: readonly string[]): string | undefined {
  const found = keys.map((key) => entry[key]).find((value) => typeof value === 'string' && value.trim() !== '');
  return typeof found === 'string' ? toPlain(found) : undefined;
}

/** In one line, without the marks that servers put around what was found. */
function toPlain(text: string): string {
  return text.replace(/<\/?(?:b|em|i|mark|strong)>/gi, '').replace(/\s+/g, ' ').trim();
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT).toWellFormed()}…` : text;
}
