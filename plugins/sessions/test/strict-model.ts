import type { Block, Message, ModelEvent, Reply } from '@pith/kernel';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';

export interface StrictModel extends LoopbackServer { /** Why a request was refused. */ refused: string[] }

/** What the model asks for at each step of a turn; then it says that it is done. */
const STEPS: readonly (readonly string[])[] = [['look', 'look', 'look'], ['change', 'shell'], ['agent', 'look'], ['shell', 'change']];
const AGENT_STEPS: readonly (readonly string[])[] = [['change', 'look'], ['shell']];

/** A model behind HTTP that refuses a conversation in which a call has no result, or a result has no call. Each of its calls has a mark of its own. */
export async function startStrictModel(): Promise<StrictModel> {
  const refused: string[] = [];
  let calls = 0;
  const server = await startServer((request, response) => {
    const messages = JSON.parse(request.text) as Message[];
    const fault = findFault(messages);
    if (fault !== undefined) {
      refused.push(`${fault}: ${request.text.slice(-600)}`);
      return void response.writeHead(400).end(fault);
    }
    const begun = messages.findLastIndex(({ role, content }) => role === 'user' && content[0]?.type === 'text');
    const isAgent = messages[begun]!.content.some((block) => block.type === 'text' && block.text === 'as an agent');
    const tools = (isAgent ? AGENT_STEPS : STEPS)[(messages.length - begun) >> 1] ?? [];
    const blocks: Block[] = [{ type: 'text', text: tools.length > 0 ? 'I go on.' : 'Done.' }, ...tools.map((name): Block => {
      const mark = `call-${++calls}`;
      return { type: 'tool-call', id: mark, name, input: { mark }, complete: true };
    })];
    const reply: Reply = { status: 'complete', id: `reply-${calls}`, model: 'model', stop: tools.length > 0 ? 'tool-calls' : 'end', blocks, usage: { input: 10, output: 5 } };
    const events: ModelEvent[] = [{ type: 'start', id: reply.id, model: 'model' }, { type: 'text-delta', index: 0, text: 'I go on.' }, ...blocks.map((block, index): ModelEvent => ({ type: 'block', index, block })), { type: 'end', reply }];
    response.writeHead(200).end(events.map((event) => JSON.stringify(event)).join('\n'));
  });
  return Object.assign(server, { refused });
}

/** Messages of a role that follow each other are one, as vendors take them. */
function findFault(messages: readonly Message[]): string | undefined {
  const joined: Message[] = [];
  for (const { role, content } of messages) {
    const last = joined.at(-1);
    if (last?.role === role) joined[joined.length - 1] = { role, content: [...last.content, ...content] };
    else joined.push({ role, content });
  }
  let open: string[] = [];
  for (const [index, { role, content }] of joined.entries()) {
    if (role !== (index % 2 === 0 ? 'user' : 'assistant')) return `message ${index} is of ${role}`;
    const results = content.flatMap((block) => (block.type === 'tool-result' ? [block.toolCallId] : []));
    if (JSON.stringify(results) !== JSON.stringify(open)) return `message ${index} answers ${results.join()} and the calls are ${open.join()}`;
    if (content.slice(0, results.length).some(({ type }) => type !== 'tool-result')) return `results of message ${index} do not come first`;
    open = content.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
  }
  return open.length > 0 ? `nothing answers ${open.join()}` : undefined;
}
