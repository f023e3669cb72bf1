import { defineOptions } from '@pith/kernel';
import { bookChecks, bookDefaults, type BookOptions } from './books/options.ts';
import { engineChecks, engineDefaults, type EngineOptions } from './engine/options.ts';
import { proxyChecks, proxyDefaults, type ProxyOptions } from './proxy/options.ts';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions extends BookOptions, EngineOptions, ProxyOptions {}

export const optionsSchema = defineOptions<BalancerOptions>({ ...bookChecks, ...engineChecks, ...proxyChecks }, { defaults: { ...bookDefaults, ...engineDefaults, ...proxyDefaults } });
