import {
  expect as galataExpect,
  test as galataTest
} from '@jupyterlab/galata';
import type { APIRequestContext } from '@playwright/test';

export { galata } from '@jupyterlab/galata';

/** A busy machine takes its time: what is wrong stays wrong, only later. */
export const expect = galataExpect.configure({ timeout: 15000 });

/**
 * Galata's test, which also works below a base URL: Galata itself asks for
 * /api/… at the root of the server when it makes and removes its folders.
 */
export const test = galataTest.extend({
  actionTimeout: 15000,
  viewport: { width: 1400, height: 900 },
  request: async ({ request, baseURL }, use) => {
    const base = new URL(baseURL ?? '/', 'http://localhost').pathname.replace(
      /\/*$/,
      ''
    );
    const below = new Proxy(request, {
      get: (target, name: keyof APIRequestContext) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') {
          return member;
        }
        return (first: unknown, ...rest: unknown[]): unknown =>
          member.call(
            target,
            typeof first === 'string' && first.startsWith('/api/')
              ? base + first
              : first,
            ...rest
          );
      }
    });
    await use(below);
  }
});
