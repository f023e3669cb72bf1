import type { Kernel } from '@pith/kernel';
import { type Asked, ask, type Reply } from '../../../../src/http/test/start-host.ts';
import { openProxy } from '../../src/proxy/run-proxy.ts';
import type { Proxy } from '../../src/proxy/server.ts';
import type { Balancer } from '../../src/service.ts';
import { makeToken } from '../../src/settings/token.ts';
import { added, createHome, type Home } from '../start-balancer.ts';
import { startUpstream, type Upstream } from '../upstream.ts';

export interface Api {
  home: Home;
  kernel: Kernel;
  balancer: Balancer;
  upstream: Upstream;
  proxy: Proxy;
  port: number;
  token: string;
  /** Of the management API, with its token. */
  ask(path: string, asked?: Asked): Promise<Reply>;
  /** A request that the pool takes. It is in the database when this settles. */
  request(body?: object): Promise<number>;
  close(): Promise<void>;
}

/** A real proxy with its management API before a fake vendor, with accounts `one` and `two`. */
export async function startApi({ env = {} as Record<string, string>, options = {}, makeHome = () => createHome({ env, options }) } = {}): Promise<Api> {
  const [home, upstream] = [await makeHome(), await startUpstream()];
  const kernel = await home.open();
  const balancer = await kernel.service('balancer');
  const [pool, vault] = [await balancer.pool(), await balancer.vault()];
  for (const name of ['one', 'two']) {
    await pool.append(added(name, { baseUrl: upstream.url, atMs: Date.now() }));
    await vault.set(`anthropic/id-${name}`, `sk-ant-secret-of-${name}-that-nobody-sees`);
  }
  const token = (await makeToken(balancer.settings, { replace: true, nowMs: Date.now() }))!;
  const management = await balancer.management({ listensOn: '127.0.0.1' });
  const proxy = await openProxy(balancer, { port: 0, host: '127.0.0.1' }, { other: management.other });
  management.begin();
  await balancer.live();
  return {
    home, kernel, balancer, upstream, proxy, port: proxy.port, token,
    ask: (path, asked = {}) => ask(proxy, path, { token, ...asked }),
    request: async (body = { model: 'claude-test', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }) => {
      const { status } = await ask(proxy, '/v1/messages', { method: 'POST', body, token: null });
      await (await balancer.books()).books.flush();
      return status;
    },
    close: async () => {
      management.close();
      await proxy.close();
      await home.remove();
      await upstream.close();
    },
  };
}
