/** How long the view takes to move: not at all for who asked for no motion. */
export function motion(milliseconds = 160): number {
  const isReduced =
    typeof window.matchMedia === 'function' &&
    window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  return isReduced ? 0 : milliseconds;
}
