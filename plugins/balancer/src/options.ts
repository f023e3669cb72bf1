import { defineOptions } from '@pith/kernel';
import { bookChecks, bookDefaults, type BookOptions } from './books/options.ts';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions extends BookOptions {}

export const optionsSchema = defineOptions<BalancerOptions>({ ...bookChecks }, { defaults: { ...bookDefaults } });
