/** What the hooks of one event can do, and what of theirs means what. */
interface EventFacts {
  /** The field of the input that matchers filter on; without one, matchers are not looked at. */
  matchOn?: string;
  /** A failure of its hooks would let through what they were to stop, so it counts as a refusal unless told otherwise. */
  guards?: true;
  /** Seconds a command may take where its entry says nothing. */
  timeoutS: number;
  /** Output that is no JSON becomes text for the model. */
  plainContext?: true;
  /** What exit code 2 means: it blocks, its stderr is for the model, or for the person; or it is a failure like any other. */
  exit2: 'block' | 'tell' | 'show' | 'fail';
}

/** The events that pith has a place for. */
export const EVENTS = {
  SessionStart: { matchOn: 'source', timeoutS: 600, plainContext: true, exit2: 'show' },
  UserPromptSubmit: { guards: true, timeoutS: 30, plainContext: true, exit2: 'block' },
  PreToolUse: { matchOn: 'tool_name', guards: true, timeoutS: 600, exit2: 'block' },
  PermissionRequest: { matchOn: 'tool_name', guards: true, timeoutS: 600, exit2: 'fail' },
  PostToolUse: { matchOn: 'tool_name', timeoutS: 600, exit2: 'tell' },
  PostToolUseFailure: { matchOn: 'tool_name', timeoutS: 600, exit2: 'tell' },
  Notification: { matchOn: 'notification_type', timeoutS: 600, exit2: 'show' },
  SubagentStart: { matchOn: 'agent_type', timeoutS: 600, exit2: 'show' },
  SubagentStop: { matchOn: 'agent_type', timeoutS: 600, exit2: 'block' },
  Stop: { timeoutS: 600, exit2: 'block' },
  PreCompact: { matchOn: 'trigger', timeoutS: 600, exit2: 'block' },
  SessionEnd: { matchOn: 'reason', timeoutS: 1.5, exit2: 'show' },
} as const satisfies Record<string, EventFacts>;

export type EventName = keyof typeof EVENTS;

export const factsOf = (event: EventName): EventFacts => EVENTS[event];
export const isEventName = (name: string): name is EventName => Object.hasOwn(EVENTS, name);
export const TOOL_EVENTS: ReadonlySet<EventName> = new Set<EventName>(['PreToolUse', 'PermissionRequest', 'PostToolUse', 'PostToolUseFailure']);

/** All hooks of `SessionEnd` together may take this long, or as long as one of them says: at most `SESSION_END_MAX_MS`, since the kernel waits no longer for observers. */
export const SESSION_END_MS = 1500;
export const SESSION_END_MAX_MS = 8000;
/** No command may take longer than this, whatever its entry says. */
export const TIMEOUT_MAX_MS = 3_600_000;
