import { errorResult, type PreparedCall, textResult, toMessage, type ToolResult, type Turn } from '@pith/kernel';
import type { EventName } from '../events.ts';
import { foldOutcomes } from '../fold.ts';
import { type HookSession, type Place, placeOf, type Ran } from '../hook-session.ts';
import { markText } from '../mark-text.ts';
import { showCall, showResult, textOf, toOutputText } from '../tool-view.ts';

/** Runs the call, then the hooks on what came of it. */
export async function onExecute(session: HookSession, call: PreparedCall, turn: Turn, next: () => Promise<ToolResult>): Promise<ToolResult> {
  for (const [name, value] of Object.entries(session.env)) call.execution.env[name] ??= value;
  const startMs = performance.now();
  const durationMs = (): number => Math.round(performance.now() - startMs);
  let result: ToolResult;
  try {
    result = await next();
  } catch (error) {
    turn.signal.throwIfAborted();
    const after = await afterwards(session, 'PostToolUseFailure', { call, turn, result: errorResult(toMessage(error)), durationMs: durationMs() });
    if (after.added.length === 0) throw error;
    return { ...errorResult(toMessage(error)), content: [...errorResult(toMessage(error)).content, ...after.added] };
  }
  const event = result.isError ? 'PostToolUseFailure' : 'PostToolUse';
  const { replaced, added } = await afterwards(session, event, { call, turn, result, durationMs: durationMs() });
  if (replaced === undefined && added.length === 0) return result;
  if (replaced === undefined) return { ...result, content: [...result.content, ...added] };
  // What was replaced must not be found in the facts beside it.
  const { isError, changes } = result;
  return { content: [...textResult(toOutputText(replaced)).content, ...added], ...(isError === undefined ? {} : { isError }), ...(changes === undefined ? {} : { changes }) };
}

interface After { replaced?: unknown; added: ReturnType<typeof markText>[] }

async function afterwards(session: HookSession, event: 'PostToolUse' | 'PostToolUseFailure', { call, turn, result, durationMs }: { call: PreparedCall; turn: Turn; result: ToolResult; durationMs: number }): Promise<After> {
  if (!session.has(event)) return { added: [] };
  const place = placeOf(turn);
  const ran: Ran[] = [];
  // Each thing that the call did has a result of its own form.
  try {
    for (const seen of showCall(call, { cwd: session.cwd })) {
      const [first] = seen;
      const about = event === 'PostToolUse' ? { tool_response: showResult(first?.name ?? call.name, result, first?.input ?? {}) } : { error: textOf(result), is_interrupt: false };
      ran.push(...await session.run({ event, fields: { tool_use_id: call.id, ...about, duration_ms: durationMs }, seen: [seen] }, place));
    }
  } catch (error) {
    turn.signal.throwIfAborted();
    session.stops.set(turn.turnId, toMessage(error)); // The call has run, and its result stands; nothing further does.
  }
  return fold(session, event, ran, { turn, place });
}

function fold(session: HookSession, event: EventName, ran: readonly Ran[], { turn, place }: { turn: Turn; place: Place }): After {
  const folded = foldOutcomes(ran.map(({ outcome }) => outcome), session.ruleOf);
  const outputs = ran.filter(({ outcome }) => outcome.updatedOutput !== undefined);
  if (outputs.length > 1) session.tell({ level: 'warning', text: `Several hooks replaced one result; the first in the order of the files counts (${outputs.length} hooks)` }, place);
  if (folded.stop !== undefined) session.stops.set(turn.turnId, folded.stop);
  else if (folded.failed.length > 0) session.stops.set(turn.turnId, folded.failed.join('; '));
  const texts = [...(folded.block === undefined ? [] : [folded.block]), ...folded.contexts];
  return { ...(outputs.length === 0 ? {} : { replaced: outputs[0]!.outcome.updatedOutput }), added: texts.map((text) => markText(event, text)) };
}
