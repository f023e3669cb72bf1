import { Args, Command, Flags } from '@oclif/core';
import { findAccount } from '../../account/check.ts';
import { type ShownAccount, toShown } from '../../account/shown.ts';
import { toResumedText } from '../../account/resume-account.ts';
import { secretName } from '../../account/remove-account.ts';
import { balancerError } from '../../errors.ts';
import { replaceSecret } from '../../token/add-account.ts';
import { getSecret, refuseTypedKey, type SecretSource, toWay } from '../../token/get-secret.ts';
import { readOauthSecret } from '../../token/oauth-secret.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsReauth extends Command {
  static override summary = 'Give an account another key, or sign in again. All else of it stays.';
  static override description = 'What is under way goes on with what it has; the next request takes the new one, in every process.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'A new key from a file; without a pipe it asks for it', command: '<%= config.bin %> <%= command.id %> work < key.txt' },
  ];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };
  static override flags = {
    issuer: Flags.string({ summary: 'Sign in at this issuer of the settings. Default: the one of before.', helpValue: 'NAME' }),
    paste: Flags.boolean({ summary: 'Sign in on any machine, and paste the code here.', exclusive: ['device'] }),
    device: Flags.boolean({ summary: 'Sign in on any machine with a short code.' }),
  };

  async run(): Promise<ShownAccount> {
    refuseTypedKey(this.argv, 'pith accounts reauth', ['--issuer']);
    const { args, flags } = await this.parse(AccountsReauth);
    return withBalancer(this.config, async (balancer) => {
      const [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
      const account = findAccount(pool.accounts, args.name);
      const { credential } = account;
      const isSignIn = flags.issuer !== undefined || flags.paste || flags.device;
      if (isSignIn && credential !== 'oauth') throw balancerError('ACCOUNT_VALUE_INVALID', `Account ${account.name} has a ${credential === 'bearer' ? 'token' : 'key'} and no sign-in`, { hint: 'Leave the flags out and give it a new one, or add another account with --issuer.' });
      const issuer = flags.issuer ?? (credential === 'oauth' ? readOauthSecret(await vault.get(secretName(account)))?.issuer : undefined);
      if (credential === 'oauth' && issuer === undefined) throw balancerError('ACCOUNT_ISSUER_UNKNOWN', `Nobody knows any more where account ${account.name} has signed in`, { hint: 'Say it: pith accounts reauth NAME --issuer ISSUER' });
      const source: SecretSource = credential === 'oauth' ? { credential, issuer: issuer!, way: toWay(flags) } : { credential };
      const renewed = await replaceSecret(account, await getSecret(account.name, source, balancer), { pool, vault });
      const nowMs = Date.now();
      this.log(`${account.name} has a new ${credential === 'api-key' ? 'key' : 'token'}.`);
      if (toShown(renewed, nowMs).state.kind !== 'active') this.log(toResumedText(renewed, nowMs));
      return toShown(renewed, nowMs);
    });
  }
}
