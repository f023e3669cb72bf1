import type { Engine, Listening, Note } from '../engine.ts';
import type { Bound } from '../values.ts';

const LOOK_EVERY_MS = 200;
/** Whoever was away for longer than this many notes hears that some were missed. */
const NOTES_KEPT = 1000;

const MAKE = 'CREATE TABLE IF NOT EXISTS pith_notes (seq integer PRIMARY KEY AUTOINCREMENT, channel text NOT NULL, text text NOT NULL)';

export function toNote(channel: string, text: string): { text: string; values: readonly Bound[] }[] {
  return [
    { text: MAKE, values: [] },
    { text: 'INSERT INTO pith_notes (channel, text) VALUES (?, ?)', values: [channel, text] },
    { text: `DELETE FROM pith_notes WHERE seq <= (SELECT max(seq) FROM pith_notes) - ${NOTES_KEPT}`, values: [] },
  ];
}

/** A file tells nobody that it has changed, so it is looked at, five times a second. */
export async function listen(engine: Pick<Engine, 'begin'>, heard: (note: Note | undefined) => void): Promise<Listening> {
  let last = await findLast(engine);
  let hasStopped = false;
  let looksAgain = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  async function read(): Promise<void> {
    const open = await engine.begin('read');
    const { rows } = await Promise.resolve(open.run('SELECT seq, channel, text FROM pith_notes WHERE seq > ? ORDER BY seq', [last])).finally(() => open.rollback());
    if (hasStopped || rows.length === 0) return;
    const first = Number(rows[0]!['seq']);
    if (first > last + 1) heard(undefined);
    last = Number(rows.at(-1)!['seq']);
    for (const { channel, text } of rows) heard({ channel: channel as string, text: text as string });
  }

  function look(): void {
    if (hasStopped) return;
    looksAgain = true;
    looking ??= lookUntilDone();
  }

  async function lookUntilDone(): Promise<void> {
    clearTimeout(timer);
    while (looksAgain) {
      looksAgain = false;
      await read().catch(() => undefined); // It is looked at again; whoever works with the file is told what is wrong.
    }
    looking = undefined;
    if (!hasStopped) timer = setTimeout(look, LOOK_EVERY_MS).unref();
  }

  timer = setTimeout(look, LOOK_EVERY_MS).unref();
  return {
    look,
    stop: async () => {
      hasStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

async function findLast(engine: Pick<Engine, 'begin'>): Promise<number> {
  const open = await engine.begin('write');
  let last: number;
  try {
    await open.run(MAKE, []);
    const { rows } = await open.run('SELECT coalesce(max(seq), 0) AS last FROM pith_notes', []);
    last = Number(rows[0]!['last']);
  } catch (error) {
    await open.rollback();
    throw error;
  }
  await open.commit();
  return last;
}
