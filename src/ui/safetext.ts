/**
 * Text from files, made safe to look at.
 *
 * React keeps it from becoming HTML. What remains are characters that a person
 * cannot see and that change what they do see: bidirectional overrides turn
 * "gpj.exe" around, controls and zero-width characters hide. They are shown.
 */

/** Bidirectional marks and overrides, zero-width and other invisible ones. */
const INVISIBLE =
  // eslint-disable-next-line no-misleading-character-class -- single code points, each meant
  /[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

// eslint-disable-next-line no-control-regex -- the controls are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const LONE_SURROGATE = /[\ud800-\udfff]/gu;

/** Text with controls and invisible characters made visible; tab and newline stay. */
export function safeText(text: string): string {
  return text
    .replace(CONTROL, controlPicture)
    .replace(INVISIBLE, codePoint)
    .replace(LONE_SURROGATE, '\ufffd');
}

/** As safeText, on one line and of bounded length. */
export function safeLine(text: string, longest = 300): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return safeText(cut).replace(/[\n\t]/g, ' ');
}

function controlPicture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) {
    return String.fromCharCode(0x2400 + code);
  }
  return code === 0x7f ? '\u2421' : codePoint(character);
}

function codePoint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
