/** The document of a runtime (schemas/runtime.v1.json), and what it promises. */

import type { Runtime } from '../generated/runtime';

export type {
  Delivery as RuntimeDelivery,
  Runtime as RuntimeDocument,
  SignIn as RuntimeAuth
} from '../generated/runtime';

/** The runtime that is built in: this machine. */
export const LOCAL = 'local';

/** Whether a run keeps what it started with, whatever is delivered after it. */
export function isPinned({ delivery }: Runtime): boolean {
  return delivery.kind === 'git';
}

/** Where a secret may be sent: scheme, host and port; null of no address. */
export function originOf(url: string): string | null {
  try {
    const { protocol, origin } = new URL(url);
    return protocol === 'http:' || protocol === 'https:' ? origin : null;
  } catch {
    return null;
  }
}
