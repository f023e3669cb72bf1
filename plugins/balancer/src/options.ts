import { defineOptions } from '@pith/kernel';
import { accountChecks, accountDefaults, type AccountOptions } from './account/options.ts';
import { bookChecks, bookDefaults, type BookOptions } from './books/options.ts';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions extends AccountOptions, BookOptions {}

export const optionsSchema = defineOptions<BalancerOptions>({ ...accountChecks, ...bookChecks }, { defaults: { ...accountDefaults, ...bookDefaults } });
