import { defineConfig } from '@pith/kernel';

export default defineConfig({ hooks: ['./tools/owners.ts'] });
