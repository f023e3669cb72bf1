import { type Check, has, isCount, isEvent, isRecord, isText, list, optional, record } from './event-shape.ts';
import type { TapeLine } from './tape-format.ts';

/** Whether a line holds what can be worked with: whoever reads tapes relies on what is looked at here. What it plays is compared with what was. */
export function isTapeLine(value: unknown): value is TapeLine {
  if (!isRecord(value)) return false;
  const name = Object.keys(LINES).find((key) => key in value);
  return name !== undefined && has(value, LINES[name]!);
}

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isDelta: Check = (value) => Array.isArray(value) && (value[0] === 0 || value[0] === 1 ? isDeltaOf(value, 1) : value[0] === 2 && isDeltaOf(value, 3));
const isDeltas = record({ stamp: isRecord, seq: isCount, atMs: isNumber, list: list(isDelta) });
const isStreamEvent: Check = (value) => typeof value === 'number' ? isCount(value) : Array.isArray(value) ? isDelta(value) : isRecord(value) && (isText(value['type']) || isCount(value['block']));
const isEnd: Check = (value) => isText(value) || has(value, { error: isError });
const isError = record({ code: isText, message: isText });
// What gave nothing is kept as nothing at all.
const isOutcome: Check = (value) => isRecord(value) && (value['error'] === undefined || isError(value['error']));

const isFacts = record({ turnId: isText });
const KINDS: Readonly<Record<string, Check>> = {
  session: record({ facts: record({ cwd: isText, roots: list(isText), plugins: list(isRecord), history: list(isRecord) }) }),
  turn: record({ input: record({ text: isText }), facts: isFacts }),
  call: record({ call: record({ name: isText }), facts: isFacts }),
  model: record({ key: isText, events: list(isRecord), end: isEnd }),
  tool: record({ key: isText, outcome: isOutcome }),
  value: record({ key: isText, outcome: isOutcome }),
  stop: record({ turnId: isText, error: isError }),
  event: () => true,
};
const isOutside: Check = (value) => has(value, { at: isCount, kind: isText }) && KINDS[(value as { kind: string }).kind]?.(value) === true;

/** What a line may be, by the key that tells. */
const LINES: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  tape: { tape: isCount, startedMs: isNumber },
  event: { event: (value) => isRecord(value) && isEvent(value) },
  deltas: { deltas: isDeltas },
  model: { model: record({ key: isText, at: isCount, events: list(isStreamEvent), end: isEnd, deltas: optional(isDeltas), attemptId: optional(isText) }) },
  outside: { outside: isOutside, seq: optional(isCount) },
  full: { full: (value) => value === true },
};

/** Its texts, and then how long and how many events after the one before, where that is said. */
function isDeltaOf(value: readonly unknown[], texts: number): boolean {
  return value.length > texts && value.slice(1, texts + 1).every(isText) && value.slice(texts + 1).every(isNumber);
}
