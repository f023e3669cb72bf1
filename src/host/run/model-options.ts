import { readFile } from 'node:fs/promises';
import { describe, EXIT, type ModelOptions, PithError, type Settings, toMessage } from '@pith/kernel';

/** What the settings ask of a model, in the words of a request. */
export function toModelOptions({ effort, thinking, taskBudget, temperature, maxTokens, betas, headers, body }: Settings, schema: Record<string, unknown> | undefined): ModelOptions {
  const allHeaders = { ...headers, ...(betas === undefined ? {} : { 'anthropic-beta': betas.join(',') }) };
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(thinking === undefined ? {} : { thinkingTokens: thinking }),
    ...(taskBudget === undefined ? {} : { taskBudgetTokens: taskBudget }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(schema === undefined ? {} : { schema }),
    ...(Object.keys(allHeaders).length === 0 ? {} : { headers: allHeaders }),
    ...(body === undefined ? {} : { body }),
  };
}

/** @throws PithError INPUT_UNREADABLE */
export async function readSchema(file: string): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new PithError(`--schema ${file} cannot be read as JSON: ${toMessage(error)}`, { code: 'INPUT_UNREADABLE', cause: error, hint: 'Name a file with a JSON Schema of an object.' });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new PithError(`--schema ${file} holds ${describe(value)}, not a JSON Schema`, { code: 'INPUT_UNREADABLE', hint: 'For example: {"type":"object","properties":{"name":{"type":"string"}}}' });
}

/**
 * The answer as the data that the schema asks for.
 * @throws PithError STRUCTURE_INVALID naming what does not fit
 */
export async function parseStructured(text: string, schema: Record<string, unknown>): Promise<unknown> {
  const invalid = (what: string): PithError => new PithError(`The answer does not fit the schema: ${what}`, { code: 'STRUCTURE_INVALID', exitCode: EXIT.failed, hint: 'Ask again, or choose a model that can give structured answers.' });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('it is no JSON');
  }
  const { z } = await import('zod');
  const parsed = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  if (parsed.success) return value;
  throw invalid(z.prettifyError(parsed.error).replaceAll('\n', ' '));
}
