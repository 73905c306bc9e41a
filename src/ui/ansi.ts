/**
 * The text of a log as a terminal would show it: lines of styled spans.
 *
 * Progress bars return to the start of their line and write over it; colours
 * arrive as SGR sequences. Colours are reduced to the eight that a theme has,
 * so that text stays readable on light and dark; nothing can hide text.
 */

export type Span = { text: string; style: string };
export type Line = readonly Span[];

type Look = {
  fg: number | null;
  bg: number | null;
  flags: ReadonlySet<'bold' | 'dim' | 'italic' | 'underline' | 'inverse'>;
};

const PLAIN: Look = { fg: null, bg: null, flags: new Set() };

/** Longer lines are cut: one of megabytes would stall the page. */
const LONGEST_LINE = 20_000;
/** A sequence that has not ended by then is no sequence. */
const LONGEST_SEQUENCE = 4096;

const FLAGS = new Map<
  number,
  'bold' | 'dim' | 'italic' | 'underline' | 'inverse'
>([
  [1, 'bold'],
  [2, 'dim'],
  [3, 'italic'],
  [4, 'underline'],
  [7, 'inverse']
]);

/* eslint-disable no-control-regex -- escape sequences are what is looked for */
const SEQUENCE =
  /^\u001b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\](?:[^\u0007\u001b]|\u001b(?!\\))*(?:\u0007|\u001b\\)|[ -/]*[0-Z\\^-~])/;
const PARTIAL =
  /^\u001b(?:\[[0-9:;<=>?]*[ -/]*|\](?:[^\u0007\u001b]|\u001b(?!\\))*|[ -/]*)$/;
/* eslint-enable no-control-regex */

export class AnsiText {
  /** `most` finished lines are kept; older ones are dropped, and counted. */
  constructor(private readonly _most = Infinity) {}

  /** Number of lines that were dropped from the beginning. */
  get dropped(): number {
    return this._dropped;
  }

  /** The lines that are finished. */
  get lines(): readonly Line[] {
    return this._lines;
  }

  /** The line that is being written. */
  get current(): Line {
    return this._spans();
  }

  /** Take in more text; a sequence may be cut between two calls. */
  write(text: string): void {
    const input = this._pending + text;
    this._pending = '';
    let at = 0;
    while (at < input.length) {
      const next = nextSpecial(input, at);
      if (next > at) {
        this._print(input.slice(at, next));
        at = next;
      }
      if (at < input.length) {
        at += this._special(input, at);
      }
    }
  }

  /** Handle what stands at `at`; answers how many characters it took. */
  private _special(input: string, at: number): number {
    switch (input[at]) {
      case '\n':
        this._newLine();
        return 1;
      case '\r':
        this._column = 0;
        return 1;
      case '\b':
        this._column = Math.max(0, this._column - 1);
        return 1;
      default:
        return this._escape(input.slice(at, at + LONGEST_SEQUENCE));
    }
  }

  private _escape(rest: string): number {
    const match = SEQUENCE.exec(rest);
    if (match === null) {
      if (rest.length < LONGEST_SEQUENCE && PARTIAL.test(rest)) {
        this._pending = rest;
        return rest.length;
      }
      this._print('\u001b');
      return 1;
    }
    const [whole, parameters, final] = match;
    if (final === 'm') {
      this._look = styled(this._look, parameters);
      this._style = styleOf(this._look);
    } else if (final === 'K') {
      this._erase(parameters);
    }
    return whole.length;
  }

  private _print(text: string): void {
    for (const character of text) {
      if (this._column >= LONGEST_LINE) {
        this._cut += 1;
        continue;
      }
      while (this._characters.length < this._column) {
        this._characters.push(' ');
        this._styles.push('');
      }
      this._characters[this._column] = character;
      this._styles[this._column] = this._style;
      this._column += 1;
    }
  }

  private _erase(parameters: string): void {
    if (parameters === '2') {
      this._characters = [];
      this._styles = [];
    } else if (parameters === '' || parameters === '0') {
      this._characters.length = Math.min(this._column, this._characters.length);
      this._styles.length = this._characters.length;
    }
  }

  private _newLine(): void {
    this._lines.push(this._spans());
    this._characters = [];
    this._styles = [];
    this._column = 0;
    this._cut = 0;
    if (this._lines.length > this._most * 1.1) {
      const surplus = this._lines.length - this._most;
      this._lines.splice(0, surplus);
      this._dropped += surplus;
    }
  }

  private _spans(): Span[] {
    const spans: Span[] = [];
    let from = 0;
    for (let to = 1; to <= this._characters.length; to += 1) {
      if (
        to === this._characters.length ||
        this._styles[to] !== this._styles[from]
      ) {
        const text = this._characters.slice(from, to).join('');
        spans.push({ text, style: this._styles[from] });
        from = to;
      }
    }
    if (this._cut > 0) {
      spans.push({ text: ` … +${this._cut}`, style: 'mlops-ansi-dim' });
    }
    return spans;
  }

  private readonly _lines: Line[] = [];
  private _dropped = 0;
  private _characters: string[] = [];
  private _styles: string[] = [];
  private _column = 0;
  private _cut = 0;
  private _look = PLAIN;
  private _style = '';
  private _pending = '';
}

/** Where the next newline, return, backspace or escape stands. */
function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13 || code === 8 || code === 27) {
      return at;
    }
  }
  return text.length;
}

/** The look after an SGR sequence. */
function styled(look: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map(Number);
  let { fg, bg } = look;
  const flags = new Set(look.flags);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at];
    const flag = FLAGS.get(code);
    if (flag) {
      flags.add(flag);
    } else if (code === 0) {
      fg = bg = null;
      flags.clear();
    } else if (code === 22) {
      flags.delete('bold');
      flags.delete('dim');
    } else if (code >= 23 && code <= 27) {
      const ended = FLAGS.get(code - 20);
      flags.delete(ended ?? 'italic');
    } else if (code === 38 || code === 48) {
      const [color, taken] = extended(codes.slice(at + 1));
      at += taken;
      if (code === 38) {
        fg = color;
      } else {
        bg = color;
      }
    } else if (code === 39) {
      fg = null;
    } else if (code === 49) {
      bg = null;
    } else {
      fg = basic(code, 30, 90) ?? fg;
      bg = basic(code, 40, 100) ?? bg;
    }
  }
  return { fg, bg, flags };
}

function basic(code: number, dark: number, bright: number): number | null {
  if (code >= dark && code < dark + 8) {
    return code - dark;
  }
  return code >= bright && code < bright + 8 ? code - bright : null;
}

/** The colour of "5;n" or "2;r;g;b", and how many codes it took. */
function extended(codes: number[]): [number | null, number] {
  if (codes[0] === 5) {
    return [indexed(codes[1] ?? 0), 2];
  }
  return codes[0] === 2
    ? [nearest(codes[1] ?? 0, codes[2] ?? 0, codes[3] ?? 0), 4]
    : [null, codes.length];
}

function indexed(index: number): number | null {
  if (index < 16) {
    return index % 8;
  }
  if (index > 231) {
    return index < 244 ? 0 : 7;
  }
  const level = (step: number) => Math.floor((index - 16) / step) % 6;
  return nearest(level(36) * 51, level(6) * 51, level(1) * 51);
}

/** The one of the eight colours with the same hue. */
function nearest(red: number, green: number, blue: number): number {
  const top = Math.max(red, green, blue);
  if (top - Math.min(red, green, blue) < 40) {
    return top < 110 ? 0 : 7;
  }
  const isHigh = (value: number) => value > top * 0.6;
  return (
    (isHigh(red) ? 1 : 0) + (isHigh(green) ? 2 : 0) + (isHigh(blue) ? 4 : 0)
  );
}

function styleOf({ fg, bg, flags }: Look): string {
  const names = [...flags].map(flag => `mlops-ansi-${flag}`);
  if (fg !== null) {
    names.push(`mlops-ansi-fg${fg}`);
  }
  if (bg !== null) {
    names.push(`mlops-ansi-bg${bg}`);
  }
  return names.join(' ');
}
