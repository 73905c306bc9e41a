/** The latest, in milliseconds, that something waits for an idle moment. */
const LATEST = 500;

/** Do what nobody waits for once the page has painted what somebody does. */
export function whenIdle(task: () => void): void {
  if (typeof window.requestIdleCallback === 'function') {
    window.requestIdleCallback(task, { timeout: LATEST });
  } else {
    window.setTimeout(task, 0);
  }
}
