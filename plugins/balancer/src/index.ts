import { definePlugin } from '@pith/kernel';

/** One pool of accounts for all model calls. */
export default definePlugin({ name: 'balancer' });
