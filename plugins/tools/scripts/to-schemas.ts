import { z } from 'zod';
import { inputs } from '../src/inputs.ts';

/** The JSON Schema of every tool's input, without words that cost tokens and tell the model nothing. */
export function toSchemas(): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, schema]) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, {
      io: 'input',
      override: ({ jsonSchema }) => {
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        // Nobody means to give an empty path, or a hundred lines as one; whoever does is told.
        for (const bound of ['minLength', 'maxLength', 'minItems', 'maxItems'] as const) delete jsonSchema[bound];
      },
    });
    return [name, rest as Record<string, unknown>];
  }));
}
