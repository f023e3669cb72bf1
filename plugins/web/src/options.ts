import { defineOptions, isFlag, isListOf } from '@pith/kernel';

/** What a person opened beyond https to public addresses. @see @pith/net */
export interface WebOptions { allowLoopback: boolean; allowHttp: boolean; allowHosts: readonly string[] }

export const optionsSchema = defineOptions<WebOptions>(
  { allowLoopback: isFlag, allowHttp: isFlag, allowHosts: isListOf('host names') },
  { defaults: { allowLoopback: false, allowHttp: false, allowHosts: [] } },
);
