import { defineOptions, isFlag, isListOf, isOneOf, nearest, type OptionCheck } from '@pith/kernel';
import { EVENTS, factsOf, isEventName } from './events.ts';
import type { Handler } from './handler.ts';

export type FailureRule = 'closed' | 'open';

export interface CommandHooksOptions {
  /** By event, or by the exact text of a command: what a hook that fails means. */
  failure: Readonly<Record<string, FailureRule>>;
  /** Names of variables that hooks get although they look like credentials. */
  env: readonly string[];
  /** Where hooks of the type `http` may go beyond https to public addresses. @see @pith/net */
  allowLoopback: boolean;
  allowHosts: readonly string[];
}

const isRule = isOneOf('closed', 'open');

const isFailure: OptionCheck = (given, path) => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [{ path, message: 'must be an object of events or commands, each closed or open' }];
  return Object.entries(given).flatMap(([key, rule]: [string, unknown]) => {
    const near = /^[A-Z][A-Za-z]+$/.test(key) && !isEventName(key) ? nearest(key, Object.keys(EVENTS)) : [];
    return [...isRule(rule, [...path, key]), ...near.length > 0 ? [{ path: [...path, key], message: `is no event; did you mean ${near.join(' or ')}?` }] : []];
  });
};

export const optionsSchema = defineOptions<CommandHooksOptions>(
  { failure: isFailure, env: isListOf('names of variables'), allowLoopback: isFlag, allowHosts: isListOf('host names') },
  { defaults: { failure: {}, env: [], allowLoopback: false, allowHosts: [] } },
);

/** What holds for one hook: what was said of its command, else of its event, else what its event is for. */
export function failureRule({ command, url, event }: Pick<Handler, 'command' | 'url' | 'event'>, { failure }: Pick<CommandHooksOptions, 'failure'>): FailureRule {
  const own = command ?? url;
  if (own !== undefined && Object.hasOwn(failure, own)) return failure[own]!;
  if (Object.hasOwn(failure, event)) return failure[event]!;
  return factsOf(event).guards ? 'closed' : 'open';
}
