import { isName, isWhole, must, type OptionCheck } from '@pith/kernel';
import { isRecord } from './json.ts';

/** What every provider lets a person set. */
export interface ProviderOptions {
  /** Where requests go. */
  baseUrl?: string;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** Used when no model was asked for. */
  defaultModel?: string;
  /** The limit of a reply where the request names none, in tokens. */
  maxOutputTokens?: number;
}

export const isAddress = must('an address beginning with http:// or https://', (given) => typeof given === 'string' && /^https?:\/\/\S+$/.test(given));

const isHeaders = must('header names with texts', (given) => isRecord(given)
  && Object.entries(given).every(([name, text]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && typeof text === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text)));

/** The checks of `ProviderOptions`. */
export const PROVIDER_CHECKS: Readonly<Record<keyof ProviderOptions, OptionCheck>> = { baseUrl: isAddress, headers: isHeaders, defaultModel: isName, maxOutputTokens: isWhole(1) };
