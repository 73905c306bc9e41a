/**
 * Copied nodes. They go to the system's clipboard as text, so that they reach
 * another window; where the browser doesn't let us read it, what was copied
 * here is pasted.
 */
import { parseFragment } from '../model/fragment';
import type { Fragment } from '../model/fragment';

let copied: Fragment | null = null;

export async function writeClipboard(fragment: Fragment): Promise<void> {
  copied = fragment;
  try {
    await navigator.clipboard.writeText(JSON.stringify(fragment, null, 2));
  } catch {
    // Not allowed, or not over https: pasting here works all the same.
  }
}

export async function readClipboard(): Promise<Fragment | null> {
  return (await readSystem()) ?? copied;
}

/** Only where it was allowed before: a question amid a key press disturbs. */
async function readSystem(): Promise<Fragment | null> {
  try {
    const { state } = await navigator.permissions.query({
      name: 'clipboard-read' as PermissionName
    });
    return state === 'granted'
      ? parseFragment(await navigator.clipboard.readText())
      : null;
  } catch {
    return null;
  }
}
