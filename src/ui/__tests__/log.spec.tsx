import { nullTranslator } from '@jupyterlab/translation';
import React, { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { Root } from 'react-dom/client';

import { LogView } from '../log';
import type { ILogViewProps, LogPart } from '../log';

const trans = nullTranslator.load('mlops_ext');

/** A log in memory, read as the server's are. */
class Log {
  constructor(public text = '') {}
  isComplete = false;
  limit = 1_000_000;
  failure: Error | null = null;
  readonly asked: { offset?: number; attempt?: number }[] = [];

  log = (
    _run: string,
    _node: string,
    options: { offset?: number; attempt?: number }
  ): Promise<LogPart> => {
    this.asked.push(options);
    if (this.failure) {
      return Promise.reject(this.failure);
    }
    const size = this.text.length;
    const offset = Math.min(options.offset ?? 0, size);
    const next = Math.min(size, offset + this.limit);
    return Promise.resolve({
      text: this.text.slice(offset, next),
      offset,
      next,
      size,
      complete: this.isComplete && next === size
    });
  };
}

let root: Root;
let box: HTMLElement;

beforeAll(() => {
  (
    globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }
  ).IS_REACT_ACT_ENVIRONMENT = true;
});

beforeEach(() => {
  jest.useFakeTimers();
  box = document.createElement('div');
  document.body.appendChild(box);
  root = createRoot(box);
});

afterEach(() => {
  act(() => root.unmount());
  box.remove();
  jest.useRealTimers();
});

async function show(source: Log, props: Partial<ILogViewProps> = {}) {
  act(() =>
    root.render(
      <LogView
        source={source}
        run="r"
        node="train"
        isActive={true}
        trans={trans}
        {...props}
      />
    )
  );
  await pass(10);
}

async function pass(time: number) {
  await act(() => jest.advanceTimersByTimeAsync(time));
}

const text = () => box.querySelector('[role=log]')?.textContent ?? '';

describe('LogView', () => {
  it('follows a log until it is complete, and asks no more', async () => {
    const log = new Log('one\n');
    await show(log);
    expect(text()).toBe('one');
    log.text += 'two\nthr';
    await pass(1000);
    expect(text()).toBe('onetwothr');
    log.text += 'ee\n';
    log.isComplete = true;
    await pass(1000);
    expect(text()).toBe('onetwothree');
    const { length } = log.asked;
    await pass(10_000);
    expect(log.asked).toHaveLength(length);
    expect(log.asked.at(-1)?.offset).toBe(11);
  });

  it('reads in parts, without a second between them', async () => {
    const log = new Log('0123456789\n'.repeat(50));
    log.limit = 7;
    await show(log);
    expect(text()).toBe('0123456789'.repeat(50));
  });

  it('begins near the end of a log that is very long', async () => {
    const line = 'x'.repeat(99) + '\n';
    const log = new Log(line.repeat(40_000));
    log.isComplete = true;
    await show(log);
    const lines = box.querySelectorAll('.mlops-Log-line');
    expect(lines.length).toBeGreaterThan(4000);
    expect(lines.length).toBeLessThan(10_000);
    // The first is whole, though reading began within a line.
    expect(lines[0].textContent).toHaveLength(99);
    expect(box.querySelector('.mlops-Log-status')?.textContent).toMatch(
      /^The last \d+ lines$/
    );
  });

  it('says what is wrong, and goes on when it can', async () => {
    const log = new Log('one\n');
    log.failure = new Error('The disk is away.');
    await show(log);
    expect(box.textContent).toContain('The disk is away.');
    log.failure = null;
    await pass(1000);
    expect(text()).toBe('one');
    expect(box.textContent).not.toContain('The disk is away.');
  });

  it('waits for a node that has not started', async () => {
    const log = new Log();
    log.failure = Object.assign(new Error('no'), { status: 404 });
    await show(log);
    expect(text()).toBe('Nothing written yet.');
    log.failure = null;
    log.text = 'begun\n';
    await pass(1000);
    expect(text()).toBe('begun');
  });

  it('shows the newest attempt until one chooses another', async () => {
    const log = new Log('x\n');
    await show(log, { attempts: 1 });
    expect(box.querySelector('select')).toBeNull();
    await show(log, { attempts: 2 });
    expect(log.asked.at(-1)?.attempt).toBe(2);
    const select = box.querySelector('select');
    act(() => {
      Object.getOwnPropertyDescriptor(
        HTMLSelectElement.prototype,
        'value'
      )?.set?.call(select, '1');
      select?.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await pass(10);
    expect(log.asked.at(-1)?.attempt).toBe(1);
  });

  it('stops following when one scrolls up, and follows again at the end', async () => {
    const log = new Log('one\n');
    await show(log);
    const area = box.querySelector<HTMLElement>('[role=log]')!;
    const follow = box.querySelector<HTMLInputElement>('input')!;
    Object.defineProperty(area, 'scrollHeight', { value: 1000 });
    Object.defineProperty(area, 'clientHeight', { value: 100 });
    const scroll = (top: number) =>
      act(() => {
        area.scrollTop = top;
        area.dispatchEvent(new Event('scroll'));
      });
    scroll(200);
    expect(follow.checked).toBe(false);
    log.text += 'two\n';
    await pass(1000);
    expect(area.scrollTop).toBe(200);
    act(() => follow.click());
    expect(area.scrollTop).toBe(1000);
    scroll(895);
    expect(follow.checked).toBe(true);
  });
});
