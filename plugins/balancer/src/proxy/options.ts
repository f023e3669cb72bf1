import { isListOf, isOptions, isText, isWhole, type OptionCheck } from '@pith/kernel';
import { PROXY_LIMITS, type ProxyLimits } from './limits.ts';

/** What a person may say of `pith proxy`, under `plugins.balancer` of the settings. */
export interface ProxyOptions {
  proxy: {
    /** Default 8080. */
    port?: number;
    /** Default 127.0.0.1. Beyond loopback there must be client keys. */
    host?: string;
    /** Names that a proxy on loopback answers to, beside `localhost` and the address itself. */
    allowHosts?: readonly string[];
  } & Partial<ProxyLimits>;
}

const LARGEST_BYTES = 2 ** 31 - 1;
const LONGEST_MS = 24 * 3_600_000;

const limitChecks = Object.fromEntries(Object.keys(PROXY_LIMITS).map((name) => [name, name.endsWith('Ms') ? isWhole(1, LONGEST_MS) : isWhole(1, LARGEST_BYTES)]));

export const proxyChecks: Readonly<Record<keyof ProxyOptions, OptionCheck>> = {
  proxy: isOptions({ port: isWhole(0, 65_535), host: isText, allowHosts: isListOf('names of hosts'), ...limitChecks }),
};

export const proxyDefaults: ProxyOptions = { proxy: {} };
