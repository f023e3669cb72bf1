import type { Block, Message, ModelEvent, Reply } from '@pith/kernel';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';

/** What the model asks for at each step of a turn; then it says that it is done. */
const STEPS: readonly (readonly string[])[] = [['look', 'look', 'look'], ['change', 'shell'], ['agent', 'look'], ['shell', 'change']];
const AGENT_STEPS: readonly (readonly string[])[] = [['change', 'look'], ['shell']];

/**
 * A model that refuses a conversation in which a call has no result, or a result has no call, and one of a session that does not
 * begin, byte for byte, with what it was asked before in it. Each of its calls has a mark of its own.
 */
export class StrictModel {
  /** Why a request was refused. */
  readonly refused: string[] = [];
  readonly #asked = new Map<string, string>();
  #calls = 0;

  /** @returns nothing where the request is refused */
  answer(session: string, messages: readonly Message[]): ModelEvent[] | undefined {
    const begun = messages.findLastIndex(({ role, content }) => role === 'user' && content[0]?.type === 'text');
    const isAgent = messages[begun]?.content.some((block) => block.type === 'text' && block.text === 'as an agent') ?? false;
    const fault = findFault(messages) ?? (isAgent ? undefined : this.#compare(session, messages));
    if (fault !== undefined) {
      this.refused.push(`${fault}: ${JSON.stringify(messages).slice(-600)}`);
      return undefined;
    }
    const tools = (isAgent ? AGENT_STEPS : STEPS)[(messages.length - begun) >> 1] ?? [];
    const blocks: Block[] = [{ type: 'text', text: tools.length > 0 ? 'I go on.' : 'Done.' }, ...tools.map((name): Block => {
      const mark = `call-${++this.#calls}`;
      return { type: 'tool-call', id: mark, name, input: { mark }, complete: true };
    })];
    const reply: Reply = { status: 'complete', id: `reply-${this.#calls}`, model: 'model', stop: tools.length > 0 ? 'tool-calls' : 'end', blocks, usage: { input: 10, output: 5 } };
    return [{ type: 'start', id: reply.id, model: 'model' }, { type: 'text-delta', index: 0, text: 'I go on.' }, ...blocks.map((block, index): ModelEvent => ({ type: 'block', index, block })), { type: 'end', reply }];
  }

  /** Whatever was sent once stands at the head of all that follows, also from another process. */
  #compare(session: string, messages: readonly Message[]): string | undefined {
    const before = this.#asked.get(session);
    const now = JSON.stringify(messages).slice(0, -1);
    if (before !== undefined && now !== before && !now.startsWith(`${before},`)) return `session ${session} was ${before.slice(-600)} and goes on otherwise`;
    this.#asked.set(session, now);
    return undefined;
  }
}

export type ModelServer = LoopbackServer & Pick<StrictModel, 'refused'>;

/** The same behind HTTP; the path names the session. */
export async function startStrictModel(): Promise<ModelServer> {
  const model = new StrictModel();
  const server = await startServer((request, response) => {
    const events = model.answer(request.url ?? '', JSON.parse(request.text) as Message[]);
    if (events === undefined) response.writeHead(400).end(model.refused.at(-1));
    else response.writeHead(200).end(events.map((event) => JSON.stringify(event)).join('\n'));
  });
  return Object.assign(server, { refused: model.refused });
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
