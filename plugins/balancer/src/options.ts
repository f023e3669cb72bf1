import { defineOptions } from '@pith/kernel';
import { accountChecks, accountDefaults, type AccountOptions } from './account/options.ts';
import { bookChecks, bookDefaults, type BookOptions } from './books/options.ts';
import { engineChecks, engineDefaults, type EngineOptions } from './engine/options.ts';
import { proxyChecks, proxyDefaults, type ProxyOptions } from './proxy/options.ts';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions extends AccountOptions, BookOptions, EngineOptions, ProxyOptions {}

export const optionsSchema = defineOptions<BalancerOptions>({ ...accountChecks, ...bookChecks, ...engineChecks, ...proxyChecks }, { defaults: { ...accountDefaults, ...bookDefaults, ...engineDefaults, ...proxyDefaults } });
