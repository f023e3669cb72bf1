import { Command, Flags } from '@oclif/core';
import type { HotSettings } from '../../settings/settings.ts';
import { withBalancer } from '../../with-balancer.ts';

const PORT = 8080;
const HOST = '127.0.0.1';

/** What a script must know to use it, said as soon as it listens. */
export interface ListeningProxy { url: string; port: number }

export default class ProxyCommand extends Command {
  static override summary = 'Let any program use the accounts, by changing its base address.';
  static override description = `Listens on this machine for requests as Anthropic and OpenAI take them, sends each with an account of the pool, goes on with another one where an account is at its limit, and puts all of them on the books. Runs until it is stopped; requests under way are finished then.`;
  static override enableJsonFlag = true;
  static override examples = [
    { description: `On port ${PORT}; then run a program with ANTHROPIC_BASE_URL=http://${HOST}:${PORT}, or OPENAI_BASE_URL=http://${HOST}:${PORT}/v1`, command: '<%= config.bin %> <%= command.id %>' },
    { description: 'On any port that is free', command: '<%= config.bin %> <%= command.id %> --port 0' },
  ];
  static override flags = {
    port: Flags.integer({ char: 'p', summary: 'Where to listen; 0 for any that is free.', helpValue: 'PORT', min: 0, max: 65_535, description: `By default ${PORT}, or as the settings say.` }),
    host: Flags.string({ summary: 'The address to listen on. Beyond this machine only with client keys.', helpValue: 'ADDRESS', description: `By default ${HOST}, or as the settings say.` }),
    'allow-host': Flags.string({ summary: 'Another name that programs on this machine may ask by.', helpValue: 'NAME', multiple: true }),
  };

  #told: ListeningProxy | undefined;

  async run(): Promise<ListeningProxy> {
    const { flags } = await this.parse(ProxyCommand);
    const [{ openProxy, hearStop }, { untilDatabase }, { tuneV8 }] = await Promise.all([import('../../proxy/run-proxy.ts'), import('../../proxy/until-database.ts'), import('../../proxy/tune-v8.ts')]);
    tuneV8();
    return withBalancer(this.config, async (balancer) => {
      await untilDatabase(balancer, (line) => this.logToStderr(line));
      const { port = PORT, host = HOST } = balancer.options.proxy;
      if (process.env['PITH_PROXY_TOKEN']) (await import('../../settings/token.ts')).tokenOf(process.env); // One that can be guessed ends it here, before it listens.
      const hosts = [...balancer.options.proxy.allowHosts ?? [], ...flags['allow-host'] ?? []];
      const management = await balancer.management({ listensOn: flags.host ?? host, hosts });
      const proxy = await openProxy(balancer, { port: flags.port ?? port, host: flags.host ?? host, allowHosts: flags['allow-host'] ?? [] }, { other: management.other });
      management.begin();
      const stop = hearStop();
      const listening = this.#told = { url: proxy.url, port: proxy.port };
      this.log(`pith proxy listens on ${proxy.url}`);
      if (this.jsonEnabled()) process.stdout.write(`${JSON.stringify(listening)}\n`);
      await this.#sayToken(balancer.settings);
      await stop.once;
      management.close();
      const closed = proxy.close();
      if (proxy.active > 0) this.logToStderr(`Waiting for ${proxy.active} request${proxy.active === 1 ? '' : 's'} under way`);
      void stop.again.then(() => proxy.cutOff());
      await closed;
      return listening;
    });
  }

  /** It was written when it was true. */
  protected override logJson(json: unknown): void {
    if (json !== this.#told) super.logJson(json);
  }

  /** The first one is shown to a person; where nobody sees it, it would only be in some log. */
  async #sayToken(settings: HotSettings): Promise<void> {
    const { hasToken, makeToken } = await import('../../settings/token.ts');
    if (hasToken(settings, process.env)) return;
    const token = process.stderr.isTTY && !this.jsonEnabled() ? await makeToken(settings, { replace: false, nowMs: Date.now() }) : undefined;
    this.logToStderr(token === undefined ? 'Its management API (/api, /metrics) has no token yet. Make one with: pith proxy token' : `The token of its management API (/api, /metrics), shown this once: ${token}`);
  }
}
