import { defineOptions } from '@pith/kernel';
import { accountChecks, accountDefaults, type AccountOptions } from './account/options.ts';
import { bookChecks, bookDefaults, type BookOptions } from './books/options.ts';
import { engineChecks, engineDefaults, type EngineOptions } from './engine/options.ts';
import { proxyChecks, proxyDefaults, type ProxyOptions } from './proxy/options.ts';
import { apiChecks, apiDefaults, type ApiOptions } from './settings/options.ts';
import { tokenChecks, tokenDefaults, type TokenOptions } from './token/options.ts';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions extends AccountOptions, ApiOptions, BookOptions, EngineOptions, ProxyOptions, TokenOptions {}

export const optionsSchema = defineOptions<BalancerOptions>(
  { ...accountChecks, ...apiChecks, ...bookChecks, ...engineChecks, ...proxyChecks, ...tokenChecks },
  { defaults: { ...accountDefaults, ...apiDefaults, ...bookDefaults, ...engineDefaults, ...proxyDefaults, ...tokenDefaults } },
);
