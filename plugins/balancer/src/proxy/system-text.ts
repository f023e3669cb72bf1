import type { BodyFacts, Span } from './scan-body.ts';
import { at, skipSpace, skipValue, toText } from './scan-json.ts';

/** More system messages than that at the beginning are not looked at. */
const MESSAGES_MAX = 8;
/** Longer messages of a user are not searched for folders. */
const FIRST_BYTES_MAX = 256 * 1024;
const COMMA = 0x2c;
const LIST = 0x5b;

/** What a request says before the conversation: `system` or `instructions`, and messages of the roles system and developer that come first. */
export function systemText(bytes: Buffer, { system, messages }: Pick<BodyFacts, 'system' | 'messages'>): string | undefined {
  const texts = [system === undefined ? undefined : contentText(bytes, system), ...leading(bytes, messages).texts].filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** The first message that is not of these, where it names a CLAUDE.md: programs say there which folder they work in. */
export function firstText(bytes: Buffer, { messages }: Pick<BodyFacts, 'messages'>): string | undefined {
  if (messages === undefined) return undefined;
  const named = bytes.indexOf('CLAUDE.md', messages.start);
  if (named === -1 || named >= messages.end) return undefined;
  const { next } = leading(bytes, messages);
  if (next === undefined || next.end - next.start > FIRST_BYTES_MAX || named >= next.end) return undefined;
  return toContent(parse(bytes, next));
}

function leading(bytes: Buffer, messages: Span | undefined): { texts: (string | undefined)[]; next?: Span } {
  const texts: (string | undefined)[] = [];
  if (messages === undefined || bytes[messages.start] !== LIST) return { texts };
  let start = skipSpace(bytes, messages.start + 1);
  for (let count = 0; count < MESSAGES_MAX && start < messages.end; count++) {
    const span = { start, end: Math.min(messages.end, skipValue(bytes, start)) };
    if (!isSystem(bytes, span)) return { texts, next: span };
    texts.push(toContent(parse(bytes, span)));
    const comma = skipSpace(bytes, span.end);
    if (at(bytes, comma) !== COMMA) break;
    start = skipSpace(bytes, comma + 1);
  }
  return { texts };
}

/** Most messages are not, and need not be parsed to know it. */
function isSystem(bytes: Buffer, span: Span): boolean {
  const text = bytes.subarray(span.start, span.end);
  if (text.indexOf('"system"') === -1 && text.indexOf('"developer"') === -1) return false;
  const { role } = (parse(bytes, span) ?? {}) as { role?: unknown };
  return role === 'system' || role === 'developer';
}

const toContent = (message: unknown): string | undefined => joinTexts((message as { content?: unknown } | null | undefined)?.content);

function contentText(bytes: Buffer, span: Span): string | undefined {
  return toText(bytes, span) ?? joinTexts(parse(bytes, span));
}

/** Text, or blocks with text. */
function joinTexts(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? content.map((block: { text?: unknown } | null) => (typeof block?.text === 'string' ? block.text : '')).join('\n') : undefined;
}

function parse(bytes: Buffer, { start, end }: Span): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return undefined; // Cut off, or no JSON: the server will say so.
  }
}
