import type { BookOptions } from '../books/options.ts';
import type { EngineOptions } from '../engine/options.ts';
import type { BalancerOptions } from '../options.ts';
import type { HotSettings } from './settings.ts';

/** How accounts are chosen, as it holds whenever it is read. */
export function toRouting(settings: HotSettings): Readonly<EngineOptions> {
  return { get strategy() { return settings.values.strategy; }, get sessionMs() { return settings.values.sessionDurationMs; } };
}

/** What is kept of requests, as it holds whenever it is read. */
export function toBookOptions(settings: HotSettings): BookOptions {
  const payloads = {
    get keep() { return settings.values.keepPayloads; }, get maxBytes() { return settings.values.payloadMaxBytes; },
    get days() { return settings.values.payloadDays; }, get totalBytes() { return settings.values.payloadTotalBytes; },
  };
  return { get requestDays() { return settings.values.requestDays; }, payloads };
}

/** The options of the settings, with what can be changed while it runs as it holds whenever it is read. */
export function toLiveOptions(options: BalancerOptions, settings: HotSettings): BalancerOptions {
  const live = Object.create(options) as BalancerOptions;
  return Object.defineProperties(live, { ...Object.getOwnPropertyDescriptors(toRouting(settings)), ...Object.getOwnPropertyDescriptors(toBookOptions(settings)) });
}
