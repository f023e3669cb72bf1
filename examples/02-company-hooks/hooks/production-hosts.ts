import { definePlugin, deny, type Opinion, type PreparedCall, type Target } from '@pith/kernel';
import { commandsIn } from './shell-words.ts';

/** Everything below this name is production. */
const PRODUCTION = /(^|\.)prod\.example\.com$/;

/** The hosts that a call names: of an address, or among the words of a line of the shell (`ssh deploy@db1.prod…`, `--host=…`). */
export function hostsIn({ url, command = '' }: Target): string[] {
  const words = url === undefined ? commandsIn(command).flat() : [url];
  return words.flatMap((word) => [...word.toLowerCase().matchAll(/[a-z0-9-]+(?:\.[a-z0-9-]+)+/g)].map(([host]) => host));
}

export function judge({ targets }: PreparedCall): Opinion | undefined {
  const host = targets.flatMap(hostsIn).find((name) => PRODUCTION.test(name));
  return host === undefined ? undefined : deny(`${host} is production: use staging, or ask the platform team`);
}

export default definePlugin({
  name: 'production-hosts',
  setup({ hooks }) {
    hooks.permission.tap({
      name: 'hosts',
      examples: [
        { call: { name: 'bash', input: { command: 'ssh deploy@db1.prod.example.com uptime' } }, expect: { verdict: 'deny', reason: /^db1\.prod\.example\.com/ } },
        { call: { name: 'bash', input: { command: 'psql --host=DB.PROD.example.com -c "select 1"' } }, expect: 'deny' },
        { call: { name: 'web-fetch', input: { url: 'https://prod.example.com:8443/health' } }, expect: 'deny' },
        { call: { name: 'bash', input: { command: 'curl https://staging.example.com/?like=prod' } }, expect: 'none' },
        { call: { name: 'bash', input: { command: 'ping notprod.example.com' } }, expect: 'none' },
      ],
    }, judge);
  },
});
