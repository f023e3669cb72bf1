import assert from 'node:assert/strict';
import { definePlugin } from '@pith/kernel';
import { allowAll, createTestKernel } from '@pith/kernel/testing';
import { z } from 'zod';

const schema = z.strictObject({
  path: z.string(),
  count: z.int().min(1).max(9).optional(),
  share: z.number().gt(0).lt(1).optional(),
  action: z.enum(['look', 'stop']).optional(),
  list: z.array(z.strictObject({ old: z.string().min(2, 'old is too short to be found'), note: z.string().min(3).max(5).optional() })).min(1).max(2).optional(),
  open: z.boolean().optional(),
  map: z.record(z.string(), z.string()).optional(),
  exact: z.literal('yes').optional(),
});

/** What a model is told of this input of a tool whose schema zod checks. */
async function told(input: unknown): Promise<string> {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(schema);
  const tools = definePlugin({ name: 'tools', tools: [{ name: 'touch', description: '', effect: 'read', inputSchema, input: schema, execute: async () => 'done' }] });
  const { session, close } = await createTestKernel({ plugins: [tools, allowAll] });
  const { content, code } = await session.callTool({ name: 'touch', input });
  await close();
  const [block] = content;
  assert.equal(code, 'TOOL_INPUT_INVALID');
  return block?.type === 'text' ? block.text.replace(/^The input of touch does not fit: /, '') : '';
}

describe('an input that does not fit', () => {
  for (const [input, sentence] of [
    [{}, 'path is missing; it must be a text.'],
    [{ path: 7 }, 'path is 7; it must be a text.'],
    [{ path: null }, 'path is null; it must be a text.'],
    ['a', 'it is "a"; it must be an object.'],
    [{ path: 'a', count: 1.5 }, 'count is 1.5; it must be a whole number.'],
    [{ path: 'a', count: 'x' }, 'count is "x"; it must be a number.'],
    [{ path: 'a', count: 10 }, 'count is 10; it must be 9 or less.'],
    [{ path: 'a', count: 0 }, 'count is 0; it must be 1 or more.'],
    [{ path: 'a', share: 0 }, 'share is 0; it must be more than 0.'],
    [{ path: 'a', share: 1 }, 'share is 1; it must be less than 1.'],
    [{ path: 'a', action: 'end' }, 'action is "end"; it must be "look" or "stop".'],
    [{ path: 'a', exact: 'no' }, 'exact is "no"; it must be "yes".'],
    [{ path: 'a', open: 'yes' }, 'open is "yes"; it must be true or false.'],
    [{ path: 'a', list: {} }, 'list is an object; it must be a list.'],
    [{ path: 'a', list: [] }, 'list is an array; it must have 1 or more entries.'],
    [{ path: 'a', list: [{}] }, 'list[0].old is missing; it must be a text.'],
    [{ path: 'a', list: [{ old: 'x' }] }, 'list[0].old: old is too short to be found.'],
    [{ path: 'a', list: [{ old: 'xx', note: 'ab' }] }, 'list[0].note is "ab"; it must have 3 or more characters.'],
    [{ path: 'a', list: [{ old: 'xx', more: 1 }] }, 'list[0] has no "more".'],
    [{ path: 'a', map: { a: 1 } }, 'map.a is 1; it must be a text.'],
    [{ path: 'a', cuont: 1 }, 'there is no "cuont"; did you mean count?'],
    [{ path: 'a', zzzzzzzz: 1 }, 'there is no "zzzzzzzz"; there are path, count, share, action, list, open, map, exact.'],
    [{ count: 'x' }, 'path is missing; it must be a text; count is "x"; it must be a number.'],
  ] as const) {
    it(`is told as a sentence: ${JSON.stringify(input)}`, async () => assert.equal(await told(input), sentence));
  }
});
