import { defineOptions } from '@pith/kernel';

/** Under `plugins.balancer` of the settings. */
export interface BalancerOptions {}

export const optionsSchema = defineOptions<BalancerOptions>({}, { defaults: {} });
