import type { ModelOptions } from '@pith/kernel';
import { asRecord, asText } from './json.ts';

/** OpenAI's word for which tool to use: a mode, or a tool by name, which the one API nests in `function`. */
export function readToolChoice(choice: unknown): ModelOptions['toolChoice'] {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice;
  const record = asRecord(choice);
  const name = asText(record['name']) ?? asText(asRecord(record['function'])['name']);
  return name === undefined ? undefined : { name };
}
