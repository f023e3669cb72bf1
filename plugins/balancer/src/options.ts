import { defineOptions } from '@pith/kernel';
import { accountChecks, accountDefaults, type AccountOptions } from './account/options.ts';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions extends AccountOptions {}

export const optionsSchema = defineOptions<BalancerOptions>({ ...accountChecks }, { defaults: { ...accountDefaults } });
