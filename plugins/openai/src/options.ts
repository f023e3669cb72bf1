import { defineOptions, isOneOf, isOptions } from '@pith/kernel';
import { PROVIDER_CHECKS, type ProviderOptions } from '@pith/wire/options';
import type { ServerName } from './server.ts';

export interface ServerOptions extends ProviderOptions {
  /** Which of OpenAI's two APIs the server is asked by. Default: `responses` of OpenAI itself, `chat` of everybody else. */
  api?: 'chat' | 'responses';
}

/** The options of provider `openai`, and those of its two neighbours under their names. */
export interface OpenAiOptions extends ServerOptions {
  openrouter?: ServerOptions;
  local?: ServerOptions;
}

const SERVER_CHECKS = { ...PROVIDER_CHECKS, api: isOneOf('chat', 'responses') };

export const optionsSchema = defineOptions<OpenAiOptions>({ ...SERVER_CHECKS, openrouter: isOptions(SERVER_CHECKS), local: isOptions(SERVER_CHECKS) });

export function optionsOf(name: ServerName, options: unknown): ServerOptions {
  const all = (options ?? {}) as OpenAiOptions;
  return name === 'openai' ? all : all[name] ?? {};
}
