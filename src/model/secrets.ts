/** What looks like a secret, and should not stand in a file (mlops_ext/validate.py has the same). */
const SECRET_WORDS: ReadonlySet<string> = new Set([
  'KEY',
  'APIKEY',
  'TOKEN',
  'SECRET',
  'PASSWORD',
  'PASSWD',
  'PASSPHRASE',
  'CREDENTIAL',
  'CREDENTIALS'
]);

const SECRET_SHAPES = new RegExp(
  [
    'A(?:KIA|SIA)[0-9A-Z]{16}',
    'gh[pousr]_[A-Za-z0-9]{20,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'glpat-[A-Za-z0-9_-]{20,}',
    'xox[abprs]-[A-Za-z0-9-]{10,}',
    'sk-[A-Za-z0-9_-]{20,}',
    'AIza[0-9A-Za-z_-]{35}',
    'hf_[A-Za-z0-9]{30,}',
    '-----BEGIN [A-Z ]*PRIVATE KEY-----',
    'eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.]'
  ].join('|')
);

/** Whether a text, or a value of this name, looks like a secret. */
export function looksSecret(text: string, name = ''): boolean {
  const words = name.toUpperCase().split('_');
  return (
    text !== '' &&
    (words.some(word => SECRET_WORDS.has(word)) || SECRET_SHAPES.test(text))
  );
}
