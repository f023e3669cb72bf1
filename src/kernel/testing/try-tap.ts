import type { RecordedOpinion } from '../event.ts';
import { type ModelRequest, toText } from '../message.ts';
import { STAND_IN, type Tested, type TrySetting, withLoneTap } from './lone-tap.ts';
import type { ContextExample, ExampleCall, InputExample, ModelExample, ToolExample } from '../tap-example.ts';
import type { TapOutcome } from '../trace.ts';

export interface TriedPermission { opinion: RecordedOpinion | undefined }
/** `call` is what permission and the tool saw; `ran`: the tool was reached. */
export interface TriedTool { outcome: TapOutcome; call: { name: string; input: unknown } | undefined; ran: boolean; result: string; isError: boolean }
/** `handled` is the reply of a tap that answered by itself. */
export interface TriedInput { outcome: TapOutcome; text: string; handled: string | undefined }
export interface TriedContext { outcome: TapOutcome; request: ModelRequest; isPrefixKept: boolean }
export interface TriedModel { outcome: TapOutcome; requests: readonly ModelRequest[]; reply: string }

/**
 * Runs one tap of a plugin, alone in a kernel with a scripted model, a still clock and a folder of its own; no tool is run.
 * What the tap did comes back; what it throws is thrown, with its name.
 */
export const tryTap = {
  permission(plugin: Tested, call: ExampleCall, setting: TrySetting = {}): Promise<TriedPermission> {
    const script = [{ calls: [{ name: call.name, input: call.input ?? {} }] }];
    return withLoneTap(plugin, { hook: 'permission', script, calls: [call] }, setting, async (lone) => {
      await lone.turn('go', call.origin);
      return { opinion: lone.event('permission-decided')?.opinions.find(({ plugin: by }) => by !== STAND_IN && by !== 'kernel') };
    });
  },

  /** @param further names that the tap may give the call */
  tool(plugin: Tested, call: ToolExample['call'], setting: TrySetting = {}, further: readonly string[] = []): Promise<TriedTool> {
    const script = [{ calls: [{ name: call.name, input: call.input ?? {} }] }];
    const calls = [call, ...further.map((name) => ({ ...call, name }))];
    return withLoneTap(plugin, { hook: 'tool', script, calls, verdict: 'allow', result: call.result ?? '' }, setting, async (lone) => {
      const { outcome } = await lone.turn('go', call.origin);
      const { content, status } = lone.event('tool-end')!;
      const { judged, ran } = lone.seen;
      return { outcome, ran, call: judged === undefined ? undefined : { name: judged.name, input: judged.input }, result: toText(content), isError: status === 'error' };
    });
  },

  input(plugin: Tested, call: InputExample['call'], setting: TrySetting = {}): Promise<TriedInput> {
    const { text, origin } = toTyped(call);
    return withLoneTap(plugin, { hook: 'input', script: [] }, setting, async (lone) => {
      const { outcome, result } = await lone.turn(text, origin);
      const accepted = lone.event('input-accepted');
      return { outcome, text: toText(accepted?.message.content ?? []), handled: accepted === undefined ? result.text ?? '' : undefined };
    });
  },

  context(plugin: Tested, call: ContextExample['call'], setting: TrySetting = {}): Promise<TriedContext> {
    const { text, origin } = toTyped(call);
    return withLoneTap(plugin, { hook: 'context', script: [] }, setting, async (lone) => {
      const { outcome } = await lone.turn(text, origin);
      const request = lone.requests.find(({ purpose }) => purpose === 'turn')!;
      await lone.turn('and then?', origin);
      return { outcome, request, isPrefixKept: lone.events.every((event) => event.type !== 'context-ready' || event.prefix.kept) };
    });
  },

  model(plugin: Tested, call: ModelExample['call'], setting: TrySetting = {}): Promise<TriedModel> {
    const { text, replies = ['done'] } = typeof call === 'string' ? { text: call } : call;
    return withLoneTap(plugin, { hook: 'model', script: replies }, setting, async (lone) => {
      const { outcome, result } = await lone.turn(text);
      return { outcome, requests: lone.requests, reply: result.text ?? '' };
    });
  },
};

function toTyped(call: InputExample['call']): { text: string; origin?: 'person' | 'parent' | 'agent' | 'trigger' } {
  return typeof call === 'string' ? { text: call } : call;
}
