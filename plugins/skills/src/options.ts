import { defineOptions, isWhole } from '@pith/kernel';

export interface SkillOptions {
  /** Of the list of skills in the system prompt; 0 leaves it out. */
  listTokens: number;
  /** Of a skill’s instructions, when it is loaded. */
  bodyTokens: number;
}

export const DEFAULTS: SkillOptions = { listTokens: 4000, bodyTokens: 5000 };
const MOST = 100_000;

export const optionsSchema = defineOptions<SkillOptions>({ listTokens: isWhole(0, MOST), bodyTokens: isWhole(100, MOST) }, { defaults: DEFAULTS });
