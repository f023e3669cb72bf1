import { z } from 'zod';
import type { Mode } from '../event.ts';

/** The same as `MODES`; its type sees to it, and nothing is loaded for it. */
const modes = ['default', 'acceptEdits', 'plan', 'dontAsk', 'bypassPermissions'] as const satisfies readonly Mode[];

/** A rule as its text, or with the calls that it must and must not match, which are tried when it is loaded. */
export const ruleEntrySchema = z.union([
  z.string(),
  z.strictObject({ rule: z.string(), match: z.array(z.string()).optional(), noMatch: z.array(z.string()).optional(), /** Told with the answers that the rule gives. */ reason: z.string().min(1).optional() }),
], { error: 'expected a rule as text, or { rule, match, noMatch, reason } of which match and noMatch are lists of calls' });
const RULE_KEYS = ['rule', 'match', 'noMatch', 'reason'];
export type RuleEntry = z.output<typeof ruleEntrySchema>;

const rules = z.array(ruleEntrySchema).optional();

const permissionsSchema = z.strictObject({
  allow: rules, ask: rules, deny: rules,
  /** For managed settings alone. */
  allowManagedRulesOnly: z.boolean().optional(), forbidBypass: z.boolean().optional(),
});

/** The form of every settings file. What a plugin takes stands under `plugins.<name>` and is checked by the plugin. */
export const settingsSchema = z.strictObject({
  provider: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  mode: z.enum(modes).optional(),
  /** Model calls a turn. */
  maxSteps: z.int().positive().optional(),
  /** Dollars a turn. */
  maxCost: z.number().positive().optional(),
  /** Seconds a turn. */
  timeout: z.number().positive().optional(),
  /** How hard the model thinks, in the vendor's words. */
  effort: z.string().min(1).optional(),
  /** Tokens the model may think with; 0 switches thinking off. */
  thinking: z.int().nonnegative().optional(),
  /** Tokens the model is told it has for the whole task. */
  taskBudget: z.int().positive().optional(),
  temperature: z.number().min(0).max(2).optional(),
  /** Tokens of a reply. */
  maxTokens: z.int().positive().optional(),
  /** Beta features of the vendor, by their names. */
  betas: z.array(z.string().min(1)).optional(),
  /** Sent with every request to the model. */
  headers: z.record(z.string(), z.string()).optional(),
  /** Merged into the body of every request to the model, last. */
  body: z.record(z.string(), z.unknown()).optional(),
  system: z.string().optional(),
  appendSystem: z.string().optional(),
  /** Folders that count as inside, too; not in a project's own settings. */
  addDirs: z.array(z.string().min(1)).optional(),
  /** Variables of the environment that commands get although they look like credentials. In a person's own settings only. */
  passEnv: z.array(z.string().min(1)).optional(),
  permissions: permissionsSchema.optional(),
  plugins: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

export type Settings = z.output<typeof settingsSchema>;

/** The keys that an object of the settings may have. @param path to the object, from the top */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  return path.length === 0 ? Object.keys(settingsSchema.shape) : path.length === 1 ? Object.keys(permissionsSchema.shape) : RULE_KEYS;
}
