import { z } from 'zod';

export const optionsSchema = z.strictObject({
  /** Of the list of skills in the system prompt; 0 leaves it out. */
  listTokens: z.number().int().min(0).max(100_000).default(4000),
  /** Of a skill’s instructions, when it is loaded. */
  bodyTokens: z.number().int().min(100).max(100_000).default(5000),
});

export type SkillOptions = z.output<typeof optionsSchema>;
