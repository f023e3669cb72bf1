import { escapeControl } from '@pith/kernel';
import { cutLine, textOf as toPlain, widthOf } from '@pith/screen';
import { formatParagraph, formatTable, screenWidth } from '@pith/table';
import { toTimeText } from '../../account/time-text.ts';
import { toRouteWords } from '../../limit/words.ts';
import type { Payload, PayloadSide } from '../payloads.ts';
import type { StoredRequest } from '../query/requests.ts';
import { toDollars, toDuration, toErrorWords } from './words.ts';

export interface ShowOptions { nameOf: (id: string | null) => string; nowMs: number; width?: number }

interface Column { title: string; /** Where there is no room, those with the highest go first. */ rank: number; /** As wide as it mostly is, for lines that come one by one. */ width: number; cell: (request: StoredRequest, options: ShowOptions) => string }

const COLUMNS: readonly Column[] = [
  { title: 'TIME', rank: 0, width: 8, cell: ({ atMs }, { nowMs }) => toTimeText(atMs, nowMs) },
  { title: 'STATUS', rank: 0, width: 9, cell: toStatus },
  { title: 'ACCOUNT', rank: 1, width: 12, cell: ({ accountId }, { nameOf }) => nameOf(accountId) },
  { title: 'TOOK', rank: 3, width: 8, cell: ({ durationMs }) => toDuration(durationMs) },
  { title: 'FIRST', rank: 8, width: 8, cell: ({ firstByteMs }) => (firstByteMs === null ? '' : toDuration(firstByteMs)) },
  { title: 'IN', rank: 6, width: 7, cell: ({ inputTokens }) => toText(inputTokens) },
  { title: 'CACHED', rank: 7, width: 7, cell: ({ cacheReadTokens }) => toText(cacheReadTokens) },
  { title: 'OUT', rank: 5, width: 6, cell: ({ outputTokens }) => toText(outputTokens) },
  { title: 'USD', rank: 2, width: 7, cell: ({ costMicroUsd }) => (costMicroUsd === null ? '' : toDollars(costMicroUsd)) },
  { title: 'AGENT', rank: 9, width: 12, cell: ({ agent }) => agent ?? '' },
  { title: 'REQUEST', rank: 10, width: 19, cell: ({ id }) => id },
  { title: 'MODEL', rank: 0, width: 26, cell: (request) => modelOf(request) ?? '-' },
  { title: 'NOTE', rank: 4, width: 16, cell: toNote },
];
/** Of the last column, whose end may be cut. */
const LAST_WIDTH = 16;

/** A table with as many columns as the screen has room for. */
export function formatRequests(requests: readonly StoredRequest[], options: ShowOptions): string {
  const width = options.width ?? screenWidth();
  const cells = new Map(COLUMNS.map((column) => [column, requests.map((request) => escapeControl(column.cell(request, options)))]));
  const columns = fit(COLUMNS.filter((column) => cells.get(column)!.some((cell) => cell !== '')), width, (column) => Math.max(column.title.length, ...cells.get(column)!.map(widthOf)));
  return formatTable(columns.map(({ title }) => title), requests.map((_, row) => columns.map((column) => cells.get(column)![row]!)), width);
}

/** The same as lines that come one by one. */
export function formatHead(width = screenWidth()): string {
  return toLine(width, ({ title }) => title);
}

export function formatLine(request: StoredRequest, options: ShowOptions): string {
  return toLine(options.width ?? screenWidth(), ({ cell }) => escapeControl(cell(request, options)));
}

/** All that is known of one, and what went to and fro where that was kept. */
export function formatRequest(request: StoredRequest, { payload, keyNameOf, ...options }: ShowOptions & { payload: Payload | undefined; keyNameOf: (id: string | null) => string }): string {
  const { nameOf, nowMs, width = screenWidth() } = options;
  const facts: readonly (readonly [string, string | number | null])[] = [
    ['Request', request.id], ['Time', `${toTimeText(request.atMs, nowMs)}, for ${toDuration(request.durationMs)}${request.firstByteMs === null ? '' : `, ${toDuration(request.firstByteMs)} to the first byte`}`],
    ['Came by', request.via === 'turn' ? 'a turn of pith' : 'the proxy'], ['Address', `${request.method} ${request.path}`], ['Status', toStatus(request)], ['Error', request.error === null ? null : toErrorWords(request.error)],
    ['Account', `${nameOf(request.accountId)}${request.route === null ? '' : `, ${toRouteWords(request.route)}`}${request.attempts > 1 ? `, after ${request.attempts} attempts` : ''}`],
    ['Model', [...new Set([request.askedModel, request.sentModel, request.model].filter((model) => model !== null))].join(' → ') || null],
    ['Tokens', `${toText(request.inputTokens) || '?'} in, ${toText(request.outputTokens) || '?'} out, ${toText(request.cacheReadTokens) || '?'} from the cache, ${toText(request.cacheWriteTokens) || '?'} to it`],
    ['Speed', request.tokensPerSecond === null ? null : `${request.tokensPerSecond} tokens a second`],
    ['Cost', request.costMicroUsd === null ? 'not known' : `${toDollars(request.costMicroUsd)} USD${request.priceDate === null ? '' : `, by prices of ${request.priceDate}`}`],
    ['Agent', request.agent], ['Project', request.project], ['Conversation', request.conversation], ['Client key', request.clientKeyId === null ? null : keyNameOf(request.clientKeyId)], ['Bytes', `${request.requestBytes} up, ${request.replyBytes} down`],
  ];
  const lines = facts.flatMap(([label, value]) => (value === null ? [] : [formatParagraph(escapeControl(String(value)), width, label.padEnd(14))]));
  return [...lines, ...payload === undefined ? [] : ['', formatSide('Sent', payload.request), '', formatSide('Received', payload.reply)]].join('\n');
}

function formatSide(title: string, { headers, body, bytes, isCut }: PayloadSide): string {
  const text = body === null ? `[${bytes} bytes that are no text]` : `${body}${isCut ? '\n[cut here]' : ''}`;
  return escapeControl([title, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', text].join('\n'), { lines: true });
}

function fit(columns: readonly Column[], width: number, widthOfColumn: (column: Column) => number): readonly Column[] {
  const sum = columns.reduce((before, column, index) => before + (index === columns.length - 1 ? Math.min(LAST_WIDTH, widthOfColumn(column)) : widthOfColumn(column) + 2), 0);
  const least = columns.reduce((found, column) => (column.rank > found.rank ? column : found));
  return sum <= width || least.rank === 0 ? columns : fit(columns.filter((column) => column !== least), width, widthOfColumn);
}

function toLine(width: number, textOf: (column: Column) => string): string {
  const columns = fit(COLUMNS, width, (column) => column.width);
  const text = columns.map((column, index) => (index === columns.length - 1 ? textOf(column) : textOf(column).padEnd(column.width))).join('  ').trimEnd();
  return toPlain(cutLine([{ text }], { width }));
}

function toStatus({ status, end }: StoredRequest): string {
  const word = end === 'complete' ? '' : end;
  return status === null ? word || '-' : `${status}${word === '' ? '' : ` ${word}`}`;
}

function toNote({ error, attempts, route }: StoredRequest): string {
  return error === null ? (attempts > 1 ? `${attempts} attempts${route === null ? '' : `, ${toRouteWords(route)}`}` : '') : toErrorWords(error);
}

function modelOf({ model, sentModel, askedModel }: StoredRequest): string | null {
  return model ?? sentModel ?? askedModel;
}

function toText(value: number | null): string {
  return value === null ? '' : String(value);
}
