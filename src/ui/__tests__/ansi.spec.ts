import * as fc from 'fast-check';

import { AnsiText } from '../ansi';

const ESC = '\u001b';

function write(...parts: string[]): AnsiText {
  const text = new AnsiText();
  parts.forEach(part => text.write(part));
  return text;
}

function plain(text: AnsiText): string {
  return [...text.lines, text.current]
    .map(line => line.map(span => span.text).join(''))
    .join('\n');
}

/** Text without what moves or styles. */
const printable = fc.string({ unit: 'binary' }).map(text =>
  // eslint-disable-next-line no-control-regex -- these are not plain text
  text.replace(/[\u0008\r\u001b]/g, '')
);

const sgr = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 6 })
  .map(codes => `${ESC}[${codes.join(';')}m`);

describe('AnsiText', () => {
  it('keeps all text, whatever its colours and however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(sgr, printable)),
        fc.integer({ min: 1, max: 7 }),
        (parts, size) => {
          const all = parts.map(([style, text]) => style + text).join('');
          const text = new AnsiText();
          for (let at = 0; at < all.length; at += size) {
            text.write(all.slice(at, at + size));
          }
          // A pair of surrogates that is cut is put together by the text itself.
          expect(plain(text)).toBe(parts.map(([, part]) => part).join(''));
        }
      )
    );
  });

  it('never throws, and never grows without bound', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), input => {
        const text = new AnsiText(3);
        text.write(input);
        text.write(ESC + input);
        expect(text.lines.length).toBeLessThanOrEqual(4);
      })
    );
  });

  it('lets a progress bar write over its line', () => {
    const text = write('  0%|   |\r 50%|#  |', '\r100%|###|\ndone');
    expect(plain(text)).toBe('100%|###|\ndone');
    expect(plain(write('abcdef\rxy'))).toBe('xycdef');
    expect(plain(write(`abcdef\rxy${ESC}[K`))).toBe('xy');
    expect(plain(write(`abc${ESC}[2K\rx`))).toBe('x');
    expect(plain(write('ab\bc\r\nd'))).toBe('ac\nd');
  });

  it('names styles by classes', () => {
    const text = write(`a${ESC}[1;31mb${ESC}[0m${ESC}[42;4mc${ESC}[m`);
    expect(text.current).toEqual([
      { text: 'a', style: '' },
      { text: 'b', style: 'mlops-ansi-bold mlops-ansi-fg1' },
      { text: 'c', style: 'mlops-ansi-underline mlops-ansi-bg2' }
    ]);
  });

  it('takes many colours for the nearest that a theme has', () => {
    const color = (codes: string) =>
      write(`${ESC}[${codes}mx`).current[0].style;
    expect(color('38;5;196')).toBe('mlops-ansi-fg1');
    expect(color('38;2;0;0;255')).toBe('mlops-ansi-fg4');
    expect(color('38;2;250;250;250')).toBe('mlops-ansi-fg7');
    expect(color('38;5;208')).toBe('mlops-ansi-fg1');
    expect(color('38;5;226')).toBe('mlops-ansi-fg3');
    expect(color('93')).toBe('mlops-ansi-fg3');
    expect(color('38;5;9;1')).toBe('mlops-ansi-bold mlops-ansi-fg1');
    expect(color('31;39')).toBe('');
  });

  it('leaves out sequences of other kinds', () => {
    const link = `${ESC}]8;;https://example.org${ESC}\\text${ESC}]8;;\u0007`;
    expect(plain(write(`a${ESC}[?25l${ESC}[2A${link}${ESC}(Bz`))).toBe(
      'atextz'
    );
  });

  it('waits for the end of a sequence, but not for ever', () => {
    expect(plain(write(`a${ESC}`, '[3', '1mb'))).toBe('ab');
    expect(plain(write(`${ESC}[${'1'.repeat(9000)}`))).toContain('111');
  });

  it('drops old lines and counts them', () => {
    const text = new AnsiText(100);
    text.write(Array.from({ length: 1000 }, (_, n) => `${n}\n`).join(''));
    expect(text.lines.length + text.dropped).toBe(1000);
    expect(text.lines.length).toBeLessThanOrEqual(110);
    expect(text.lines.at(-1)?.[0].text).toBe('999');
  });

  it('cuts a line of megabytes and says by how much', () => {
    const text = write('x'.repeat(25_000) + '\nnext');
    expect(text.lines[0].at(-1)?.text).toBe(' … +5000');
    expect(plain(text).split('\n')[1]).toBe('next');
  });

  it('is quick', () => {
    const line = `${ESC}[32mINFO${ESC}[0m something happened, as it does\n`;
    const text = new AnsiText(5000);
    const start = performance.now();
    text.write(line.repeat(20_000));
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
