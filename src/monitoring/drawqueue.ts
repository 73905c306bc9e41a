/**
 * Charts are drawn one at a time, those that are seen first, and in between the
 * page answers: to compile a chart takes longer than a frame.
 */
interface Waiting {
  host: Element;
  draw: () => Promise<void>;
}

const waiting: Waiting[] = [];
let isDrawing = false;

/** Draw in an element when it is its turn. */
export function inTurn(host: Element, draw: () => Promise<void>): void {
  waiting.push({ host, draw });
  if (!isDrawing) {
    isDrawing = true;
    void drawAll().finally(() => {
      isDrawing = false;
    });
  }
}

async function drawAll(): Promise<void> {
  // Those that come into view together are all there then.
  await pause();
  while (waiting.length > 0) {
    const seen = waiting.findIndex(({ host }) => isSeen(host));
    const [next] = waiting.splice(Math.max(0, seen), 1);
    await next.draw();
    await pause();
  }
}

function isSeen(host: Element): boolean {
  const { top, bottom } = host.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve));
}
