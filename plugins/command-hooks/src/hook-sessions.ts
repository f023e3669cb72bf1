import { type ChildRules, type ContributionContext, isPithError, type Secrets, type Trust } from '@pith/kernel';
import { HookSession } from './hook-session.ts';
import type { CommandHooksOptions } from './options.ts';

declare module '@pith/kernel' {
  interface Services { 'command-hooks': HookSessions }
}

/** What hooks of a session need to know of where they run. */
export interface Surroundings {
  options: CommandHooksOptions;
  env: Readonly<Record<string, string | undefined>>;
  childRules: ChildRules;
  /** For transcripts. */
  dataFolder: string;
  managedFile: string;
  /** Hooks are other programs, and other hosts: they see masks, as the model does. */
  secrets: Secrets;
  /** Nothing where nobody provides it: then no file of a project takes effect. */
  trust(): Promise<Trust | undefined>;
}

/** The sessions that have hooks. A service, so that a reload of plugins starts no session anew. */
export class HookSessions {
  readonly #surroundings: Surroundings;
  readonly #sessions = new Map<string, HookSession>();

  constructor({ options, env, childRules, paths, secrets, service }: ContributionContext, managedFile: string) {
    this.#surroundings = {
      options: options as CommandHooksOptions, env, childRules, dataFolder: paths.data, managedFile, secrets,
      trust: async () => {
        try {
          return await service('trust');
        } catch (error) {
          // One that cannot answer is not one that says no: guards of the project would be passed over.
          if (!isPithError(error) || error.code !== 'SERVICE_MISSING') throw error;
          return undefined;
        }
      },
    };
  }

  of({ sessionId, cwd }: { sessionId: string; cwd: string }): HookSession {
    let session = this.#sessions.get(sessionId);
    if (session === undefined) this.#sessions.set(sessionId, session = new HookSession(sessionId, cwd, this.#surroundings));
    return session;
  }

  /** One that something was asked of before. */
  find(sessionId: string): HookSession | undefined {
    return this.#sessions.get(sessionId);
  }

  async end(sessionId: string): Promise<void> {
    const session = this.#sessions.get(sessionId);
    this.#sessions.delete(sessionId);
    await session?.close();
  }

  async close(): Promise<void> {
    for (const id of [...this.#sessions.keys()]) await this.end(id);
  }
}
