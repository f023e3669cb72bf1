import { type ExitCode, type Kernel, type Pricing, type RequestPart, type StoredSession, toParts } from '@pith/kernel';
import type { Made } from './preview-context.ts';
import { estimateOf, inputOf, type MadeRoom, readRecord, type SessionRecord } from './session-record.ts';

export interface ContextPart extends RequestPart { costMicroUsd: number | null }

/** How far the estimate may be off, as a share: as it was in this session, or as it is in general. */
export interface ErrorFacts { share: number; from: 'session' | 'samples'; replies: number; rawShare: number | null }

export interface ContextFacts {
  /** The session that it is of; `null` is a new one. */
  session: string | null;
  provider: string;
  model: string;
  tokens: number;
  error: ErrorFacts;
  /** As the vendor counts; `null` where it has no address for that. Absent where it was not asked. */
  counted?: number | null;
  countError?: { code: string; message: string; exitCode: ExitCode };
  /** `null` where nobody knows it. */
  windowTokens: number | null;
  /** Tokens above which room is made; `null` where no plugin does. */
  thresholdTokens: number | null;
  costMicroUsd: number | null;
  messages: number;
  parts: readonly ContextPart[];
  /** What went, and why: of the session, and of this very request. */
  dropped: readonly MadeRoom[];
  /** Set where nothing would be sent: a plugin answers by itself. */
  reply?: string;
  /** What was not done of the prompt. */
  remarks: readonly string[];
  sections?: readonly { id: string; owner: string; text: string }[];
}

/**
 * What estimates are off by where no reply was counted yet: 95 of 100 texts are within it, for the tokenizers that were tried.
 * @see docs/decisions/0033-tokens-are-estimated-and-calibrated.md
 */
const ERROR_OF_SAMPLES = 0.2;

interface Found extends Made { full: boolean; stored: StoredSession | undefined; record: SessionRecord | undefined }

export async function toFacts(kernel: Kernel, { report, request, full, stored, record, session, events, remarks, reply, counted, countError }: Found): Promise<ContextFacts> {
  const { provider, model } = session;
  const pricing = await kernel.optionalService('pricing');
  const ready = events.findLast((event) => event.type === 'context-ready');
  const tokens = ready === undefined ? 0 : estimateOf(ready);
  const costMicroUsd = priceOf(pricing, { provider, model }, tokens);
  const limits = await (await kernel.optionalService('compaction'))?.limitsOf({ provider, model });
  const windowTokens = limits === undefined ? (await pricing?.findModel?.({ provider, model }))?.contextTokens ?? null : limits.isKnown ? limits.windowTokens : null;
  const { room } = await readRecord(events);
  return {
    session: stored?.id ?? null, provider, model, tokens, error: toError(record, `${provider}/${model}`), ...(counted === undefined ? {} : { counted }), ...(countError === undefined ? {} : { countError }),
    windowTokens, thresholdTokens: limits?.thresholdTokens ?? null, costMicroUsd,
    messages: report?.count ?? 0, parts: report === undefined ? [] : toParts(report, tokens).map((part): ContextPart => ({ ...part, costMicroUsd: costMicroUsd === null ? null : Math.round(part.share * costMicroUsd) })),
    dropped: [...(record?.room ?? []), ...room], ...(reply === undefined ? {} : { reply }),
    remarks: [...remarks, ...events.flatMap((event) => (event.type === 'notice' && event.level !== 'info' ? [event.text] : []))],
    ...(full && request !== undefined ? { sections: request.system.map(({ id, owner, text }) => ({ id, owner, text })) } : {}),
  };
}

function toError(record: SessionRecord | undefined, name: string): ErrorFacts {
  const counted = (record?.requests ?? []).flatMap(({ ready, usage, provider, model, isSubTurn }) => (ready === undefined || usage === null || isSubTurn || `${provider}/${model}` !== name || inputOf(usage) === 0 ? [] : [{ ready, tokens: inputOf(usage) }]));
  const off = (estimate: number, tokens: number): number => Math.abs(estimate - tokens) / tokens;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const raw = counted.map(({ ready, tokens }) => off(estimateOf(ready) / (ready.rate ?? 1), tokens));
  const calibrated = counted.filter(({ ready }) => ready.rate !== undefined).map(({ ready, tokens }) => off(estimateOf(ready), tokens));
  if (calibrated.length === 0) return { share: ERROR_OF_SAMPLES, from: 'samples', replies: counted.length, rawShare: raw.length === 0 ? null : mean(raw) };
  return { share: mean(calibrated), from: 'session', replies: calibrated.length, rawShare: mean(raw) };
}

function priceOf(pricing: Pricing | undefined, model: { provider: string; model: string }, input: number): number | null {
  return pricing?.costMicroUsd({ ...model, usage: { input, output: 0 } }) ?? null;
}
