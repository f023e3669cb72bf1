// How fast a map is made: of all code for the first time, and after one file of 20 KB has changed in a folder of 5000.
// Run with: npm run bench codemap
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CodeIndex } from '../plugins/codemap/src/code-index.ts';
import { makeMap } from '../plugins/codemap/src/make-map.ts';
import { makeSample, SAMPLE_ENDINGS, type SampleLanguage, SAMPLES_A_LANGUAGE } from '../plugins/codemap/test/make-sample.ts';
import { median } from './measure.ts';

const FILES = 5000;
const CHANGED_BYTES = 20_000;
const ROUNDS = 15;
const MUST_MB_PER_S = 0.7;
const MUST_MS = 100;

const languages = Object.keys(SAMPLE_ENDINGS) as SampleLanguage[];
const top = await realpath(await mkdtemp(join(tmpdir(), 'pith-bench-codemap-')));
const root = join(top, 'project');
const signal = new AbortController().signal;

/** Samples of all languages, repeated to some 4 KB a file. */
async function writeFiles(): Promise<number> {
  let bytes = 0;
  for (let index = 0; index < FILES; index++) {
    const language = languages[index % languages.length]!;
    const text = (await makeSample(language, index % SAMPLES_A_LANGUAGE)).repeat(2);
    const file = join(root, `packages/p${index % 40}/src/m${index % 7}/file${index}.${SAMPLE_ENDINGS[language]}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    bytes += Buffer.byteLength(text);
  }
  return bytes;
}

/** Also the processor's time: where others use the machine, it tells what two cores of one's own would have taken. */
async function measureCold(): Promise<{ ms: number; coresMs: number }> {
  const index = new CodeIndex({ root, folder: join(top, 'cold') });
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  await index.update({ signal });
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(startCpu);
  await index.close();
  return { ms, coresMs: (user + system) / 1000 / 2 };
}

async function measureChanges(): Promise<{ changedMs: number; changedCpuMs: number; mapMs: number; openMs: number }> {
  const index = new CodeIndex({ root, folder: join(top, 'cold') });
  const openedMs = performance.now();
  await index.update({ signal });
  const openMs = performance.now() - openedMs;
  const changed: number[] = [];
  const cpu: number[] = [];
  const maps: number[] = [];
  const sample = await makeSample('typescript', 0);
  for (let round = -2; round < ROUNDS; round++) {
    await writeFile(join(root, 'packages/p0/src/m0/file0.ts'), `const round${round + 2} = 1;\n${sample.repeat(CHANGED_BYTES)}`.slice(0, CHANGED_BYTES));
    const startMs = performance.now();
    const startCpu = process.cpuUsage();
    const code = await index.update({ signal });
    const updatedMs = performance.now();
    const { user, system } = process.cpuUsage(startCpu);
    makeMap(code, { budgetTokens: 4000 });
    if (code.parsed !== 1) throw new Error(`${code.parsed} files were parsed in the place of one`);
    if (round < 0) continue;
    changed.push(updatedMs - startMs);
    cpu.push((user + system) / 1000);
    maps.push(performance.now() - updatedMs);
  }
  await index.close();
  return { changedMs: median(changed), changedCpuMs: median(cpu), mapMs: median(maps), openMs };
}

try {
  const bytes = await writeFiles();
  const cold = await measureCold();
  const { changedMs, changedCpuMs, mapMs, openMs } = await measureChanges();
  const speed = bytes / 1e6 / (cold.ms / 1000);
  const coresSpeed = bytes / 1e6 / (cold.coresMs / 1000);
  console.error(`${FILES} files, ${(bytes / 1e6).toFixed(1)} MB: ${speed.toFixed(2)} MB/s at first (${coresSpeed.toFixed(2)} by the processor's time, on two cores); ${changedMs.toFixed(0)} ms after a change (${changedCpuMs.toFixed(0)} of the processor's), then ${mapMs.toFixed(0)} ms for the map; ${openMs.toFixed(0)} ms with what was kept`);
  console.log(JSON.stringify({ bench: 'codemap', node: process.version, at: new Date().toISOString(), figures: [
    { name: 'all files for the first time', unit: 'MB/s', atLeast: MUST_MB_PER_S, got: speed, ok: speed >= MUST_MB_PER_S },
    { name: 'the same by the processor’s time, on two cores', unit: 'MB/s', got: coresSpeed },
    { name: 'one changed file of 20 KB among 5000', unit: 'ms', atMost: MUST_MS, got: changedMs, ok: changedMs <= MUST_MS },
    { name: 'the same by the processor’s time', unit: 'ms', got: changedCpuMs },
    { name: 'the map, ranked and cut', unit: 'ms', got: mapMs }, { name: 'nothing changed, in a new process', unit: 'ms', got: openMs },
  ] }));
} finally {
  await rm(top, { recursive: true, force: true });
}
