import { z } from 'zod';
import { inputs } from '../src/inputs.ts';

/** The JSON Schema of every tool's input, without words that cost tokens and tell the model nothing. */
export function toSchemas(): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, schema]) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, {
      io: 'input',
      override: ({ jsonSchema }) => {
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        delete jsonSchema.minLength; // Nobody means to give an empty path; whoever does is told.
      },
    });
    return [name, rest as Record<string, unknown>];
  }));
}
