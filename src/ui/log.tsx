/**
 * The log of a node run, followed while it grows.
 *
 * It is read by offset, so a reload or a cut loses nothing. A log may be of any
 * size: only its end is read and kept, and the file itself is one click away.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { Poll } from '@lumino/polling';
import React, {
  memo,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState
} from 'react';

import type { Line } from './ansi';
import { LogReader, newLog } from './logreader';
import type { Log, LogPart } from './logreader';
import { safeText } from './safetext';

const BLOCK = 100;
const INTERVAL = 1000;

export type { LogPart } from './logreader';

/** Where logs come from; the API's client is one. */
export interface ILogSource {
  log(
    run: string,
    node: string,
    options: { offset?: number; attempt?: number }
  ): Promise<LogPart>;
}

export interface ILogViewProps {
  source: ILogSource;
  run: string;
  node: string;
  /** How many attempts there are; with more than one, a choice is offered. */
  attempts?: number;
  /** Whether the node may still write: until then the log is followed. */
  isActive: boolean;
  /** Open the whole log of an attempt, in a tab. */
  onOpen?: (attempt: number) => void;
  /** Without its bar: a glance at the end of the log. */
  isCompact?: boolean;
  trans: TranslationBundle;
}

export function LogView(props: ILogViewProps): React.JSX.Element {
  const { run, node, trans } = props;
  const attempts = Math.max(1, props.attempts ?? 1);
  const [chosen, setChosen] = useState<number | null>(null);
  const attempt = Math.min(chosen ?? attempts, attempts);
  const log = useLog({ ...props, attempt });
  const [isFollowing, setFollowing] = useState(true);
  const box = useRef<HTMLDivElement>(null);

  // Another log begins at its end, whatever one did with the last.
  useEffect(() => setFollowing(true), [run, node, attempt]);
  useEffect(() => setChosen(null), [run, node]);

  useLayoutEffect(() => {
    if (isFollowing && box.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [isFollowing, log.version]);

  const onScroll = useCallback(() => {
    const { current } = box;
    if (current) {
      const below =
        current.scrollHeight - current.clientHeight - current.scrollTop;
      setFollowing(below < 24);
    }
  }, []);

  const { onOpen } = props;
  return (
    <div className={`mlops-Log${props.isCompact ? ' mlops-mod-compact' : ''}`}>
      {props.isCompact && attempts > 1 ? (
        <div className="mlops-Log-attempts">
          <AttemptSelect
            attempts={attempts}
            attempt={attempt}
            onChange={setChosen}
            trans={trans}
          />
        </div>
      ) : null}
      {props.isCompact ? null : (
        <div className="mlops-Log-bar">
          {attempts > 1 ? (
            <AttemptSelect
              attempts={attempts}
              attempt={attempt}
              onChange={setChosen}
              trans={trans}
            />
          ) : null}
          <span className="mlops-Log-status">{status(log, trans)}</span>
          <label className="mlops-Log-follow">
            <input
              type="checkbox"
              checked={isFollowing}
              onChange={event => setFollowing(event.target.checked)}
            />
            {trans.__('Follow')}
          </label>
          {onOpen ? (
            <button
              type="button"
              className="mlops-Button"
              onClick={() => onOpen(attempt)}
            >
              {trans.__('Open in a tab')}
            </button>
          ) : null}
        </div>
      )}
      <div
        ref={box}
        className="mlops-Log-text"
        role="log"
        aria-live="off"
        aria-label={trans.__('Log of %1', safeText(node))}
        tabIndex={0}
        onScroll={onScroll}
      >
        <LogText log={log} trans={trans} />
      </div>
    </div>
  );
}

function AttemptSelect(props: {
  attempts: number;
  attempt: number;
  onChange: (attempt: number) => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { attempts, attempt, onChange, trans } = props;
  const numbers = Array.from({ length: attempts }, (_, index) => index + 1);
  return (
    <select
      className="mlops-Select"
      aria-label={trans.__('Attempt')}
      value={attempt}
      onChange={event => onChange(Number(event.target.value))}
    >
      {numbers.map(number => (
        <option key={number} value={number}>
          {trans.__('Attempt %1 of %2', number, attempts)}
        </option>
      ))}
    </select>
  );
}

/** Read a log and follow it until it is complete. */
function useLog(
  props: Pick<ILogViewProps, 'source' | 'run' | 'node' | 'isActive'> & {
    attempt: number;
  }
): Log {
  const { source, run, node, attempt, isActive } = props;
  const [log, setLog] = useState(newLog);
  const active = useRef(isActive);
  active.current = isActive;

  useEffect(() => {
    const reader = new LogReader(offset =>
      source.log(run, node, { offset, attempt })
    );
    setLog(reader.log);
    const poll = new Poll({
      name: 'mlops-ext:log',
      factory: async () => {
        // Asked before reading: what ended before is read to its end.
        const isLast = !active.current;
        await reader.read();
        setLog(reader.log);
        if (reader.log.isComplete || (isLast && reader.log.isLoaded)) {
          void poll.stop();
        }
      },
      frequency: { interval: INTERVAL, backoff: true, max: 10 * INTERVAL }
    });
    return () => {
      poll.dispose();
      reader.dispose();
    };
  }, [source, run, node, attempt]);
  return log;
}

function status(log: Log, trans: TranslationBundle): string {
  if (log.error !== null) {
    return trans.__('Cannot be read: %1 Trying again.', log.error);
  }
  if (!log.isWhole || log.text.dropped > 0) {
    return trans.__('The last %1 lines', log.text.lines.length);
  }
  return '';
}

function LogText(props: {
  log: Log;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { log, trans } = props;
  const { lines, current, dropped } = log.text;
  if (lines.length === 0 && current.length === 0) {
    return (
      <p className="mlops-Empty">
        {!log.isLoaded
          ? log.error !== null
            ? ''
            : trans.__('Reading…')
          : log.isComplete
            ? trans.__('It wrote nothing.')
            : trans.__('Nothing written yet.')}
      </p>
    );
  }
  // Blocks keep their number while lines are dropped before them, so that a
  // block which did not change is not drawn again.
  const blocks: React.JSX.Element[] = [];
  const end = dropped + lines.length;
  for (let from = dropped - (dropped % BLOCK); from < end; from += BLOCK) {
    const first = Math.max(0, from - dropped);
    const last = Math.min(end, from + BLOCK) - dropped;
    blocks.push(
      <LogBlock
        key={from}
        lines={lines}
        first={first}
        last={last}
        stamp={`${from}:${last - first}`}
      />
    );
  }
  return (
    <>
      {blocks}
      {current.length > 0 ? <LogLine line={current} /> : null}
    </>
  );
}

type BlockProps = {
  lines: readonly Line[];
  first: number;
  last: number;
  /** Says what the block holds: lines are only ever added at the end. */
  stamp: string;
};

const LogBlock = memo(
  function LogBlock(props: BlockProps): React.JSX.Element {
    return (
      <div className="mlops-Log-block">
        {props.lines.slice(props.first, props.last).map((line, index) => (
          <LogLine key={index} line={line} />
        ))}
      </div>
    );
  },
  (before, after) =>
    before.stamp === after.stamp && before.lines === after.lines
);

function LogLine(props: { line: Line }): React.JSX.Element {
  return (
    <div className="mlops-Log-line">
      {props.line.map(({ text, style }, index) =>
        style === '' ? (
          safeText(text)
        ) : (
          <span key={index} className={style}>
            {safeText(text)}
          </span>
        )
      )}
      {props.line.length === 0 ? '\n' : null}
    </div>
  );
}
