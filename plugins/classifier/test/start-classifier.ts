import type { ServerResponse } from 'node:http';
import { definePlugin, type Layer, type Mode, type PluginDefinition, type RecordedSitting, type TurnEvent, type TurnResult } from '@pith/kernel';
import { createTestKernel, type LoopbackServer, startServer, type TestKernel } from '@pith/kernel/testing';
import { tapeRecorder } from '../../../test/support/long-session.ts';
import openai from '../../openai/src/index.ts';
import permissions from '../../permissions/src/index.ts';
import classifier from '../src/index.ts';

export interface Call { name: string; input: unknown }
/** What the judge answers: a text, or whatever a function does with the response. */
export type Judge = string | ((response: ServerResponse, shown: { policy: string; task: string[]; call: Record<string, unknown> }) => void);

export interface Setup {
  /** What the judge says, one after the other; the last one again and again. */
  judge?: readonly Judge[];
  /** What the model asks for, turn by turn, all in one step. */
  calls?: readonly (readonly Call[])[];
  options?: Record<string, unknown>;
  /** Where options come from; those that are not named, from the user. */
  layers?: Record<string, Layer>;
  rules?: Record<string, string[]>;
  mode?: Mode;
  answer?: 'allow' | 'deny' | 'nobody';
}

export interface Started extends TestKernel {
  server: LoopbackServer;
  run(text?: string): Promise<TurnResult>;
  /** How often a person was asked. */
  asked(): number;
  /** What the judge was sent, and what it was shown in it. */
  judged: { body: Record<string, unknown>; shown: { policy: string; task: string[]; call: Record<string, unknown> } }[];
  /** The classifier's opinions, as they were recorded. */
  opinions(): { verdict: string; reason: string; failed?: true }[];
  of<T extends TurnEvent['type']>(type: T): Extract<TurnEvent, { type: T }>[];
  sitting(): RecordedSitting;
  plugins: readonly PluginDefinition[];
}

export const say = (verdict: string, reason = 'because'): string => JSON.stringify({ verdict, reason });

/** Tools that do nothing. */
const fakeTools = definePlugin({
  name: 'fake-tools',
  tools: [
    { name: 'bash', description: 'Runs.', effect: 'exec', inputSchema: { type: 'object' }, targets: ({ command }: { command: string }) => [{ family: 'Bash', command }], execute: async () => 'ran' },
    { name: 'write', description: 'Writes.', effect: 'write', inputSchema: { type: 'object' }, targets: ({ path }: { path: string }) => [{ family: 'Edit', path }], execute: async () => 'written' },
    { name: 'blind', description: 'Says not what it does.', effect: 'exec', inputSchema: { type: 'object' }, execute: async () => 'ran' },
  ],
});

/** A kernel whose model and judge are a server on this machine that speaks Chat Completions. */
export async function startClassifier({ judge = [say('ask')], calls = [[{ name: 'bash', input: { command: 'make' } }]], options = {}, layers = {}, rules = {}, mode = 'default', answer = 'nobody' }: Setup = {}): Promise<Started> {
  const judged: Started['judged'] = [];
  let asked = 0;
  let turns = 0;
  const server = await startServer((request, response) => {
    const body = JSON.parse(request.text) as { messages: { role: string; content: string }[] } & Record<string, unknown>;
    const isJudge = body.messages[0]!.content.includes('You judge one tool call');
    if (!isJudge) {
      const isDone = body.messages.at(-1)!.role === 'tool';
      return sendReply(response, isDone ? { text: 'done' } : { calls: calls[turns++] ?? [] });
    }
    const shown = JSON.parse(body.messages.at(-1)!.content) as Started['judged'][number]['shown'];
    judged.push({ body, shown });
    const given = judge[judged.length - 1] ?? judge.at(-1)!;
    if (typeof given === 'function') given(response, shown);
    else sendReply(response, { text: given });
  });
  const tape = tapeRecorder();
  const given = { enabled: true, model: 'gpt-judge', provider: 'openai', ...options };
  const plugins = [openai, permissions, fakeTools, classifier, tape.plugin];
  const test = await createTestKernel({
    plugins, env: { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${server.url}/v1` }, graceMs: 50,
    options: { classifier: given, permissions: rules }, origins: Object.fromEntries(Object.keys(given).map((option) => [`plugins.classifier.${option}`, { layer: layers[option] ?? 'user' }])),
    session: { mode, model: 'gpt-main', provider: 'openai', ...(answer === 'nobody' ? {} : { asker: async () => { asked++; return { verdict: answer }; } }) },
  });
  const of: Started['of'] = (type) => test.events.filter((event) => event.type === type) as never;
  return {
    ...test, server, judged, plugins, of, asked: () => asked, sitting: tape.sitting,
    run: (text = 'build it') => test.session.runTurn({ text }),
    opinions: () => of('permission-decided').flatMap(({ opinions }) => opinions.filter(({ plugin }) => plugin === 'classifier').map(({ verdict, reason, failed }) => ({ verdict, reason, ...(failed ? { failed } : {}) }))),
    close: async () => {
      await test.close();
      await server.close();
    },
  };
}

/** One reply of Chat Completions, streamed. */
export function sendReply(response: ServerResponse, { text, calls = [] }: { text?: string; calls?: readonly Call[] }): void {
  const chunk = (delta: object, finish: string | null = null): string => `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (text !== undefined) response.write(chunk({ content: text }));
  for (const [index, { name, input }] of calls.entries()) response.write(chunk({ tool_calls: [{ index, id: `call_${index}_${JSON.stringify(input).length}`, type: 'function', function: { name, arguments: JSON.stringify(input) } }] }));
  response.end(`${chunk({}, calls.length > 0 ? 'tool_calls' : 'stop')}data: ${JSON.stringify({ id: 'c', model: 'm', choices: [], usage: { prompt_tokens: 10, completion_tokens: 5 } })}\n\ndata: [DONE]\n\n`);
}
