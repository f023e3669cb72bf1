import type { Effect, Mode, Origin, Target, Verdict } from './event.ts';

/**
 * Examples that a tap carries: what comes in, and what the tap must make of it. `pith hooks test` runs them, each with
 * the tap alone in a kernel of its own; a hook file or a package whose examples fail is not taken into use. They cost
 * nothing while turns run. Observers (`output`) give nothing back, so they carry none.
 */
export interface TapExample<Call, Expect> {
  /** Shown to people. Default: the call itself. */
  title?: string;
  call: Call;
  expect: Expect;
  /** The plugin's options. Default: those of the settings. */
  options?: unknown;
  /** The environment that the plugin sees. Default: an empty one. */
  env?: Readonly<Record<string, string>>;
  /** Files by name in the folder of the session, which is empty otherwise. */
  files?: Readonly<Record<string, string>>;
}

/** The whole text, or a pattern that must be found in it. */
export type TextPattern = string | RegExp;

/** A tool call. Nothing is run: the tool only says what it would touch. */
export interface ExampleCall {
  name: string;
  input?: unknown;
  /** Default: that of the tool of this name. Where there is none: `exec` with an input `command`, `network` with `url`; else it is stated. */
  effect?: Effect;
  /** Default: what the tool of this name says; where there is none, made from `command`, `url` or `path` of the input. */
  targets?: readonly Target[];
  mode?: Mode;
  origin?: Origin;
}

/** `none` is no opinion, with a reason or without. A tap that throws never fits, not even with `deny`. */
export type PermissionExample = TapExample<ExampleCall, Verdict | 'none' | { verdict: Verdict | 'none'; reason: TextPattern }>;

/**
 * `result` is what the tool gives, as text. `same`: neither call nor result is changed; `answered`: the tap answers and
 * the tool does not run. `input` and `name` are those of the call that permission sees, `result` the text of what comes back.
 */
export type ToolExample = TapExample<ExampleCall & { result?: string }, 'same' | 'answered' | { name?: string; input?: unknown; result?: TextPattern }>;

/** `handled` is the reply of a tap that answers by itself. */
export type InputExample = TapExample<string | { text: string; origin?: Origin }, 'same' | { text: TextPattern } | { handled: TextPattern }>;

/** `contains` is looked for in the system sections and in the messages; `prefix`: over two turns the request only grew. */
export type ContextExample = TapExample<string | { text: string; origin?: Origin }, 'same' | { contains?: TextPattern; prefix?: 'kept' }>;

/** `replies` is what the model says, call after call; an error is one of the provider. `request` is looked for in what the model gets first. */
export type ModelExample = TapExample<
  string | { text: string; replies?: readonly (string | Error)[] },
  'same' | 'answered' | { request?: TextPattern; reply?: TextPattern; calls?: number }
>;

export interface ExamplesByHook {
  input: InputExample;
  context: ContextExample;
  model: ModelExample;
  tool: ToolExample;
  permission: PermissionExample;
}
/** The hooks whose taps may carry examples. */
export type ExampleHook = keyof ExamplesByHook;
