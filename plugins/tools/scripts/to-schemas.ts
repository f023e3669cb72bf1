import { z } from 'zod';
import { inputs } from '../src/inputs.ts';

/** The JSON Schema of every tool's input, without words that cost tokens and tell the model nothing. */
export function toSchemas(): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, schema]) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, {
      io: 'input',
      override: ({ jsonSchema }) => {
        // Nobody means to give an empty path, a hundred lines as one, or a count below nothing; whoever does is told.
        for (const bound of ['minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum'] as const) delete jsonSchema[bound];
      },
    });
    return [name, isStrict(rest) ? rest : withoutClosing(rest)];
  }));
}

/** That nothing else is taken is worth its words only where it lets a vendor hold the model to the schema; the tool refuses the rest anyway. */
function isStrict({ properties, required = [] }: z.core.JSONSchema.JSONSchema): boolean {
  return Object.keys(properties ?? {}).every((name) => required.includes(name));
}

function withoutClosing<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key === 'additionalProperties' ? undefined : value))) as T;
}
