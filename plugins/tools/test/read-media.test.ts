import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { FILES, plainPdf, png } from './media-files.ts';
import { startTools, type Tools } from './start-tools.ts';

describe('read of images', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  for (const [title, bytes, mediaType, name, size] of [
    ['PNG', png(3, 2), 'image/png', 'a PNG image', [3, 2]], ['JPEG', FILES.jpeg, 'image/jpeg', 'a JPEG image', [3, 2]], ['GIF', FILES.gif, 'image/gif', 'a GIF image', [3, 2]],
    ['lossy WebP', FILES.webpLossy, 'image/webp', 'a WebP image', [3, 2]], ['lossless WebP', FILES.webpLossless, 'image/webp', 'a WebP image', [3, 2]], ['extended WebP', FILES.webpExtended, 'image/webp', 'a WebP image', [300, 200]],
  ] as const) {
    it(`shows a ${title} image, whatever its name says`, async () => {
      await tools.put('picture.txt', bytes);

      const { content, details } = await tools.call('read', { path: 'picture.txt' });

      const [width, height] = size;
      assert.deepEqual(content, [
        { type: 'image', source: { kind: 'base64', mediaType, data: bytes.toString('base64') } },
        { type: 'text', text: `[${name}, ${width} x ${height} pixels, ${bytes.length} bytes]` },
      ]);
      assert.deepEqual(details, { path: join(tools.folder, 'picture.txt'), mediaType, width, height, sizeBytes: bytes.length });
    });

    it(`refuses a ${title} image that is cut anywhere`, async () => {
      for (let length = 12; length < bytes.length; length += Math.ceil(bytes.length / 7)) {
        await tools.put('cut', bytes.subarray(0, length));

        const { code, text } = await tools.call('read', { path: 'cut' });

        assert.ok(['MEDIA_INVALID', 'FILE_BINARY'].includes(code!), `${length} of ${bytes.length}: ${text}`);
      }
    });
  }

  it('refuses an image that is larger than providers take', async () => {
    await tools.put('fits.png', png(10, 10, 3_900_000));
    await tools.put('large.png', png(10, 10, 4_000_000));
    await truncate(await tools.put('huge.png', png(10, 10)), 40_000_000);

    assert.equal((await tools.call('read', { path: 'fits.png' })).content[0]?.type, 'image');
    for (const [path, size] of [['large.png', '4.0 MB'], ['huge.png', '40.0 MB']] as const) {
      const { code, text } = await tools.call('read', { path });
      assert.equal(code, 'FILE_TOO_LARGE');
      assert.equal(text, `${path} is a PNG image that cannot be shown: it has ${size}; at most 3.9 MB are taken. Change it with a program, through bash, and read the result.`);
    }
  });

  it('refuses an image that is too long on a side, or has no size', async () => {
    await tools.put('wide.png', png(8001, 1));
    await tools.put('none.png', png(0, 1));

    assert.match((await tools.call('read', { path: 'wide.png' })).text, /it has 8001 x 1 pixels; at most 8000 are taken on each side/);
    assert.equal((await tools.call('read', { path: 'none.png' })).code, 'MEDIA_INVALID');
  });

  it('does not let write replace an image, since its text is not known', async () => {
    await tools.put('a.png', png(3, 2));
    await tools.call('read', { path: 'a.png' });

    assert.equal((await tools.call('write', { path: 'a.png', content: 'x' })).code, 'FILE_BINARY');
  });

  it('reads a drawing in SVG as the text that it is', async () => {
    await tools.put('a.svg', '<svg/>\n');

    assert.equal((await tools.call('read', { path: 'a.svg' })).text, '<svg/>\n');
  });
});

describe('read of PDF documents', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  it('gives the document, with its pages counted within compressed objects', async () => {
    await tools.put('a.pdf', FILES.pdf);

    const { content, details } = await tools.call('read', { path: 'a.pdf' });

    assert.deepEqual(content, [
      { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: FILES.pdf.toString('base64') }, title: 'a.pdf' },
      { type: 'text', text: '[a PDF document, 7 pages, 630 bytes]' },
    ]);
    assert.deepEqual(details, { path: join(tools.folder, 'a.pdf'), mediaType: 'application/pdf', pages: 7, sizeBytes: 630 });
  });

  it('gives a document that is all plain text as a document, too', async () => {
    await tools.put('a.pdf', plainPdf({ pages: 1 }));
    await tools.put('b.pdf', Buffer.from('%PDF-1.4\n%%EOF\n'));

    assert.match((await tools.call('read', { path: 'a.pdf' })).text, /^<document>\[a PDF document, 1 page, /);
    assert.match((await tools.call('read', { path: 'b.pdf' })).text, /^<document>\[a PDF document, pages not counted, /);
  });

  it('refuses what a provider would refuse', async () => {
    await tools.put('long.pdf', plainPdf({ pages: 101 }));
    await tools.put('secret.pdf', plainPdf({ more: '/Encrypt 9 0 R ' }));
    await tools.put('cut.pdf', plainPdf({ end: '' }));
    await truncate(await tools.put('large.pdf', plainPdf()), 10_000_001);

    for (const [path, code, sentence] of [
      ['long.pdf', 'FILE_TOO_LARGE', 'is a PDF document of 101 pages; at most 100 are taken'], ['secret.pdf', 'MEDIA_INVALID', 'is a PDF document that is encrypted'],
      ['cut.pdf', 'MEDIA_INVALID', 'is a PDF document that is damaged or not whole'], ['large.pdf', 'FILE_TOO_LARGE', 'is a PDF document of 10.0 MB; at most 10.0 MB are taken'],
    ] as const) {
      const refused = await tools.call('read', { path });
      assert.equal(refused.code, code);
      assert.ok(refused.text.includes(sentence), refused.text);
    }
  });
});

describe('read of notebooks', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  const put = (cells: unknown[]) => tools.put('a.ipynb', JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1));
  const read = () => tools.call('read', { path: 'a.ipynb' });
  const code = (source: string | string[], outputs: unknown[] = [], run: number | null = null) => ({ cell_type: 'code', execution_count: run, metadata: {}, outputs, source });
  const note = (count: number): string => `[a notebook of ${count} cell${count === 1 ? '' : 's'}; edit works on its JSON text, which read gives with offset 1]`;

  it('shows cells and what they gave as text', async () => {
    await put([
      { cell_type: 'markdown', metadata: {}, source: ['# Title\n', 'words'] },
      code(['x = 1\n', 'print(x)'], [{ output_type: 'stream', name: 'stdout', text: ['1\n'] }, { output_type: 'execute_result', data: { 'text/plain': ['2'], 'text/html': '<b>2</b>' }, metadata: {}, execution_count: 3 }], 3),
      code('1/0', [{ output_type: 'error', ename: 'ZeroDivisionError', evalue: 'division by zero', traceback: ['\u001b[0;31mZeroDivisionError\u001b[0m', 'line 1'] }]),
    ]);

    const { content, details } = await read();

    assert.deepEqual(content, [{ type: 'text', text: `[cell 1: markdown]\n# Title\nwords\n[cell 2: code, run 3]\nx = 1\nprint(x)\n[output]\n1\n[output]\n2\n[cell 3: code]\n1/0\n[error]\nZeroDivisionError\nline 1\n${note(3)}` }]);
    assert.deepEqual({ ...(details as object), sizeBytes: 0 }, { path: join(tools.folder, 'a.ipynb'), cells: 3, shown: 3, sizeBytes: 0 });
  });

  it('shows images that cells gave, where they stand', async () => {
    const data = png(3, 2).toString('base64');
    await put([code('plot()', [{ output_type: 'display_data', data: { 'image/png': [data.slice(0, 20), '\n', data.slice(20)], 'text/plain': '<Figure>' } }]), code('end')]);

    const { content } = await read();

    assert.deepEqual(content, [
      { type: 'text', text: '[cell 1: code]\nplot()\n[output, image/png]' }, { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data } },
      { type: 'text', text: `[cell 2: code]\nend\n${note(2)}` },
    ]);
  });

  it('says of images that it cannot show, and shows what they say as text', async () => {
    const broken = { output_type: 'display_data', data: { 'image/png': 'AAAA', 'text/plain': '<Figure>' } };
    const good = { output_type: 'display_data', data: { 'image/png': png(3, 2).toString('base64') } };
    await put([code('a', [broken]), code('b', Array.from({ length: 9 }, () => good))]);

    const { content, text } = await read();

    assert.match(text, /\[output, image\/png, not shown: it is damaged\]\n\[output\]\n<Figure>/);
    assert.equal(content.filter(({ type }) => type === 'image').length, 8);
    assert.match(text, /\[output, image\/png, not shown: there are too many images\]/);
  });

  it('keeps within bounds: long outputs lose their middle, and cells without room are counted', async () => {
    await put([code('long', [{ output_type: 'stream', text: 'x'.repeat(100_000) }]), ...Array.from({ length: 30 }, () => code('y'.repeat(5000)))]);

    const { text } = await read();

    assert.ok(text.length < 75_000);
    assert.match(text, /characters left out/);
    assert.match(text, /\[a notebook of 31 cells; cells \d+ to 31 are left out; edit works on/);
  });

  it('gives the JSON text when lines are asked for, so that edit can change it', async () => {
    await put([code(['x = 1\n'])]);

    const { text } = await tools.call('read', { path: 'a.ipynb', offset: 1 });
    const { status } = await tools.call('edit', { path: 'a.ipynb', old: '"x = 1\\n"', new: '"x = 2\\n"' });

    assert.match(text, /"x = 1\\n"/);
    assert.equal(status, 'done');
    assert.match((await read()).text, /\nx = 2\n/);
  });

  it('counts a notebook as read, and notices when it changed since', async () => {
    await put([code('x')]);
    await read();
    await put([code('y')]);

    assert.equal((await tools.call('edit', { path: 'a.ipynb', old: '"y"', new: '"z"' })).code, 'FILE_CHANGED');
  });

  it('reads what only bears the name of a notebook as the text that it is', async () => {
    for (const content of ['not JSON\n', '{"cells": 7}\n', '[]\n', '{"worksheets": []}\n', '{"cells": [{"cell_type": 1}]}\n']) {
      await tools.put('a.ipynb', content);

      assert.equal((await read()).text, content);
    }
  });
});
