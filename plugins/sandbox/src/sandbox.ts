import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import type { ContributionContext, ExecuteRun, PreparedCall, ToolResult, Turn } from '@pith/kernel';
import { type Bounds, bubblewrapArgv, PROXY_PORT, type Tools } from './bubblewrap.ts';
import { sandboxError } from './errors.ts';
import { parseHost } from './hosts.ts';
import { commandOf } from './inside.ts';
import type { SandboxOptions } from './options.ts';
import { findSandbox, type Found } from './probe.ts';
import { findMade, findProtected, type Place } from './protected.ts';
import type { Proxy } from './proxy.ts';
import { refusalNote } from './refusal-note.ts';
import { seccompFilter } from './seccomp.ts';
import { setAside } from './set-aside.ts';
import { whenOver } from './when-over.ts';

declare module '@pith/kernel' {
  interface Services { sandbox: Sandbox }
}

export interface SandboxRun { call: PreparedCall; turn: Turn; next: ExecuteRun; isInside: boolean }

type WrapProcess = PreparedCall['execution']['wrapProcess'][number];

/** Where its own files are. Only `temporary` can be written by commands. */
interface Home { folder: string; temporary: string; filter: string }

/** Confines the commands of all sessions of one kernel. A service, so that its folder and its proxy outlive a reload. */
export class Sandbox {
  readonly #options: SandboxOptions;
  readonly #env: ContributionContext['env'];
  readonly #own: readonly string[];
  #home: Promise<Home> | undefined;
  #found: Promise<Found> | undefined;
  #proxy: Promise<Proxy> | undefined;
  #runs = 0;
  /** Sessions that were told that there is no sandbox. */
  readonly #told = new Set<string>();
  /** Commands that the sandbox has kept from something: a person is asked for them from then on. */
  readonly #refused = new Set<string>();

  constructor({ options, env, paths }: ContributionContext) {
    this.#options = options as SandboxOptions;
    this.#env = env;
    this.#own = Object.values(paths);
  }

  /** Whether commands can be confined here, and protected files kept. */
  async isThere(): Promise<boolean> {
    return (await this.#find()).kind === 'bubblewrap';
  }

  /** Whether a call may go ahead in here without a question. */
  async mayPass(call: PreparedCall, { sessionId }: Turn): Promise<boolean> {
    if (this.#refused.has(toKey(sessionId, call))) return false;
    return await this.isThere() && !('reason' in await findProtected(await this.#writable(call)));
  }

  /** @throws PithError SANDBOX_MISSING, SANDBOX_FAILED */
  async run({ call, turn, next, isInside }: SandboxRun): Promise<ToolResult> {
    const found = await this.#find();
    if (found.kind === 'none' || (isInside && found.kind !== 'bubblewrap')) {
      this.#sayMissing(found, turn, isInside);
      return next(call, turn);
    }
    const writable = await this.#writable(call);
    const before = isInside ? await findProtected(writable) : [];
    if ('reason' in before) throw this.#giveBack(call, turn, `Not run: ${before.reason}, so protected files could not be kept`);
    const home = await this.#ready();
    const info = isInside ? join(home.folder, `run-${++this.#runs}`) : undefined;
    const bounds = await this.#bounds([...writable, home.temporary], before);
    const wrap = found.kind === 'bubblewrap' ? await this.#inBubblewrap({ found, bounds, home, info, turn, call }) : await this.#inSeatbelt(bounds, home);
    call.execution.wrapProcess.push(wrap);
    call.execution.env['TMPDIR'] = home.temporary;
    let result: ToolResult;
    let changes: string[] = [];
    try {
      result = await next(call, turn);
    } finally {
      if (info !== undefined) changes = await this.#putBack({ call, turn, writable, before, info });
    }
    const unreached = (await this.#proxy)?.takeRefusals() ?? [];
    return this.#explain({ result, changes, unreached, call, turn, bounds, isInside });
  }

  async close(): Promise<void> {
    await (await this.#proxy?.catch(() => undefined))?.close();
    const home = await this.#home?.catch(() => undefined);
    if (home !== undefined) await rm(home.folder, { recursive: true, force: true });
  }

  get #hosts(): readonly string[] {
    return this.#options.network === false ? [] : this.#options.network.hosts;
  }

  #find(): Promise<Found> {
    return this.#found ??= this.#ready().then(({ filter }) => findSandbox(this.#env, seccompFilter() === undefined ? undefined : filter));
  }

  #ready(): Promise<Home> {
    return this.#home ??= (async () => {
      const folder = await mkdtemp(join(await realpath(tmpdir()), 'pith-sandbox-'));
      const home = { folder, temporary: join(folder, 'tmp'), filter: join(folder, 'filter') };
      await mkdir(home.temporary, { mode: 0o700 });
      await writeFile(home.filter, seccompFilter() ?? '');
      return home;
    })();
  }

  #sayMissing(found: Found, turn: Turn, isInside: boolean): void {
    const { missing, hint } = found.kind === 'none' ? found : { missing: 'that of this system keeps no protected files', hint: 'Make the call in another mode.' };
    if (this.#options.required || isInside) throw sandboxError(`There is no sandbox: ${missing}, and this command may not run without one`, 'SANDBOX_MISSING', hint);
    if (this.#told.has(turn.sessionId)) return;
    this.#told.add(turn.sessionId);
    turn.emit({ type: 'notice', level: 'warning', code: 'SANDBOX_MISSING', text: `Commands run without a sandbox: ${missing}. ${hint}` });
  }

  /** The folders of the session and those of the options, as far as they are there. */
  async #writable({ roots }: PreparedCall): Promise<string[]> {
    return await existing([...roots, ...this.#options.writeRoots.map((path) => this.#expand(path))]);
  }

  async #bounds(writable: readonly string[], before: readonly Place[]): Promise<Bounds> {
    const readOnly = [...new Set(before.map(({ path, link }) => link?.real ?? path))].filter((path) => writable.some((root) => isBelow(path, root)));
    const pinned = new Set<string>();
    for (const path of readOnly) for (let folder = dirname(path); writable.some((root) => folder !== root && isBelow(folder, root)); folder = dirname(folder)) pinned.add(folder);
    const hidden: Bounds['hidden'][number][] = [];
    for (const path of await existing([...this.#options.denyRead.map((path) => this.#expand(path)), ...this.#own])) {
      // Whoever works in such a folder means to.
      if (!writable.includes(path)) hidden.push({ path, isFolder: (await stat(path)).isDirectory() });
    }
    return { writable, readOnly, pinned: [...pinned], hidden };
  }

  async #inBubblewrap({ found, bounds, home, info, turn, call }: { found: Found & { kind: 'bubblewrap' }; bounds: Bounds; home: Home; info: string | undefined; turn: Turn; call: PreparedCall }): Promise<WrapProcess> {
    const bridge = await this.#bridge(found.socat, home, turn);
    const tools: Tools = { bwrap: found.bwrap, filter: home.filter, ...(info === undefined ? {} : { info }), ...(bridge === undefined ? {} : { bridge }) };
    if (bridge !== undefined) Object.assign(call.execution.env, proxyEnvironment(this.#hosts));
    return (argv) => bubblewrapArgv(argv, bounds, tools);
  }

  async #inSeatbelt(bounds: Bounds, { temporary }: Home): Promise<WrapProcess> {
    const { seatbeltArgv } = await import('./seatbelt.ts');
    const port = this.#hosts.length === 0 ? undefined : (await this.#startProxy(0)).port;
    return (argv) => seatbeltArgv(argv, { ...bounds, temporary, port });
  }

  async #bridge(socat: string | undefined, { folder }: Home, turn: Turn): Promise<Tools['bridge']> {
    if (this.#hosts.length === 0) return undefined;
    if (socat === undefined) {
      const key = `${turn.sessionId} socat`;
      if (!this.#told.has(key)) turn.emit({ type: 'notice', level: 'warning', code: 'SANDBOX_MISSING', text: 'Commands reach no host: the sandbox needs socat for network.hosts. Install it.' });
      this.#told.add(key);
      return undefined;
    }
    const socket = join(folder, 'proxy');
    await this.#startProxy(socket);
    return { socat, socket };
  }

  #startProxy(at: string | number): Promise<Proxy> {
    return this.#proxy ??= import('./proxy.ts').then(({ startProxy }) => startProxy(at, this.#hosts.map((host) => parseHost(host)!)));
  }

  /** Once nothing of the command runs any more. @returns what was taken back, in words */
  async #putBack({ call, turn, writable, before, info }: { call: PreparedCall; turn: Turn; writable: readonly string[]; before: readonly Place[]; info: string }): Promise<string[]> {
    if (!await whenOver(info)) throw this.#giveBack(call, turn, 'Something of the command still runs, so what it does to protected files is not known');
    const after = await findMade(writable);
    if ('reason' in after) throw this.#giveBack(call, turn, `What the command has done to protected files is not known: ${after.reason}`);
    const { moved, restored } = await setAside(before, after);
    return [...moved.map(({ path, to }) => `${path} is protected and was moved to ${to}`), ...restored.map((path) => `the link ${path} is protected and was put back`)];
  }

  #explain({ result, changes, unreached, call, turn, bounds, isInside }: { result: ToolResult; changes: readonly string[]; unreached: readonly string[]; call: PreparedCall; turn: Turn; bounds: Bounds; isInside: boolean }): ToolResult {
    const again = 'Make the same call once more to have a person asked.';
    const note = changes.length > 0 ? `The sandbox took back a part of this: ${changes.join('; ')}. ${again}`
      : refusalNote(result, { writable: bounds.writable, hosts: this.#hosts, inside: isInside, unreached });
    if (note === undefined) return result;
    if (isInside) this.#refused.add(toKey(turn.sessionId, call));
    return { ...result, content: [...result.content, { type: 'text', text: `\n[${note}]` }], ...(changes.length > 0 ? { isError: true } : {}) };
  }

  #giveBack(call: PreparedCall, turn: Turn, message: string): Error {
    this.#refused.add(toKey(turn.sessionId, call));
    return sandboxError(message, 'SANDBOX_FAILED', 'Make the same call once more to have a person asked.');
  }

  #expand(path: string): string {
    return path === '~' || path.startsWith('~/') ? join(this.#env['HOME'] ?? homedir(), path.slice(1)) : path;
  }
}

function toKey(sessionId: string, call: PreparedCall): string {
  return `${sessionId} ${commandOf(call) ?? call.id}`;
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Those that are there, links resolved, each once. */
async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined))); // What is not there cannot be written, nor read.
  return [...new Set(found.filter((path) => path !== undefined))];
}

/** What programs look at to find the proxy. Names of this machine stay in the sandbox, unless they are listed. */
function proxyEnvironment(hosts: readonly string[]): Record<string, string> {
  const proxy = `http://127.0.0.1:${PROXY_PORT}`;
  const isLocal = hosts.some((host) => /^(?:localhost|127\.)/.test(host));
  const local = isLocal ? '' : 'localhost,127.0.0.1,::1';
  return { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy, https_proxy: proxy, ALL_PROXY: proxy, all_proxy: proxy, NO_PROXY: local, no_proxy: local, NODE_USE_ENV_PROXY: '1' };
}
