/** Answers that come line by line, a JSON value each, while something goes on. */

/** Read an answer to its end; half a line at a cut is not a value. */
export async function readLines(
  response: Response,
  onValue: (value: unknown) => void,
  signal?: AbortSignal
): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) {
    return;
  }
  const stop = () => void reader.cancel();
  signal?.addEventListener('abort', stop);
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const lines = (rest + decoder.decode(value, { stream: !done })).split(
        '\n'
      );
      rest = done ? '' : (lines.pop() ?? '');
      for (const line of lines) {
        if (line.trim() !== '') {
          onValue(JSON.parse(line));
        }
      }
      if (done) {
        return;
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
