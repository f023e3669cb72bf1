import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ContributionContext, type PreparedCall, toMessage, type ToolResult, type Turn } from '@pith/kernel';
import { existing, findBounds } from './bounds.ts';
import type { Bounds } from './bubblewrap.ts';
import { Confinement } from './confinement.ts';
import { sandboxError } from './errors.ts';
import { commandOf } from './inside.ts';
import type { SandboxOptions } from './options.ts';
import { findMade, findProtected, type Protected } from './protected.ts';
import { AGAIN, refusalNote } from './refusal-note.ts';
import { setAside } from './set-aside.ts';
import { whenOver } from './when-over.ts';

declare module '@pith/kernel' {
  interface Services { sandbox: Sandbox }
}

export interface Beginning { call: PreparedCall; turn: Turn; isInside: boolean }

/** `result` is absent of a call that was interrupted. */
export interface Ending { call: PreparedCall; turn: Turn; result?: ToolResult }

/** What is added to the result. */
export interface Said { note?: string; isError?: true }

/** A confined call while it runs. */
interface Running {
  bounds: Bounds;
  writable: readonly string[];
  /** Of one that passed because of the sandbox alone: the protected files that it must leave as they are, and how to know that it is over. */
  kept?: { before: Protected; info: string };
}

/** Confines the commands of all sessions of one kernel. A service, so that its folder and its proxy outlive a reload. */
export class Sandbox {
  readonly #options: SandboxOptions;
  readonly #home: string;
  readonly #own: readonly string[];
  readonly #hosts: readonly string[];
  readonly #confinement: Confinement;
  /** By session, what was said once. */
  readonly #said = new Map<string, Set<string>>();
  /** By session, commands that the sandbox has kept from something that a person may allow: one is asked for them from then on. */
  readonly #refused = new Map<string, Set<string>>();
  readonly #running = new WeakMap<PreparedCall, Running>();

  constructor({ options, env, paths }: Pick<ContributionContext, 'options' | 'env' | 'paths'>) {
    this.#options = options as SandboxOptions;
    this.#home = env['HOME'] ?? homedir();
    this.#own = Object.values(paths);
    this.#hosts = this.#options.network === false ? [] : this.#options.network.hosts;
    this.#confinement = new Confinement(this.#hosts, env);
  }

  /** Whether commands can be confined here, and protected files kept. */
  async isThere(): Promise<boolean> {
    return (await this.#confinement.find()).kind === 'bubblewrap';
  }

  /** Whether a call may go ahead in here without a question. */
  async mayPass(call: PreparedCall, { sessionId }: Turn): Promise<boolean> {
    if (this.#refused.get(sessionId)?.has(toKey(call)) || !await this.isThere()) return false;
    return (await findProtected(await this.#writable(call))).trouble === undefined;
  }

  /**
   * Sets how the processes of the call are started.
   * @returns what a person should know, once a session
   * @throws PithError SANDBOX_MISSING, SANDBOX_FAILED
   */
  async begin({ call, turn, isInside }: Beginning): Promise<{ warning?: string }> {
    const found = await this.#confinement.find();
    if (found.kind === 'none') {
      const { missing, hint } = found;
      if (this.#options.required || isInside) throw sandboxError(`There is no sandbox: ${missing}, and this command may not run without one`, 'SANDBOX_MISSING', hint);
      return this.#once(turn, `Commands run without a sandbox: ${missing}. ${hint}`);
    }
    const writable = await this.#writable(call);
    const before: Protected = isInside ? await findProtected(writable) : { places: [], named: [] };
    if (before.trouble !== undefined) throw this.#giveUp(call, turn, `Not run: ${before.trouble}, so protected files could not be kept`);
    const info = isInside ? await this.#confinement.newInfo() : undefined;
    const hide = [...this.#options.denyRead.map((path) => this.#expand(path)), ...this.#own];
    const bounds = await findBounds({ writable, keep: before.places, hide, own: await this.#confinement.own() });
    const { wrap, env } = await this.#confinement.confine(found, bounds, info);
    call.execution.wrapProcess.push(wrap);
    Object.assign(call.execution.env, env);
    this.#running.set(call, { bounds, writable, ...(info === undefined ? {} : { kept: { before, info } }) });
    const lacksBridge = found.kind === 'bubblewrap' && found.socat === undefined && this.#hosts.length > 0;
    return lacksBridge ? this.#once(turn, 'Commands reach no host: the sandbox needs socat for network.hosts. Install it.') : {};
  }

  /** @throws PithError SANDBOX_FAILED */
  async end({ call, turn, result }: Ending): Promise<Said> {
    const running = this.#running.get(call);
    if (running === undefined) return {};
    const { bounds, kept } = running;
    const changes = kept === undefined ? [] : await this.#putBack(call, turn, running);
    if (changes.length > 0) {
      this.#refuse(call, turn);
      return { note: `The sandbox took back a part of this: ${changes.join('; ')}. ${AGAIN}`, isError: true };
    }
    const unreached = await this.#confinement.takeRefusals();
    const note = result === undefined ? undefined : refusalNote(result, { writable: bounds.writable, hosts: this.#hosts, inside: kept !== undefined, unreached });
    if (note?.mayAsk) this.#refuse(call, turn);
    return note === undefined ? {} : { note: note.text };
  }

  /** When a session has ended. */
  forget(sessionId: string): void {
    this.#said.delete(sessionId);
    this.#refused.delete(sessionId);
  }

  close(): Promise<void> {
    return this.#confinement.close();
  }

  #once({ sessionId }: Turn, warning: string): { warning?: string } {
    const said = setOf(this.#said, sessionId);
    if (said.has(warning)) return {};
    said.add(warning);
    return { warning };
  }

  /** The folders of the session and those of the options, as far as they are there. */
  #writable({ roots }: PreparedCall): Promise<string[]> {
    return existing([...roots, ...this.#options.writeRoots.map((path) => this.#expand(path))]);
  }

  /** Once nothing of the command runs any more. @returns what was taken back, in words */
  async #putBack(call: PreparedCall, turn: Turn, { writable, kept }: Running): Promise<string[]> {
    const { before, info } = kept!;
    if (!await whenOver(info)) throw this.#giveUp(call, turn, 'Something of the command still runs, so what it does to protected files is not known');
    const { places, trouble } = await findMade(writable, before.named);
    const unknown = (why: string): Error => this.#giveUp(call, turn, `What the command has done to protected files is not known: ${why}`);
    const { moved, restored } = await setAside(before.places, places).catch((error: unknown) => { throw unknown(toMessage(error)); });
    if (trouble !== undefined) throw unknown(trouble);
    return [...moved.map(({ path, to }) => `${path} is protected and was moved to ${to}`), ...restored.map((path) => `the link ${path} is protected and was put back`)];
  }

  #giveUp(call: PreparedCall, turn: Turn, message: string): Error {
    this.#refuse(call, turn);
    return sandboxError(message, 'SANDBOX_FAILED', AGAIN);
  }

  #refuse(call: PreparedCall, { sessionId }: Turn): void {
    setOf(this.#refused, sessionId).add(toKey(call));
  }

  #expand(path: string): string {
    return path === '~' || path.startsWith('~/') ? join(this.#home, path.slice(1)) : path;
  }
}

function toKey(call: PreparedCall): string {
  return commandOf(call) ?? call.id;
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  let set = map.get(key);
  if (set === undefined) map.set(key, set = new Set());
  return set;
}
