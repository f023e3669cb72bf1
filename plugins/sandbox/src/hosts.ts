/** One entry of `network.hosts`. Without a port it stands for the web's two. */
export interface HostRule { name: string; subdomains: boolean; port: number | undefined }

const WEB_PORTS = [80, 443];
const ENTRY = /^(\*\.)?([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(?::(\d{1,5}))?$/;

/** @returns nothing for what is no host */
export function parseHost(entry: string): HostRule | undefined {
  const [, stars, name, port] = ENTRY.exec(entry.toLowerCase()) ?? [];
  if (name === undefined || name.includes('..') || Number(port) > 65_535 || port === '0') return undefined;
  return { name, subdomains: stars !== undefined, port: port === undefined ? undefined : Number(port) };
}

/** The entry that names this host at this port. `*.example.com` does not name example.com itself. */
export function findRule({ host, port }: { host: string; port: number }, rules: readonly HostRule[]): HostRule | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  return rules.find((rule) => (rule.port === undefined ? WEB_PORTS.includes(port) : rule.port === port) && (rule.subdomains ? name.endsWith(`.${rule.name}`) : name === rule.name));
}

/** Names that mean this machine, whatever a resolver says. */
export function isThisMachine(name: string): boolean {
  return /^(?:(?:.*\.)?localhost|127(?:\.\d+){3})$/i.test(name);
}
