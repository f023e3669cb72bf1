/** What a capability means to the person who grants it. */
const MEANINGS: Readonly<Record<string, (what: string) => string>> = {
  hook: (hook) => HOOKS[hook] ?? `taps a hook ${hook} that this version does not have`,
  tool: (name) => `gives the model a tool: ${name}`,
  'tool-source': (name) => `gives the model tools that are known only at run time: ${name}`,
  provider: (name) => `answers as a model provider: ${name}`,
  command: (name) => `adds a command to the prompt: /${name}`,
  agent: (name) => `adds an agent: ${name}`,
  route: (route) => `answers requests to the server: ${route}`,
  service: (name) => `does something for other plugins: ${name}`,
  uses: (name) => (name === 'vault' ? 'reads and writes your stored keys (vault)' : `uses what another plugin does: ${name}`),
  permission: () => 'may allow tool calls without asking you',
  'oclif-hook': (hook) => `runs code by itself whenever you run pith (${hook})`,
};

const HOOKS: Readonly<Record<string, string>> = {
  input: 'reads what you type, and may change it or answer it',
  context: 'reads what is sent to the model, and may change it',
  model: 'sees every call of a model and its reply, and may change, answer or repeat it',
  tool: 'sees every tool call and its result, and may change or answer it',
  permission: 'has a say in what may run: no turn runs without it',
  output: 'hears everything that happens in a turn',
};

/** What is only said: pith does not hold a plugin to it. */
const DECLARED: Readonly<Record<string, (what: string) => string>> = {
  net: (host) => (host === '*' ? 'connects to any host' : `connects to ${host}`),
  exec: (program) => (program === '*' ? 'starts any program' : `starts ${program}`),
  secret: (variable) => `reads ${variable} from the environment`,
};

export interface Meanings { held: string[]; declared: string[] }

/** Capabilities as sentences: those that pith holds a plugin to, and those that it only declares. */
export function explainCapabilities(capabilities: readonly string[]): Meanings {
  const said: Meanings = { held: [], declared: [] };
  for (const capability of capabilities) {
    const [kind, what] = [capability.slice(0, capability.indexOf(':')), capability.slice(capability.indexOf(':') + 1)];
    const declared = DECLARED[kind];
    if (declared !== undefined) said.declared.push(declared(what));
    else said.held.push(MEANINGS[kind]?.(what) ?? `asks for ${capability}, which this version does not know`);
  }
  return said;
}
