import { describe, nearest, type Schema } from '@pith/kernel';
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

const KEYS = ['failure', 'env', 'allowLoopback', 'allowHosts'];

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<CommandHooksOptions> = {
  '~standard': {
    version: 1, vendor: 'pith',
    validate: (value = {}) => {
      const issue = (path: string[], message: string) => ({ issues: [{ path, message }] });
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return issue([], `must be an object; found ${describe(value)}`);
      const { failure = {}, env = [], allowLoopback = false, allowHosts = [], ...rest } = value as Record<string, unknown>;
      for (const key of Object.keys(rest)) return issue([key], `is not known; the options are ${KEYS.join(', ')}`);
      if (typeof failure !== 'object' || failure === null || Array.isArray(failure)) return issue(['failure'], 'must be an object of events or commands, each closed or open');
      for (const [key, rule] of Object.entries(failure)) {
        if (rule !== 'closed' && rule !== 'open') return issue(['failure', key], `must be closed or open; found ${describe(rule)}`);
        const near = /^[A-Z][A-Za-z]+$/.test(key) && !isEventName(key) ? nearest(key, Object.keys(EVENTS)) : [];
        if (near.length > 0) return issue(['failure', key], `is no event; did you mean ${near.join(' or ')}?`);
      }
      if (!isTexts(env)) return issue(['env'], 'must be a list of names of variables');
      if (typeof allowLoopback !== 'boolean') return issue(['allowLoopback'], `must be true or false; found ${describe(allowLoopback)}`);
      if (!isTexts(allowHosts)) return issue(['allowHosts'], 'must be a list of host names');
      return { value: { failure: failure as Record<string, FailureRule>, env, allowLoopback, allowHosts } };
    },
  },
};

/** What holds for one hook: what was said of its command, else of its event, else what its event is for. */
export function failureRule({ command, url, event }: Pick<Handler, 'command' | 'url' | 'event'>, { failure }: Pick<CommandHooksOptions, 'failure'>): FailureRule {
  const own = command ?? url;
  if (own !== undefined && Object.hasOwn(failure, own)) return failure[own]!;
  if (Object.hasOwn(failure, event)) return failure[event]!;
  return factsOf(event).guards ? 'closed' : 'open';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
}
