import { Args, Command, Flags } from '@oclif/core';
import { parsePriority, parseTier } from '../../account/check.ts';
import { parseModels } from '../../account/provider.ts';
import { type ShownAccount, toShown, toWord } from '../../account/shown.ts';
import { balancerError } from '../../errors.ts';
import { addAccount, checkNew } from '../../token/add-account.ts';
import { askYes } from '../../token/ask-person.ts';
import { getSecret, refuseTypedKey, type SecretSource, toWay } from '../../token/get-secret.ts';
import { toNewAccount } from '../../token/new-account.ts';
import { findIssuer } from '../../token/sign-in/open-issuer.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsAdd extends Command {
  static override summary = 'Add an account: a key or a token that is typed unseen or piped in, or a sign-in.';
  static override description = 'A key is never taken from the command line, which others can see and the shell remembers. A sign-in goes to an issuer of the settings (plugins.balancer.issuers), with the client id that it has given to you; pith has none of its own. What you must do for it is said on standard error.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'A key from a file or another program; without a pipe it asks for it', command: '<%= config.bin %> <%= command.id %> office --provider anthropic < key.txt' },
    { description: 'Only where others are out, and with a name of its own for a model', command: '<%= config.bin %> <%= command.id %> spare --provider openrouter --priority 10 --model claude-sonnet-4-5=anthropic/claude-sonnet-4.5 < key.txt' },
    { description: 'A server on this machine', command: '<%= config.bin %> <%= command.id %> box --provider local --base-url http://127.0.0.1:11434 --allow-loopback < key.txt' },
    { description: 'By signing in; with --paste or --device where this machine has no browser', command: '<%= config.bin %> <%= command.id %> team --issuer corp --device' },
  ];
  static override args = { name: Args.string({ required: true, description: 'What to call it: at most 64 letters, digits, blanks and . _ @ + -.' }) };
  static override flags = {
    provider: Flags.string({ summary: 'anthropic, openai, openrouter, local, or a name of your own with --family and --base-url. Of an issuer: as the settings say.', helpValue: 'NAME' }),
    key: Flags.boolean({ summary: 'It has an API key (default).', exclusive: ['bearer', 'issuer'] }),
    bearer: Flags.boolean({ summary: 'It has a token that never changes.', exclusive: ['issuer'] }),
    issuer: Flags.string({ summary: 'Sign in at this issuer of the settings, in the browser of this machine.', helpValue: 'NAME' }),
    paste: Flags.boolean({ summary: 'Sign in on any machine, and paste the code here.', dependsOn: ['issuer'], exclusive: ['device'] }),
    device: Flags.boolean({ summary: 'Sign in on any machine with a short code.', dependsOn: ['issuer'] }),
    'base-url': Flags.string({ summary: 'Its server, up to and without /v1. Default: the provider’s own.', helpValue: 'URL' }),
    family: Flags.option({ options: ['anthropic', 'openai'] as const, summary: 'What its server speaks. Default: as the provider does.' })(),
    priority: Flags.string({ summary: '0 to 100, the lower the sooner.', default: '0', helpValue: 'N' }),
    tier: Flags.string({ summary: 'How much it takes in relation to others: 1, 5, 20 …, or limits: as its vendor says.', default: 'limits', helpValue: 'N' }),
    model: Flags.string({ summary: 'What it calls a model that is asked for; * at the end stands for any rest.', multiple: true, multipleNonGreedy: true, helpValue: 'ASKED=SENT' }),
    'allow-loopback': Flags.boolean({ summary: 'Its server may be on this machine.' }),
    'allow-host': Flags.string({ summary: 'Its server may be on this host in a private network.', multiple: true, multipleNonGreedy: true, helpValue: 'HOST' }),
  };

  async run(): Promise<ShownAccount> {
    refuseTypedKey(this.argv, 'pith accounts add', ['--provider', '--issuer', '--base-url', '--family', '--priority', '--tier', '--model', '--allow-host']);
    const { args, flags } = await this.parse(AccountsAdd);
    const [priority, tier, models] = [parsePriority(flags.priority), parseTier(flags.tier) ?? 1, parseModels(flags.model ?? [])];
    return withBalancer(this.config, async (balancer) => {
      const issuer = flags.issuer === undefined ? undefined : findIssuer(flags.issuer, balancer.options.issuers);
      const provider = flags.provider ?? issuer?.provider;
      if (provider === undefined) throw balancerError('ACCOUNT_VALUE_INVALID', 'Nobody has said whose account it is', { hint: 'Add --provider anthropic, openai, openrouter or local.' });
      const given = flags['base-url'] ?? issuer?.baseUrl ?? (provider === 'local' ? balancer.env['PITH_LOCAL_BASE_URL'] : undefined);
      const source: SecretSource = flags.issuer === undefined ? { credential: flags.bearer ? 'bearer' : 'api-key' } : { credential: 'oauth', issuer: flags.issuer, way: toWay(flags) };
      const account = await toNewAccount({
        name: args.name, provider, family: flags.family ?? issuer?.family, baseUrl: given, priority, tier, models, allowLoopback: flags['allow-loopback'], allowHosts: flags['allow-host'] ?? [],
      }, { credential: source.credential, confirm: askYes });
      const pool = await balancer.pool();
      checkNew(account, pool);
      const secret = await getSecret(args.name, source, balancer);
      const added = await addAccount(account, secret, { pool, vault: await balancer.vault() });
      this.log(`${added.name} is added: ${provider}, ${added.baseUrl}. To try it: pith accounts test ${toWord(added.name)}`);
      return toShown(added, Date.now());
    });
  }
}
