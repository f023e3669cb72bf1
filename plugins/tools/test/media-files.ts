import { deflateSync } from 'node:zlib';

/** Real files, made by programs that make such files: 3 x 2 red pixels, and a document of seven pages in compressed objects. */
export const FILES = {
  jpeg: Buffer.from('/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAACAAMDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAABQb/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCKALXj/9k=', 'base64'),
  gif: Buffer.from('R0lGODlhAwACAIAAAExpcf8AACH5BAUAAAAALAAAAAADAAIAAAICjF8AOw==', 'base64'),
  webpLossy: Buffer.from('UklGRjwAAABXRUJQVlA4IDAAAADQAQCdASoDAAIAAUAmJaACdLoB+AADsAD+8ut//NgVzXPv9//S4P0uD9Lg/9KQAAA=', 'base64'),
  webpLossless: Buffer.from('UklGRhwAAABXRUJQVlA4TA8AAAAvAkAAAAcQ/Y/+ByKi/wEA', 'base64'),
  /** 300 x 200, half transparent. */
  webpExtended: Buffer.from('UklGRvAAAABXRUJQVlA4WAoAAAAQAAAAKwEAxwAAQUxQSBIAAAABB1DAiAgAKNL//xTR/9T/rwFWUDgguAAAAPAQAJ0BKiwByAA+bTaZSaQjIqEgKACADYlpbuF2sR7cB+AAABPYB77ZOQ99snIe+2TkPfbJyHvtk5D32ych77ZOQ99snIe+2TkPfbJyHvtk5D32ych77ZOQ99snIe+2TkPfbJyHvtk5D32ych77ZOQ99snIe+2TkPfbJyHvtk5D32ych77ZOQ99snIe+2ThQAD+/3A9///5BcsLrka///kB/yA/5Af/x8U02nCFzgQAAAAAAAAAAAA=', 'base64'),
  pdf: Buffer.from('JVBERi0xLjcKJYGBgYEKCjExIDAgb2JqCjw8Ci9GaWx0ZXIgL0ZsYXRlRGVjb2RlCi9UeXBlIC9PYmpTdG0KL04gMTAKL0ZpcnN0IDU5Ci9MZW5ndGggMzAwCj4+CnN0cmVhbQp4nO1STUvEMBC951fMUU+dyaZJK0tBt9uLCMviSdlD2YZlQTbSD9B/70uzKh7EsyLNm2lmXl4+ZoSYNBVCCxLJyVBuS8rJGkOWnJTkyJWGCioQx4e4MAYyy6XK7l+fPWWb9uAHld0eu4EeocG0hUa0drZutsVsy9lCI7qdylZhOo3kVFWpT8FVO7ZP4aCSMkkkvzM2feimve9p2aybhtkxszWAZdY1/AooAY05crrAP+DMGYi5BfPiGrkmwbq0JuZnbn5ev4YH10ZOnbimSPOPfeNe66ShfzpPWansLnR1O3q6qK80ayuiRcTY3Dxc4jl6347h915uPv8xnL694Zc6x/LGIvcePZCqnG39EKZ+j7KDV8X38t2xvQkvaK3YNcIJu3+pvyD1BqoxEeoKZW5kc3RyZWFtCmVuZG9iagoKMTIgMCBvYmoKPDwKL1NpemUgMTMKL1Jvb3QgMiAwIFIKL0luZm8gMyAwIFIKL0ZpbHRlciAvRmxhdGVEZWNvZGUKL1R5cGUgL1hSZWYKL0xlbmd0aCA0NAovVyBbIDEgMiAyIF0KL0luZGV4IFsgMCAxMyBdCj4+CnN0cmVhbQp4nBXEOQ4AIAzAsJQbsfD/mX8WxYOBzMIBCytWrVm3YdOW7eBCxIMPk7sDZQplbmRzdHJlYW0KZW5kb2JqCgpzdGFydHhyZWYKNDIwCiUlRU9G', 'base64'),
} as const;

/** A PNG image of this size; `extra` bytes of noise stand in a chunk that readers pass over. */
export function png(width: number, height: number, extra = 0): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc((width + 1) * Math.min(height, 1)));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), ...(extra > 0 ? [chunk('noIS', Buffer.alloc(extra, 7))] : []), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, data, Buffer.alloc(4)]);
}

/** A PDF document whose objects are plain text. */
export function plainPdf({ pages = 1, more = '', end = '%%EOF\n' }: { pages?: number; more?: string; end?: string } = {}): Buffer {
  return Buffer.from(`%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Kids [3 0 R] /Count ${pages} /Type /Pages >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R >>\nendobj\ntrailer\n<< /Root 1 0 R ${more}>>\n${end}`, 'latin1');
}
