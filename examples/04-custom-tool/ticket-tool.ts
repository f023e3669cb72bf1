// A tool of one's own: the model asks for a ticket by its id and gets what the tracker's export says of it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineTool, definePlugin, errorResult, nearest, textResult, type ToolResult } from '@pith/kernel';
import { z } from 'zod';

const input = z.strictObject({ id: z.string().regex(/^[A-Z]+-\d+$/, 'expected an id like PROJ-17') });
const tracker = z.record(z.string(), z.object({ title: z.string(), state: z.string(), text: z.string().default('') }));

/** What the model reads of a ticket; of one that is not there, which are near. */
export function describeTicket(tickets: z.output<typeof tracker>, id: string): ToolResult {
  const ticket = tickets[id];
  if (ticket !== undefined) return textResult(`${id} (${ticket.state}): ${ticket.title}\n${ticket.text}`.trimEnd());
  const near = nearest(id, Object.keys(tickets));
  return errorResult(`There is no ticket ${id}.${near.length === 0 ? '' : ` Near are: ${near.join(', ')}`}`);
}

const ticket = defineTool({
  name: 'ticket',
  description: 'Look up a ticket by its id, as PROJ-17.',
  effect: 'read',
  inputSchema: z.toJSONSchema(input),
  input,
  // What the call touches: rules and other plugins judge by this. Links and relative paths are the tool's own business.
  targets: (_given, { cwd }) => [{ family: 'Read', path: join(cwd, 'tickets.json') }],
  async execute({ id }, { targets }) {
    // The file that was judged is the file that is opened.
    return describeTicket(tracker.parse(JSON.parse(await readFile(targets[0]!.path!, 'utf8'))), id);
  },
});

export default definePlugin({ name: 'tickets', tools: [ticket] });
