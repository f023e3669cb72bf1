import { showPatch } from './patch-words.ts';
import { type Fields, type Seen, seeEdit, toAbsolute } from './seen.ts';

export interface ToolWords {
  show(input: Fields, at: { cwd: string }): readonly Seen[];
  /** The input with the fields of `changed`, in their words, in the place of those of thing `index`; nothing where that cannot be. */
  take(input: Fields, changed: Fields, index: number): Fields | undefined;
}

/** Tools of pith and what hooks call them. What is not here goes under its own name, with its own input. */
export const TOOL_WORDS: Readonly<Record<string, ToolWords>> = {
  bash: renamed(['Bash'], { command: 'command', timeoutMs: 'timeout', background: 'run_in_background' }, { drop: ['description'] }),
  read: renamed(['Read'], { path: 'file_path', offset: 'offset', limit: 'limit' }),
  write: renamed(['Write'], { path: 'file_path', content: 'content' }),
  edit: { show: showEdit, take: takeEdit },
  'apply-patch': { show: ({ patch }, at) => showPatch(String(patch), at), take: () => undefined },
  list: renamed(['LS'], { path: 'path' }),
  glob: renamed(['Glob'], { pattern: 'pattern', path: 'path' }),
  grep: renamed(['Grep'], { pattern: 'pattern', path: 'path', glob: 'glob', ignoreCase: '-i', context: '-C', filesOnly: 'output_mode' }, {
    toTheirs: { filesOnly: (value) => (value === true ? 'files_with_matches' : 'content') },
    toOurs: { output_mode: (value) => (value === 'files_with_matches' ? true : value === 'content' ? false : undefined) },
  }),
  'web-fetch': renamed(['WebFetch'], { url: 'url' }, { fixed: { prompt: '' }, drop: ['prompt'] }),
  'web-search': renamed(['WebSearch'], { query: 'query' }),
  agent: renamed(['Task', 'Agent'], {}),
  todo: renamed(['TodoWrite'], { items: 'todos' }, { toTheirs: { items: toTodos }, toOurs: { todos: fromTodos } }),
  'ask-user': { show: showQuestion, take: () => undefined },
  jobs: {
    show: (input) => [[input['action'] === 'stop' ? { name: 'KillShell', input: { shell_id: input['job'] } } : { name: 'BashOutput', input: { bash_id: input['job'] } }]],
    take: () => undefined,
  },
};

/** For tools that nobody knows: as they are. */
export function ownWords(name: string): ToolWords {
  return { show: (input) => [[{ name, input }]], take: (input, changed) => ({ ...input, ...changed }) };
}

type Change = (value: unknown) => unknown;
interface Renaming {
  /** What they have besides. */
  fixed?: Fields;
  /** Fields of theirs that mean nothing here. */
  drop?: readonly string[];
  /** By our field, and by theirs: where the values differ, too. Nothing stands for a value that cannot be carried. */
  toTheirs?: Readonly<Record<string, Change>>;
  toOurs?: Readonly<Record<string, Change>>;
}

/** One call, one thing, other names. Fields without another name keep theirs. `file_path` is absolute, as theirs is. */
function renamed(names: readonly string[], fields: Readonly<Record<string, string>>, { fixed = {}, drop = [], toTheirs = {}, toOurs = {} }: Renaming = {}): ToolWords {
  const back = Object.fromEntries(Object.entries(fields).map(([ours, theirs]) => [theirs, ours]));
  return {
    show: (input, { cwd }) => {
      const shown: Record<string, unknown> = { ...fixed };
      for (const [ours, given] of Object.entries(input)) {
        const theirs = fields[ours] ?? ours;
        const value = toTheirs[ours]?.(given) ?? given;
        shown[theirs] = theirs === 'file_path' ? toAbsolute(value, cwd) : value;
      }
      return [names.map((name) => ({ name, input: shown }))];
    },
    take: (input, changed) => {
      const taken: Record<string, unknown> = { ...input };
      for (const [theirs, given] of Object.entries(changed)) {
        if (drop.includes(theirs)) continue;
        const value = given === undefined || toOurs[theirs] === undefined ? given : toOurs[theirs](given);
        if (value === undefined && given !== undefined) return undefined;
        const ours = back[theirs] ?? theirs;
        if (value === undefined) delete taken[ours];
        else taken[ours] = value;
      }
      return taken;
    },
  };
}

/** Each change is an `Edit` of its own, or a `MultiEdit` for hooks that only know that. */
function showEdit({ path, edits, old, new: replacement, ...rest }: Fields, { cwd }: { cwd: string }): readonly Seen[] {
  const changes = Array.isArray(edits) ? edits as { old?: unknown; new?: unknown }[] : [{ old, new: replacement }];
  return changes.map((change) => seeEdit({ ...rest, file_path: toAbsolute(path, cwd) }, { old_string: change?.old, new_string: change?.new }));
}

function takeEdit(input: Fields, { old_string: old, new_string: replacement, edits: changedEdits, replace_all: all, ...rest }: Fields, index: number): Fields | undefined {
  const given = Array.isArray(changedEdits) && changedEdits.length === 1 ? changedEdits[0] as Record<string, unknown> : undefined;
  const change = { ...(old === undefined ? {} : { old }), ...(replacement === undefined ? {} : { new: replacement }), ...(given === undefined ? {} : { old: given['old_string'], new: given['new_string'] }) };
  const { file_path: path, ...unknown } = rest;
  // A text is replaced in the one place where it stands: there is no other way to say all.
  if (Object.keys(unknown).length > 0 || all === true || (changedEdits !== undefined && given === undefined)) return undefined;
  const { edits } = input;
  if (!Array.isArray(edits)) return { ...input, ...change, ...(path === undefined ? {} : { path }) };
  if (path !== undefined) return undefined; // One of several changes cannot go to another file.
  return { ...input, edits: edits.map((edit: object, at) => (at === index ? { ...edit, ...change } : edit)) };
}

const STATUS = { open: 'pending', active: 'in_progress', done: 'completed' } as const;

function toTodos(items: unknown): unknown {
  if (!Array.isArray(items)) return items;
  return items.map(({ text, status }: { text?: unknown; status?: unknown }) => ({ content: text, activeForm: text, status: STATUS[status as keyof typeof STATUS] ?? status }));
}

function fromTodos(todos: unknown): unknown {
  if (!Array.isArray(todos)) return undefined;
  const ours = Object.fromEntries(Object.entries(STATUS).map(([status, theirs]) => [theirs, status]));
  return todos.map(({ content, status }: { content?: unknown; status?: unknown }) => ({ text: content, status: ours[status as string] ?? status }));
}

function showQuestion({ question, options = [] }: Fields): readonly Seen[] {
  const choices = Array.isArray(options) ? options.map((label: unknown) => ({ label, description: '' })) : [];
  return [[{ name: 'AskUserQuestion', input: { questions: [{ question, header: '', multiSelect: false, options: choices }] } }]];
}
