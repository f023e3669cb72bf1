import { type ContributionContext, type Database, type Layer, toMessage } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import type { BalancerOptions } from '../options.ts';
import { readSettings, type SettingsData, settingsFile, toStamp, updateSettings } from './file.ts';
import { HOT, HOT_NAMES, type HotName, type HotValues, toHotValue } from './hot.ts';

/** Where a value comes from: a layer of the settings, a variable of this plugin, or the API. */
export type HotLayer = Layer | 'api';

/** One setting, for those who ask why it is so. */
export interface HotEntry { name: HotName; value: HotValues[HotName]; layer: HotLayer; /** The variable or the file. */ source: string | null; variable: string; byDefault: HotValues[HotName] }

/** Another process may have changed the file: it is looked at so often while requests come. */
const LOOK_MS = 50;

interface SettingsSetup {
  context: Pick<ContributionContext, 'options' | 'layerOf' | 'env' | 'paths'>;
  database: () => Promise<Pick<Database, 'exclusive'>>;
  now?: () => number;
}

/**
 * What holds at the moment, in all processes of this machine: the administrator, the command line, the environment, then what the API was
 * told, then the other layers of the settings.
 */
export class HotSettings {
  readonly #setup: Required<SettingsSetup>;
  readonly #file: string;
  /** What nothing that is said while it runs can change. */
  readonly #fixed: ReadonlyMap<HotName, HotEntry>;
  #data: SettingsData;
  #entries: ReadonlyMap<HotName, HotEntry>;
  #values: HotValues;
  #stamp: string | undefined;
  #lookedMs: number;
  readonly #heard = new Set<(values: HotValues) => void>();

  /** @throws PithError BALANCER_SETTING_INVALID, BALANCER_SETTINGS_UNREADABLE */
  constructor({ now = Date.now, ...setup }: SettingsSetup) {
    this.#setup = { ...setup, now };
    this.#file = settingsFile(setup.context.paths.config);
    this.#fixed = new Map(HOT_NAMES.flatMap((name) => this.#ofEnvironment(name) ?? []).map((entry) => [entry.name, entry]));
    this.#stamp = toStamp(this.#file);
    this.#lookedMs = now();
    this.#data = readSettings(this.#file);
    this.#entries = this.#fold(this.#data);
    this.#values = toValues(this.#entries);
  }

  /** Read for every request, so it costs nothing. */
  get values(): HotValues {
    this.#look();
    return this.#values;
  }

  entries(): readonly HotEntry[] {
    this.#look();
    return [...this.#entries.values()];
  }

  /** What is known of the token of the API; nothing before there is one. */
  get token(): SettingsData['token'] {
    this.#look();
    return this.#data.token;
  }

  /**
   * All of it or nothing; `null` gives a setting back to the layers below, but for one that can be `null` itself.
   * @throws PithError BALANCER_SETTING_INVALID, BALANCER_SETTING_FIXED
   */
  async change(given: Readonly<Record<string, unknown>>): Promise<HotValues> {
    for (const [name, value] of Object.entries(given)) {
      const fixed = this.#fixed.get(name as HotName);
      if (fixed !== undefined) throw balancerError('BALANCER_SETTING_FIXED', `${name} is ${JSON.stringify(fixed.value)} because of ${fixed.source ?? `the layer ${fixed.layer}`}, so it cannot be changed here`, { hint: fixed.layer === 'environment' ? `Unset ${fixed.source} where pith is started.` : 'What the administrator or the command line says comes first.' });
      if (value !== null) checkValue(name, value, { said: name, hint: 'Nothing was changed.' });
    }
    await this.#update((data) => ({ ...data, settings: Object.fromEntries(Object.entries({ ...data.settings, ...given }).filter(([, value]) => value !== null)) }));
    return this.#values;
  }

  async setToken(token: NonNullable<SettingsData['token']>, { unlessThere = false } = {}): Promise<boolean> {
    const data = await this.#update((before) => (unlessThere && before.token !== undefined ? before : { ...before, token }));
    return data.token?.hash === token.hash;
  }

  /** Hears of every change, whichever process it is from, when it is noticed. @returns how to stop */
  onChange(heard: (values: HotValues) => void): () => void {
    this.#heard.add(heard);
    return () => void this.#heard.delete(heard);
  }

  async #update(change: (data: SettingsData) => SettingsData): Promise<SettingsData> {
    const data = await updateSettings(this.#file, await this.#setup.database(), change);
    this.#stamp = toStamp(this.#file);
    this.#take(data);
    return data;
  }

  #look(): void {
    const nowMs = this.#setup.now();
    if (Math.abs(nowMs - this.#lookedMs) < LOOK_MS) return;
    this.#lookedMs = nowMs;
    const stamp = toStamp(this.#file);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#take(readSettings(this.#file));
    } catch (error) {
      process.emitWarning(`${toMessage(error)}. What held before holds on.`); // A request does not fail because of it.
    }
  }

  #take(data: SettingsData): void {
    const before = JSON.stringify(this.#values);
    this.#entries = this.#fold(data);
    this.#data = data;
    this.#values = toValues(this.#entries);
    if (JSON.stringify(this.#values) !== before) for (const heard of this.#heard) heard(this.#values);
  }

  #fold({ settings }: SettingsData): ReadonlyMap<HotName, HotEntry> {
    for (const [name, value] of Object.entries(settings)) checkValue(name, value, { said: `${name} in ${this.#file}`, hint: 'Mend the file, or take it out of there.' });
    return new Map(HOT_NAMES.map((name) => {
      const { variable, byDefault } = HOT[name];
      if (Object.hasOwn(settings, name) && !this.#fixed.has(name)) return [name, { name, value: settings[name] as HotValues[HotName], layer: 'api', source: this.#file, variable, byDefault }];
      return [name, this.#fixed.get(name) ?? this.#ofSettings(name)];
    }));
  }

  #ofSettings(name: HotName): HotEntry {
    const { option, part, variable, byDefault } = HOT[name];
    const given = (this.#setup.context.options as BalancerOptions)[option] as unknown;
    const value = (part === undefined ? given : (given as Record<string, unknown> | undefined)?.[part]) as HotValues[HotName] | undefined;
    // An option of several parts is said to be of one layer, whichever of them that gives.
    const layer = value === undefined || value === byDefault ? 'default' : this.#setup.context.layerOf(option) ?? 'default';
    return { name, value: value ?? byDefault, layer, source: null, variable, byDefault };
  }

  #ofEnvironment(name: HotName): HotEntry | undefined {
    const { option, variable, kind, byDefault } = HOT[name];
    const layer = this.#setup.context.layerOf(option);
    if (layer === 'managed' || layer === 'command line') return this.#ofSettings(name);
    const text = this.#setup.context.env[variable];
    if (text === undefined || text === '') return undefined;
    const value = toHotValue(text, kind);
    checkValue(name, value, { said: variable, hint: 'Unset it, or give it such a value.' });
    return { name, value: value as HotValues[HotName], layer: 'environment', source: variable, variable, byDefault };
  }
}

function toValues(entries: ReadonlyMap<HotName, HotEntry>): HotValues {
  return Object.freeze(Object.fromEntries([...entries.values()].map(({ name, value }) => [name, value]))) as unknown as HotValues;
}

/** @param how how a person knows it, and what to do about it. @throws PithError BALANCER_SETTING_INVALID */
function checkValue(name: string, value: unknown, { said, hint }: { said: string; hint: string }): void {
  if (!Object.hasOwn(HOT, name)) throw balancerError('BALANCER_SETTING_INVALID', `${said} is no setting that can be changed while it runs; those are ${HOT_NAMES.join(', ')}`, { hint });
  const [issue] = HOT[name as HotName].check(value, [name]);
  if (issue !== undefined) throw balancerError('BALANCER_SETTING_INVALID', `${said} ${issue.message}`, { hint });
}
