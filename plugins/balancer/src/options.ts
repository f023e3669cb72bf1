import { defineOptions } from '@pith/kernel';
import { bookChecks, bookDefaults, type BookOptions } from './books/options.ts';
import { proxyChecks, proxyDefaults, type ProxyOptions } from './proxy/options.ts';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions extends BookOptions, ProxyOptions {}

export const optionsSchema = defineOptions<BalancerOptions>({ ...bookChecks, ...proxyChecks }, { defaults: { ...bookDefaults, ...proxyDefaults } });
