import { accountChecks, accountDefaults, type AccountOptions } from './account/options.ts';
import { bookChecks, bookDefaults, type BookOptions } from './books/options.ts';
import { engineChecks, engineDefaults, type EngineOptions } from './engine/options.ts';
import { proxyChecks, proxyDefaults, type ProxyOptions } from './proxy/options.ts';
import { apiChecks, apiDefaults, type ApiOptions } from './settings/options.ts';
import { defineOptions } from '@pith/kernel';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions extends AccountOptions, ApiOptions, BookOptions, EngineOptions, ProxyOptions {}

export const optionsSchema = defineOptions<BalancerOptions>(
  { ...accountChecks, ...apiChecks, ...bookChecks, ...engineChecks, ...proxyChecks }, { defaults: { ...accountDefaults, ...apiDefaults, ...bookDefaults, ...engineDefaults, ...proxyDefaults } },
);
