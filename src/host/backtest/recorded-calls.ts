import { applyHistory, type Answer, type Effect, type Message, type Mode, type Origin, type RecordedOpinion, type RecordedPart, replyMessage, type Target, type ToolResultBlock, type TurnEvent } from '@pith/kernel';

/** A tool call of a recorded session, with what it was judged by and what became of it. */
export interface RecordedCall {
  callId: string;
  runId: string;
  tool: string;
  owner: string;
  effect: Effect;
  input: unknown;
  targets: readonly Target[];
  cwd: string;
  roots: readonly string[];
  mode: Mode;
  origin: Origin;
  /** What had been said in its run. */
  messages: readonly Message[];
  opinions: readonly RecordedOpinion[];
  answer: Answer | undefined;
  then: 'ran' | 'refused';
  reason: string;
}

export interface RecordedCalls { calls: RecordedCall[]; /** Calls that were judged, of which the transcript does not hold enough to judge them again. */ lacking: number }

interface Touched { owner: string; effect: Effect; targets: readonly Target[]; input?: unknown }

/** Every call of a sitting that permission was asked about. */
export function readCalls({ events: whole, rest = [], outside }: RecordedPart): RecordedCalls {
  const events = [...whole, ...rest];
  const calls: RecordedCall[] = [];
  let lacking = 0;
  const facts = outside.find((item) => item.kind === 'session')?.facts;
  const turns = new Map(outside.flatMap((item) => (item.kind === 'turn' || item.kind === 'call' ? [[item.facts.turnId, item.facts] as const] : [])));
  const touched = readTouched(events, outside);
  const modes = readModes(outside);
  const asked = new Map<string, unknown>();
  const origins = new Map<string, Origin>();
  const talks = new Map<string, Talk>();
  let start: Extract<TurnEvent, { type: 'session-start' }> | undefined;
  for (const event of events) {
    const { runId, turnId } = event;
    const talk = talks.get(runId) ?? new Talk();
    talks.set(runId, talk);
    talk.take(event);
    switch (event.type) {
      case 'session-start': start = event; break;
      case 'input-accepted': origins.set(runId, event.origin); break;
      case 'tool-call': asked.set(`${runId} ${event.callId}`, event.input); break;
      case 'model-end': for (const block of event.reply.blocks) if (block.type === 'tool-call') asked.set(`${runId} ${block.id}`, block.input); break;
      case 'permission-decided': {
        const key = `${runId} ${event.callId}`;
        const known = touched.get(key);
        const found = known !== undefined && known.length > 1 && event.verdict === 'allow' ? known.shift() : known?.[0];
        if (found === undefined || start === undefined) {
          lacking++;
          break;
        }
        const { owner, effect, targets, input = asked.get(key) } = found;
        calls.push({
          callId: event.callId, runId, tool: event.tool, owner, effect, targets, input,
          cwd: start.cwd, roots: facts?.roots ?? [start.cwd], mode: modes.get(key) ?? turns.get(turnId)?.mode ?? start.mode, origin: origins.get(runId) ?? turns.get(turnId)?.origin ?? 'parent',
          messages: talk.messages.slice(), opinions: event.opinions, answer: event.answer, then: event.verdict === 'allow' ? 'ran' : 'refused', reason: `${event.by}: ${event.reason}`,
        });
        break;
      }
      default:
    }
  }
  return { calls, lacking };
}

/** What calls touched: of those that ran from the transcript, of those that were refused from the tape. */
function readTouched(events: readonly TurnEvent[], outside: RecordedPart['outside']): Map<string, Touched[]> {
  const touched = new Map<string, Touched[]>();
  for (const { type, runId, ...event } of events) {
    if (type !== 'tool-start') continue;
    const { callId, owner, effect, targets, input } = event as Extract<TurnEvent, { type: 'tool-start' }>;
    touched.set(`${runId} ${callId}`, [...touched.get(`${runId} ${callId}`) ?? [], { owner, effect, targets, input }]);
  }
  for (const item of outside) {
    const [, runId, callId] = item.kind === 'value' ? /^(\S+) targets \d+ (.+) \d+$/.exec(item.key) ?? [] : [];
    if (item.kind !== 'value' || runId === undefined || callId === undefined || touched.has(`${runId} ${callId}`) || !('value' in item.outcome)) continue;
    touched.set(`${runId} ${callId}`, [item.outcome.value as Touched]);
  }
  return touched;
}

/** Of calls that came after the mode was changed in the middle of their turn. */
function readModes(outside: RecordedPart['outside']): Map<string, Mode> {
  const modes = new Map<string, Mode>();
  for (const item of outside) {
    const [, runId, callId] = item.kind === 'value' ? /^(\S+) mode \d+ (.+) \d+$/.exec(item.key) ?? [] : [];
    if (item.kind === 'value' && runId !== undefined && 'value' in item.outcome) modes.set(`${runId} ${callId}`, item.outcome.value as Mode);
  }
  return modes;
}

/** What was said in one run so far. */
class Talk {
  readonly messages: Message[] = [];
  #results: ToolResultBlock[] = [];

  take(event: TurnEvent): void {
    if (event.type === 'input-accepted') this.messages.push(event.message);
    if (event.type === 'history-changed') {
      this.#settle();
      this.messages.splice(0, this.messages.length, ...applyHistory(this.messages, event.messages));
    }
    if (event.type === 'tool-end' && event.index !== undefined) this.#results[event.index] = { type: 'tool-result', toolCallId: event.callId, content: event.content, ...(event.status === 'done' ? {} : { isError: true }) };
    if (event.type !== 'model-end' || event.purpose !== 'turn' || event.error !== undefined) return;
    this.#settle();
    const message = replyMessage(event.reply);
    if (message !== undefined) this.messages.push(message);
  }

  #settle(): void {
    if (this.#results.length > 0) this.messages.push({ role: 'user', content: this.#results.filter((result) => result !== undefined) });
    this.#results = [];
  }
}
