// Files and links as the tests make and read them.

import { readFileSync } from 'node:fs';

/** The numbers of a .npy file of one strip's results, as bits. */
export function firstBits(file) {
  const bytes = readFileSync(file);
  const data = 10 + bytes.readUInt16LE(8);
  return `0x${bytes.readBigUInt64LE(data).toString(16).padStart(16, '0')}`;
}

/** A .npy file of float64 ('<f8') or int64 ('<i8'). */
export function npy(shape, values, type = '<f8') {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const data = type === '<f8' ? Float64Array.from(values) : BigInt64Array.from(values, BigInt);
  const padded = header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11) + '\n';
  const head = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([head, Buffer.from(padded), Buffer.from(data.buffer)]);
}

/** The fragment of a link: its text with its CRC-32C. */
export function linked(text) {
  let sum = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0);
  }
  return `#${text}&check=${(~sum >>> 0).toString(16).padStart(8, '0')}`;
}
