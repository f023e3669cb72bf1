import { Command, Flags } from '@oclif/core';
import { balancerError } from '../../errors.ts';
import { withBalancer } from '../../with-balancer.ts';

/** Whatever is called a token in JSON is hidden where pith prints it, and this is the one time that it is shown. */
export interface MadeToken { value: string; createdMs: number }

export default class ProxyToken extends Command {
  static override summary = 'Make the token of the management API of pith proxy, and show it once.';
  static override description = 'Only its hash is kept. It counts at once, also for a proxy that runs. PITH_PROXY_TOKEN comes before it. Programs send it as Authorization: Bearer TOKEN.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> --new'];
  static override flags = { new: Flags.boolean({ summary: 'Also where there is one, which then ends.' }) };

  async run(): Promise<MadeToken> {
    const { flags } = await this.parse(ProxyToken);
    return withBalancer(this.config, async ({ settings }) => {
      const { makeToken, TOKEN_VARIABLE } = await import('../../settings/token.ts');
      const nowMs = Date.now();
      const token = await makeToken(settings, { replace: flags.new, nowMs });
      if (token === undefined) throw balancerError('PROXY_TOKEN_THERE', `There is a token, made on ${new Date(settings.token!.createdMs).toISOString()}, and only its hash is kept, so it cannot be shown again`, { hint: 'To make another one, which ends that: pith proxy token --new' });
      this.log(token);
      if (process.env[TOKEN_VARIABLE]) this.warn(`Where ${TOKEN_VARIABLE} is set, as it is here, that one counts instead.`);
      return { value: token, createdMs: nowMs };
    });
  }
}
