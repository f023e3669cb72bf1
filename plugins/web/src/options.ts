import { describe, type Schema } from '@pith/kernel';

/** What a person opened beyond https to public addresses. @see @pith/net */
export interface WebOptions { allowLoopback: boolean; allowHttp: boolean; allowHosts: readonly string[] }

const KEYS = ['allowLoopback', 'allowHttp', 'allowHosts'];

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<WebOptions> = {
  '~standard': {
    version: 1, vendor: 'pith',
    validate: (value) => {
      const issue = (path: string[], message: string) => ({ issues: [{ path, message }] });
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return issue([], `must be an object; found ${describe(value)}`);
      const { allowLoopback = false, allowHttp = false, allowHosts = [], ...rest } = value as Record<string, unknown>;
      for (const key of Object.keys(rest)) return issue([key], `is not known; the options are ${KEYS.join(', ')}`);
      if (typeof allowLoopback !== 'boolean') return issue(['allowLoopback'], `must be true or false; found ${describe(allowLoopback)}`);
      if (typeof allowHttp !== 'boolean') return issue(['allowHttp'], `must be true or false; found ${describe(allowHttp)}`);
      if (!Array.isArray(allowHosts) || !allowHosts.every((host) => typeof host === 'string')) return issue(['allowHosts'], 'must be a list of host names');
      return { value: { allowLoopback, allowHttp, allowHosts } };
    },
  },
};
