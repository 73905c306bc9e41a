/** The document of a runtime (schemas/runtime.v1.json), and what it promises. */

export type RuntimeAuth =
  | { kind: 'none' }
  | { kind: 'password'; user: string; secret: string }
  | { kind: 'token'; secret: string }
  | { kind: 'command'; command: string[] };

export type RuntimeDelivery =
  | { kind: 'folder'; path: string }
  | {
      kind: 'git';
      url: string;
      branch: string;
      folder: string | null;
      secret: string | null;
    }
  | { kind: 'object'; url: string; connection: string | null };

export interface RuntimeDocument {
  version: 1;
  kind: 'airflow';
  description: string;
  url: string;
  auth: RuntimeAuth;
  tls: { verify: boolean; ca: string | null };
  delivery: RuntimeDelivery;
  files: { url: string; connection: string | null };
  python: string | null;
  queue: string | null;
  pool: string | null;
  retries: number | null;
  poll_seconds: number;
}

/** The runtime that is built in: this machine. */
export const LOCAL = 'local';

/** Whether a run keeps what it started with, whatever is delivered after it. */
export function isPinned({ delivery }: RuntimeDocument): boolean {
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
