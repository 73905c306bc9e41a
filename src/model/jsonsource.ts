/**
 * The text of a file before it is read as JSON: its size, its bytes, and
 * whether a merge was left half done.
 */

export const MAX_BYTES = 16 * 1024 * 1024;
const MARKER = '<<<<<<<';

/** Why a text is not read, in a sentence. */
export class Unreadable extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint = ''
  ) {
    super(message);
  }
}

/** The text of a file that is to be read. */
export function decoded(source: string | Uint8Array): string {
  const size =
    typeof source === 'string' ? utf8Length(source) : source.byteLength;
  if (size > MAX_BYTES) {
    const limit = thousands(MAX_BYTES);
    const message = `The file has ${thousands(size)} bytes; more than ${limit} are not read.`;
    throw new Unreadable('too-large', message);
  }
  const text = typeof source === 'string' ? source : fromUtf8(source);
  if (text.startsWith('\ufeff')) {
    throw new Unreadable(
      'bad-json',
      'The file begins with a byte order mark.',
      'Save it as UTF-8 without one.'
    );
  }
  return text;
}

function fromUtf8(bytes: Uint8Array): string {
  const decode = (part: Uint8Array) =>
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part);
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    // It is the first thing to say, whatever follows it.
    return '\ufeff';
  }
  try {
    return decode(bytes);
  } catch {
    let line = 1;
    for (let start = 0; ; line++) {
      const end = bytes.indexOf(0x0a, start);
      try {
        decode(bytes.subarray(start, end < 0 ? bytes.length : end));
      } catch {
        break;
      }
      start = end + 1;
    }
    const message = `The file is not text in UTF-8 (line ${line}).`;
    throw new Unreadable('bad-json', message, 'Save it as UTF-8.');
  }
}

function utf8Length(text: string): number {
  if (text.length * 3 <= MAX_BYTES) {
    // Certainly not too long; the exact number is not needed.
    return text.length;
  }
  let size = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const surrogate = unit >= 0xd800 && unit <= 0xdfff;
    // Each half of a pair stands for two of its four bytes.
    size += unit < 0x80 ? 0 : unit < 0x800 || surrogate ? 1 : 2;
  }
  return size;
}

function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Say what it is before a parser wonders. */
export function refuseMergeConflict(text: string): void {
  const marker = `\n${text}`.indexOf(`\n${MARKER}`);
  if (marker >= 0) {
    const line = lineAndColumn(text, marker)[0];
    throw new Unreadable(
      'merge-conflict',
      `The file has an unfinished merge: line ${line} is a conflict marker.`,
      'Choose one of the two versions and take the lines with <<<<<<<, ======= and >>>>>>> out.'
    );
  }
}

/** Line and column of a position, from 1, the column in characters. */
export function lineAndColumn(
  text: string,
  position: number
): [number, number] {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < position;) {
    line++;
    start = i + 1;
    i = text.indexOf('\n', start);
  }
  return [line, [...text.slice(start, position)].length + 1];
}
