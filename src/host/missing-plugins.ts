/** Plugins that come with pith, and what nobody does where one was left out. */
const LOST: Readonly<Record<string, string>> = {
  anthropic: 'no model of Anthropic can be asked',
  checkpoints: 'files are not kept before they change, so /undo takes back only what was said',
  compaction: 'no room is made: when the window is full, the turn ends',
  context: 'the model is told nothing of the project: no AGENTS.md or CLAUDE.md, no folder, no date, no git',
  database: 'plugins that keep tables do not work',
  input: 'what is typed with /, ! or @ is sent to the model as it stands; nothing is taken back',
  openai: 'no model of OpenAI, of OpenRouter or of a server on this machine can be asked',
  permissions: 'modes and rules count for nothing: every call asks',
  pricing: 'it is not known what models cost, and how long their windows are; there is no pith models',
  resilience: 'a busy provider is not waited for, and no other model takes over',
  scripted: 'no conversation file can be played, and without a key nobody answers',
  sessions: 'no conversation is kept, so none is continued, taken back or played again',
  skills: 'skills and commands from files are not read',
  terminal: 'there is no chat, only pith run',
  tools: 'the model can read, change and run nothing',
  vault: 'keys can stand in the environment alone; there is no pith auth',
  web: 'no page of the web can be read',
};

/** Commands of plugins, by their first word, with the plugin that brings them. */
const BRINGS: Readonly<Record<string, string>> = {
  accounts: 'balancer', analyze: 'balancer', auth: 'vault', balancer: 'balancer', codemap: 'codemap', database: 'database', logs: 'balancer', models: 'pricing', permissions: 'permissions', proxy: 'balancer', requests: 'balancer',
  sessions: 'sessions', skills: 'skills', stats: 'balancer', voice: 'voice',
};

/** Commands of pith itself whose first word is that of a plugin. */
const OWN: readonly string[] = ['permissions explain', 'sessions rewind'];

/** The plugin to install for a command that is not there; nothing where no known one brings it, or it is there already. @param word the first of the command */
export function findBringer(word: string, commands: readonly string[] = []): string | undefined {
  const isThere = commands.some((known) => known.startsWith(`${word} `) && !OWN.includes(known));
  return Object.hasOwn(BRINGS, word) && !isThere ? BRINGS[word] : undefined;
}

export interface MissingPlugin { name: string; lost: string }

/** @param plugins those that are there, in order or not */
export function findMissing(plugins: readonly { name: string }[]): MissingPlugin[] {
  const there = new Set(plugins.map(({ name }) => name));
  return Object.entries(LOST).filter(([name]) => !there.has(name)).map(([name, lost]) => ({ name, lost }));
}

const COMMAND = /^(?:\/\p{L}[\p{L}\p{N}_:.-]*(?=\s|$)|!\s*[^\s!=?,;]+)/u;
const MENTION = /(?:^|\s)(@[\w~/."\\][^\s]*)/u;

/** What to say of a command or a mention that somebody has typed where nobody reads them. */
export function toUnreadNotice({ text, verbatim }: { text: string; verbatim?: boolean }, plugins: readonly { name: string }[]): string | undefined {
  if (verbatim === true || plugins.some(({ name }) => name === 'input')) return undefined;
  const typed = COMMAND.exec(text)?.[0] ?? MENTION.exec(text)?.[1];
  return typed === undefined ? undefined : `${typed} is sent to the model as it stands: the plugin input, which reads commands and mentions, is not here (pith plugins install input)`;
}
