import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContributionContext, PreparedCall } from '@pith/kernel';
import { type Bounds, bubblewrapArgv, PROXY_PORT } from './bubblewrap.ts';
import { isThisMachine, parseHost } from './hosts.ts';
import { findSandbox, type Found } from './probe.ts';
import type { Proxy } from './proxy.ts';
import { seccompFilter } from './seccomp.ts';

export type WrapProcess = PreparedCall['execution']['wrapProcess'][number];
export type Confines = Exclude<Found, { kind: 'none' }>;

/** How one command is started. */
export interface Confined { wrap: WrapProcess; env: Readonly<Record<string, string>> }

/** Its own files. Commands can write `temporary`, and nothing else of them. */
interface Home { folder: string; temporary: string; filter: string; empty: string }

/** What there is on this machine to confine commands with, found and made once: the program, its filter, a temporary folder, the proxy. */
export class Confinement {
  readonly #hosts: readonly string[];
  readonly #env: ContributionContext['env'];
  #home: Promise<Home> | undefined;
  #found: Promise<Found> | undefined;
  #proxy: Promise<Proxy> | undefined;
  #runs = 0;

  constructor(hosts: readonly string[], env: ContributionContext['env']) {
    this.#hosts = hosts;
    this.#env = env;
  }

  find(): Promise<Found> {
    return this.#found ??= this.#ready().then(({ filter }) => findSandbox(this.#env, seccompFilter() === undefined ? undefined : filter));
  }

  /** Its folder, and the part of it that commands can write. */
  own(): Promise<Pick<Home, 'folder' | 'temporary'>> {
    return this.#ready();
  }

  /** A name for the report of which processes a command has. */
  async newInfo(): Promise<string> {
    return join((await this.#ready()).folder, `run-${++this.#runs}`);
  }

  async confine(found: Confines, bounds: Bounds, info: string | undefined): Promise<Confined> {
    const { temporary, filter, empty, folder } = await this.#ready();
    const env = { TMPDIR: temporary };
    if (found.kind === 'seatbelt') {
      const { seatbeltArgv } = await import('./seatbelt.ts');
      const port = this.#hosts.length === 0 ? undefined : (await this.#startProxy(0)).port;
      return { env, wrap: (argv) => seatbeltArgv(argv, { ...bounds, temporary, port }) };
    }
    const { bwrap, socat } = found;
    const tools = { bwrap, filter, empty, ...(info === undefined ? {} : { info }) };
    if (this.#hosts.length === 0 || socat === undefined) return { env, wrap: (argv) => bubblewrapArgv(argv, bounds, tools) };
    const socket = join(folder, 'proxy');
    await this.#startProxy(socket);
    return { env: { ...env, ...proxyEnvironment(this.#hosts) }, wrap: (argv) => bubblewrapArgv(argv, bounds, { ...tools, bridge: { socat, socket } }) };
  }

  /** What the proxy let nobody reach since it was last asked. */
  async takeRefusals(): Promise<string[]> {
    return (await this.#proxy)?.takeRefusals() ?? [];
  }

  async close(): Promise<void> {
    await (await this.#proxy?.catch(() => undefined))?.close();
    const home = await this.#home?.catch(() => undefined);
    if (home !== undefined) await rm(home.folder, { recursive: true, force: true });
  }

  #ready(): Promise<Home> {
    return this.#home ??= (async () => {
      const folder = await mkdtemp(join(await realpath(tmpdir()), 'pith-sandbox-'));
      const home = { folder, temporary: join(folder, 'tmp'), filter: join(folder, 'filter'), empty: join(folder, 'empty') };
      await mkdir(home.temporary, { mode: 0o700 });
      await writeFile(home.filter, seccompFilter() ?? '');
      await writeFile(home.empty, '');
      return home;
    })();
  }

  #startProxy(at: string | number): Promise<Proxy> {
    return this.#proxy ??= import('./proxy.ts').then(({ startProxy }) => startProxy(at, this.#hosts.map((host) => parseHost(host)!)));
  }
}

/** What programs look at to find the proxy. Names of this machine stay in the sandbox, unless they are listed. */
function proxyEnvironment(hosts: readonly string[]): Record<string, string> {
  const proxy = `http://127.0.0.1:${PROXY_PORT}`;
  const local = hosts.some((host) => isThisMachine(parseHost(host)?.name ?? '')) ? '' : 'localhost,127.0.0.1,::1';
  return { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy, https_proxy: proxy, ALL_PROXY: proxy, all_proxy: proxy, NO_PROXY: local, no_proxy: local, NODE_USE_ENV_PROXY: '1' };
}
