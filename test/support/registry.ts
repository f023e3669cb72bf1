import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Files, filesOf, integrityOf, tarball } from './tarball.ts';

interface Manifest { name: string; version: string; dependencies?: Record<string, string>; optionalDependencies?: Record<string, string> }

export interface Registry {
  url: string;
  /** Environment for npm: this registry, a user with a token, caches of its own, and nothing of the machine's settings. */
  env: Record<string, string>;
  /** Method and path of every request so far. */
  requests: readonly string[];
  /** Puts a package there. @returns the integrity of its tarball */
  put(files: Files): Promise<string>;
  /** Hands out other bytes than those that were published, under the same promise. */
  tamper(files: Files): void;
  /** Puts an installed package there, and all that it depends on. */
  putInstalled(folder: string): Promise<void>;
  close(): Promise<void>;
}

/** Verdaccio on loopback, empty, without any other registry behind it. */
export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'pith-registry-'));
  const { runServer } = createRequire(import.meta.url)('verdaccio') as { runServer(config: object): Promise<Server> };
  const server = await runServer({
    storage: join(folder, 'storage'), uplinks: {}, packages: { '**': { access: '$all', publish: '$anonymous' } }, self_path: join(folder, 'config.yaml'),
    log: { type: 'stdout', format: 'json', level: 'fatal' }, web: { enable: false }, max_body_size: '100mb', userRateLimit: { max: 100_000 },
  });
  const requests: string[] = [];
  const tampered = new Map<string, Buffer>();
  const answer = server.listeners('request')[0] as (request: IncomingMessage, response: ServerResponse) => void;
  server.removeAllListeners('request').on('request', (request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    requests.push(`${request.method} ${path}`);
    const bytes = tampered.get(path);
    if (bytes === undefined) answer.call(server, request, response);
    else response.end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const userconfig = join(folder, 'npmrc');
  await writeFile(userconfig, `registry=${url}\n//127.0.0.1:${port}/:_authToken=nobody\nupdate-notifier=false\n`);
  const there = new Set<string>();
  const put: Registry['put'] = async (files) => {
    const manifest = JSON.parse(String(files['package.json'])) as Manifest;
    const bytes = tarball(files);
    const file = `${manifest.name}-${manifest.version}.tgz`;
    const dist = { integrity: integrityOf(bytes), tarball: `${url}${manifest.name}/-/${file}` };
    const body = { _id: manifest.name, name: manifest.name, 'dist-tags': { latest: manifest.version }, versions: { [manifest.version]: { ...manifest, dist } }, _attachments: { [file]: { content_type: 'application/octet-stream', data: bytes.toString('base64'), length: bytes.length } } };
    const response = await fetch(`${url}${manifest.name.replace('/', '%2f')}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${file}: ${response.status} ${await response.text()}`);
    return integrityOf(bytes);
  };
  const putInstalled = async (at: string): Promise<void> => {
    const { name, version, dependencies, optionalDependencies } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as Manifest;
    if (there.has(`${name}@${version}`)) return; // Also installed in another place.
    there.add(`${name}@${version}`);
    await put(filesOf(at));
    const resolveFrom = createRequire(join(at, 'package.json'));
    for (const other of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = resolveFrom.resolve.paths(other)!.map((place) => join(place, other)).find((place) => { try { return readFileSync(join(place, 'package.json')).length > 0; } catch { return false; /* Not in this place, or not for this platform. */ } });
      if (found !== undefined && name !== other) await putInstalled(found);
    }
  };
  return {
    url, requests, put, putInstalled,
    tamper: (files) => {
      const { name, version } = JSON.parse(String(files['package.json'])) as Manifest;
      tampered.set(`/${name}/-/${name}-${version}.tgz`, tarball(files));
    },
    env: { npm_config_userconfig: userconfig, npm_config_globalconfig: join(folder, 'none'), npm_config_cache: join(folder, 'cache') },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
