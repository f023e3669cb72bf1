import { Args, Command, Flags } from '@oclif/core';
import { isKeyVariable } from '@pith/child/environment';
import { EXIT, PithError, resolvePaths, type VaultStatus } from '@pith/kernel';
import { VALUE_MIN } from '@pith/redact';
import { askHidden } from '../../hidden-prompt.ts';
import { findKeyUses, findOverride, toSecretName } from '../../key-use.ts';
import { checkName } from '../../secret.ts';
import { readValue, toValue } from '../../typed-value.ts';
import { createVault } from '../../vault.ts';
import { describeKey, describeUse } from '../../words.ts';

interface Stored { name: string; file: string; key: VaultStatus['key']; provider: string | null; overriddenBy: string | null }

export default class AuthSet extends Command {
  static override summary = 'Keep a key: typed at a prompt that shows nothing, or piped in.';
  static override description = 'The value is never taken from the command line, which others can see and the shell remembers. A key in the environment counts before one that is kept here.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'From a file or another program; without a pipe it asks for the key', command: '<%= config.bin %> <%= command.id %> anthropic < key.txt' },
    { description: 'All lines of a file', command: '<%= config.bin %> <%= command.id %> github-app --multiline < app.pem' },
  ];
  static override args = {
    name: Args.string({ required: true, description: 'A provider, as anthropic, openai or openrouter (or its variable, as ANTHROPIC_API_KEY), or any other name that a plugin asks for.' }),
  };
  static override flags = {
    multiline: Flags.boolean({ summary: 'The value has several lines, as a PEM file.' }),
  };

  async run(): Promise<Stored> {
    refuseValue(this.argv);
    const { args, flags } = await this.parse(AuthSet);
    const uses = findKeyUses(this.config.plugins.values());
    const name = toSecretName(args.name, uses);
    checkName(name);
    const typed = process.stdin.isTTY ? await askHidden(`The key for ${name} (it is not shown): `) : await readValue(process.stdin);
    const value = toValue(typed, flags);
    const { config } = resolvePaths(process.env, this.config);
    const vault = createVault({ config, env: process.env });
    await vault.set(name, value);
    const { file, key } = await vault.status();
    const use = uses.find(({ provider }) => provider === name);
    this.log(`${name} is stored in ${file}.`);
    this.log(describeKey(key, config));
    this.log(describeUse(use, process.env));
    if (value.length < VALUE_MIN) this.logToStderr(`pith: The value has fewer than ${VALUE_MIN} characters, too few to be recognised: it is not masked where it appears.`);
    return { name, file, key, provider: use?.provider ?? null, overriddenBy: (use && findOverride(use, process.env)) ?? null };
  }
}

const FLAGS = ['--multiline', '--json'];

/** Before oclif looks at it, which would print what it does not know. @throws PithError SECRET_ON_COMMAND_LINE */
function refuseValue(argv: readonly string[]): void {
  const [name = '', ...others] = argv.filter((word) => !FLAGS.includes(word));
  if (others.length === 0 && !name.startsWith('-') && !name.includes('=') && !isKeyVariable('NAME', name)) return;
  throw new PithError('pith auth set takes a name and nothing else; a value is never taken from the command line', {
    code: 'SECRET_ON_COMMAND_LINE', exitCode: EXIT.usage,
    hint: 'Run pith auth set NAME and paste it at the prompt, or pipe it in: pith auth set NAME < FILE. If what you typed was a key, it is in your shell’s history now: take it out there, and get a new one where others use this machine.',
  });
}
