import * as fc from 'fast-check';

import { safeLine, safeText } from '../safetext';

describe('safeText', () => {
  it('shows what hides', () => {
    expect(safeText('a\u202egpj.exe')).toBe('a⟨U+202E⟩gpj.exe');
    expect(safeText('a\u0000b\u001b\u007f\u0085')).toBe('a␀b␛␡⟨U+0085⟩');
    expect(safeText('a\u200bb\ufeff\u2066')).toBe('a⟨U+200B⟩b⟨U+FEFF⟩⟨U+2066⟩');
    expect(safeText('\u{e0041}\ud800x')).toBe('⟨U+E0041⟩\ufffdx');
  });

  it('leaves people their scripts, and their line ends', () => {
    for (const text of ['日本語 עברית عربى', '👩‍💻 naïve — “q”', 'a\n\tb']) {
      expect(safeText(text)).toBe(text);
    }
  });

  it('leaves nothing that moves or hides text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(safeText(text)).not.toMatch(
          // eslint-disable-next-line no-control-regex -- what must be gone
          /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/
        );
      })
    );
  });

  it('keeps names on one line and of bounded length', () => {
    expect(safeLine('a\nb\tc')).toBe('a b c');
    expect(safeLine('x'.repeat(500), 10)).toBe('xxxxxxxxxx…');
  });
});
