import type { BookOptions } from '../books/options.ts';
import type { EngineOptions } from '../engine/options.ts';
import type { BalancerOptions } from '../options.ts';
import type { HotValues } from './hot.ts';
import type { HotSettings } from './settings.ts';

/** How accounts are chosen, as it holds whenever it is read. */
export function toRouting(settings: HotSettings): Readonly<EngineOptions> {
  return { get strategy() { return settings.values.strategy; }, get sessionMs() { return settings.values.sessionDurationMs; } };
}

/** What is kept of requests. */
export function toBookOptions({ requestDays, keepPayloads: keep, payloadMaxBytes: maxBytes, payloadDays: days, payloadTotalBytes: totalBytes }: HotValues): BookOptions {
  return { requestDays, payloads: { keep, maxBytes, days, totalBytes } };
}

/** The options of the settings, with what can be changed while it runs as it holds whenever it is read. */
export function toLiveOptions(options: BalancerOptions, settings: HotSettings): BalancerOptions {
  const live: BalancerOptions = { ...options };
  const book = (name: keyof BookOptions): PropertyDescriptor => ({ enumerable: true, get: () => toBookOptions(settings.values)[name] });
  return Object.defineProperties(live, { ...Object.getOwnPropertyDescriptors(toRouting(settings)), requestDays: book('requestDays'), payloads: book('payloads') });
}
