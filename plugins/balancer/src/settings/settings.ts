import { type ContributionContext, type Database, type Layer, toMessage } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import type { BalancerOptions } from '../options.ts';
import { checkValue, findIssue } from './check-value.ts';
import { readSettings, type SettingsData, settingsFile, toStamp, updateSettings } from './file.ts';
import { HOT, HOT_NAMES, type HotName, type HotValues, toHotValue } from './hot.ts';
import { OwnFile } from './own-file.ts';
import type { SharedSettings, Values } from './shared-settings.ts';

/** Where a value comes from: a layer of the settings, a variable of this plugin, or the API. */
export type HotLayer = Layer | 'api';

/** One setting, for those who ask why it is so. */
export interface HotEntry { name: HotName; value: HotValues[HotName]; layer: HotLayer; /** The variable, the file, or `PostgreSQL`. */ source: string | null; variable: string; byDefault: HotValues[HotName] }

/** Another process, or a person, may have changed a file: they are looked at so often while requests come. */
const LOOK_MS = 50;

interface SettingsSetup {
  context: Pick<ContributionContext, 'options' | 'layerOf' | 'env' | 'paths'>;
  database: () => Promise<Pick<Database, 'exclusive'>>;
  now?: () => number;
}

/**
 * What holds at the moment, in all processes of this machine: the administrator, the command line, the environment, then what the API was
 * told, then the other layers of the settings. What the API is told holds on all machines that share a PostgreSQL server, and comes there before what
 * the API was told while this machine was alone.
 */
export class HotSettings {
  readonly #setup: Required<SettingsSetup>;
  readonly #file: string;
  readonly #ownFile: OwnFile;
  /** What a person's settings file says since it was changed. */
  #own: Values | undefined;
  #sharing: SharedSettings | undefined;
  #shared: Values = {};
  #wrong = '';
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
    this.#ownFile = new OwnFile(setup.context.paths.config);
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
   * All of it or nothing; `null` gives a setting back to the layers below.
   * @throws PithError BALANCER_SETTING_INVALID, BALANCER_SETTING_FIXED, DATABASE_UNREACHABLE
   */
  async change(given: Readonly<Record<string, unknown>>): Promise<HotValues> {
    for (const [name, value] of Object.entries(given)) {
      const fixed = this.#fixed.get(name as HotName);
      if (fixed !== undefined) throw balancerError('BALANCER_SETTING_FIXED', `${name} is ${JSON.stringify(fixed.value)} because of ${fixed.source ?? `the layer ${fixed.layer}`}, so it cannot be changed here`, { hint: fixed.layer === 'environment' ? `Unset ${fixed.source} where pith is started.` : 'What the administrator or the command line says comes first.' });
      if (value !== null) checkValue(name, value, { said: name, hint: 'Nothing was changed.' });
    }
    await this.#setup.database(); // Which tells whether others share it.
    if (this.#sharing === undefined) await this.#keep(given);
    else {
      await this.#sharing.change(given);
      // What this machine was told while it was alone is over with that.
      const alone = Object.keys(given).filter((name) => Object.hasOwn(this.#data.settings, name));
      if (alone.length > 0) await this.#keep(Object.fromEntries(alone.map((name) => [name, null])));
    }
    return this.#values;
  }

  /** From now on the API speaks for all machines with this database. @throws PithError as the database does */
  async share(database: Database): Promise<void> {
    const { SharedSettings } = await import('./shared-settings.ts');
    this.#sharing = await SharedSettings.open(database, (values) => {
      this.#shared = values;
      this.#take(this.#data);
    });
  }

  async close(): Promise<void> {
    await this.#sharing?.close();
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

  async #keep(given: Values): Promise<void> {
    await this.#update((data) => ({ ...data, settings: Object.fromEntries(Object.entries({ ...data.settings, ...given }).filter(([, value]) => value !== null)) }));
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
    this.#tryTo(() => {
      const own = this.#ownFile.changed();
      if (own === undefined) return;
      for (const [name, value] of toNamed(own)) checkValue(name, value, { said: `${HOT[name].option} in ${this.#ownFile.path}`, hint: 'Mend the file.' });
      this.#own = own;
      this.#take(this.#data);
    });
    this.#tryTo(() => {
      const stamp = toStamp(this.#file);
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      this.#take(readSettings(this.#file));
    });
  }

  /** A request does not fail because somebody has made a mistake in a file. */
  #tryTo(work: () => void): void {
    try {
      work();
    } catch (error) {
      process.emitWarning(`${toMessage(error)}. What held before holds on.`);
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
    const shared = this.#fitting();
    return new Map(HOT_NAMES.map((name) => {
      const fixed = this.#fixed.get(name);
      if (fixed !== undefined) return [name, fixed];
      const [told, source] = Object.hasOwn(shared, name) ? [shared, 'PostgreSQL'] : [settings, this.#file];
      if (!Object.hasOwn(told, name)) return [name, this.#ofSettings(name)];
      const { variable, byDefault } = HOT[name];
      return [name, { name, value: told[name] as HotValues[HotName], layer: 'api', source, variable, byDefault }];
    }));
  }

  /** Without what this version does not know: another machine may have a newer one. */
  #fitting(): Values {
    const wrong = Object.entries(this.#shared).flatMap(([name, value]) => findIssue(name, value, name) ?? []).join('; ');
    if (wrong !== '' && wrong !== this.#wrong) process.emitWarning(`What the API was told on another machine does not count here: ${wrong}`);
    this.#wrong = wrong;
    return wrong === '' ? this.#shared : Object.fromEntries(Object.entries(this.#shared).filter(([name, value]) => findIssue(name, value, name) === undefined));
  }

  #ofSettings(name: HotName): HotEntry {
    const { option, part, variable, byDefault } = HOT[name];
    const { options, layerOf } = this.#setup.context;
    const atStart = toPart((options as BalancerOptions)[option], part);
    const layer = layerOf(option);
    // Of a project's settings, or of whoever made the kernel, a person's own file changes nothing.
    const isOwn = this.#own !== undefined && (layer === 'user' || (layer === undefined && (atStart ?? byDefault) === byDefault));
    const value = (isOwn ? toPart(this.#own![option], part) : atStart) as HotValues[HotName] | undefined;
    // An option of several parts is said to be of one layer, whichever of them that gives.
    return { name, value: value ?? byDefault, layer: value === undefined || value === byDefault ? 'default' : isOwn ? 'user' : layer ?? 'default', source: null, variable, byDefault };
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

/** What options of a settings file say, by the names of the API. */
function toNamed(options: Values): [HotName, unknown][] {
  return HOT_NAMES.map((name): [HotName, unknown] => [name, toPart(options[HOT[name].option], HOT[name].part)]).filter(([, value]) => value !== undefined);
}

function toPart(given: unknown, part: string | undefined): unknown {
  return part === undefined ? given : (given as Record<string, unknown> | null | undefined)?.[part];
}

function toValues(entries: ReadonlyMap<HotName, HotEntry>): HotValues {
  return Object.freeze(Object.fromEntries([...entries.values()].map(({ name, value }) => [name, value]))) as unknown as HotValues;
}
