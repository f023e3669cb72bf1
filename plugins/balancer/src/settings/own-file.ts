import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toMessage } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import { toStamp } from './file.ts';

/** What a person's own settings file says of this plugin, looked at again when the file has changed. Who may say what it says was decided when pith started. */
export class OwnFile {
  readonly path: string;
  #stamp: string | undefined;

  constructor(config: string) {
    this.path = join(config, 'settings.json');
    this.#stamp = toStamp(this.path);
  }

  /** @returns nothing while it is as it was when this was asked last. @throws PithError BALANCER_SETTINGS_UNREADABLE, once for each change */
  changed(): Readonly<Record<string, unknown>> | undefined {
    const stamp = toStamp(this.path);
    if (stamp === this.#stamp) return undefined;
    this.#stamp = stamp;
    return stamp === undefined ? {} : readOptions(this.path);
  }
}

function readOptions(path: string): Readonly<Record<string, unknown>> {
  try {
    const { plugins } = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')) as { plugins?: { balancer?: unknown } };
    const options = plugins?.balancer ?? {};
    if (typeof options !== 'object' || Array.isArray(options)) throw new Error('plugins.balancer is no object');
    return options as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw balancerError('BALANCER_SETTINGS_UNREADABLE', `${path} cannot be read: ${toMessage(error)}`, { cause: error, hint: 'Mend the file by hand.' });
  }
}
