/** The Runs panel as a picture of its model. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState
} from 'react';

import type { RunFilter } from '../api/client';
import type { IMlopsApi } from '../api/tokens';
import type { RunSummary } from '../model/run';
import { safeText } from '../ui/safetext';
import { useSignal } from '../ui/signals';
import { isActive } from '../ui/state';
import { useNow } from '../ui/time';
import type { RunActions } from './actions';
import { RunDetails } from './details';
import { Filters } from './filters';
import type { ListView } from './list';
import { placeKey } from './model';
import type { RunsModel } from './model';
import { runName, sameNames } from './names';
import { moveFocus, placeOf } from './places';
import { RunRow } from './row';

const HALF_A_MINUTE = 30_000;

export interface IRunsViewProps {
  model: RunsModel;
  api: IMlopsApi;
  actions: RunActions;
  trans: TranslationBundle;
}

export function RunsView(props: IRunsViewProps): React.JSX.Element {
  const { model, api, trans } = props;
  const { list } = model;
  const view = useSignal(list.changed, () => list.view);
  const box = useRef<HTMLDivElement>(null);
  useHold(box, list);

  const reveal = () => {
    box.current?.scrollTo({ top: 0 });
    list.hold(false);
  };

  // Without runs there is nothing to choose from.
  const isBare =
    view.isReady && view.rows.length === 0 && !isFiltered(view.filter);
  return (
    <>
      {isBare ? null : (
        <Filters
          filter={view.filter}
          runs={view.rows}
          pipelines={() => api.client.runPipelines()}
          runtimes={api.runtimes}
          onChange={filter => void model.setFilter(filter)}
          trans={trans}
        />
      )}
      {view.isCut ? (
        <p className="mlops-Runs-note" role="status">
          {trans.__('The server cannot be reached. Trying again.')}
        </p>
      ) : null}
      {view.notes.map(note => (
        <p key={note} className="mlops-Runs-note" role="status">
          {safeText(note)}
        </p>
      ))}
      <div className="mlops-Runs-place">
        {view.held > 0 ? (
          <button type="button" className="mlops-Runs-pill" onClick={reveal}>
            {trans._n('%1 new run', '%1 new runs', view.held, view.held)}
          </button>
        ) : null}
        <div ref={box} className="mlops-Runs-scroll">
          {view.rows.length > 0 ? (
            <Rows {...props} rows={view.rows} box={box} />
          ) : (
            <Empty {...props} view={view} />
          )}
          <Older
            view={view}
            trans={trans}
            onOlder={() => void list.older()}
            onRetry={() => void list.refresh()}
          />
        </div>
      </div>
      <span className="mlops-hidden" role="status">
        {activeWords(view.rows, trans)}
      </span>
    </>
  );
}

function Rows(
  props: IRunsViewProps & {
    rows: readonly RunSummary[];
    box: React.RefObject<HTMLDivElement>;
  }
): React.JSX.Element {
  const { model, api, actions, rows, box, trans } = props;
  const open = useSignal(model.changed, () => model.open);
  const now = useNow(HALF_A_MINUTE, true, () => api.client.now());
  const [current, setCurrent] = useState<string | null>(null);
  const clock = useCallback(() => api.client.now(), [api]);
  const toggleRun = useCallback(
    (run: string) => model.setOpen({ run }, !model.isOpen({ run })),
    [model]
  );
  useWish(model, box);
  const ambiguous = useMemo(() => sameNames(rows), [rows]);

  // One stop for the Tab key: where one was last, else the first row.
  const stop = isThere(current, rows, open) ? current : (rows[0]?.id ?? null);

  return (
    <ul
      className="mlops-Runs-list"
      aria-label={trans.__('Runs')}
      onFocus={event => setCurrent(placeOf(event.target) ?? current)}
      onKeyDown={event => moveFocus(event)}
    >
      {rows.map(run => (
        <RunRow
          key={run.id}
          run={run}
          isOpen={open.has(run.id)}
          isTabStop={stop === run.id}
          hasFolder={ambiguous.has(runName(run))}
          now={now}
          clock={clock}
          actions={actions}
          onToggle={toggleRun}
          trans={trans}
        >
          {open.has(run.id) ? (
            <OpenRun {...props} id={run.id} clock={clock} stop={stop} />
          ) : null}
        </RunRow>
      ))}
    </ul>
  );
}

/** The details of a run, once its whole document is there. */
function OpenRun(
  props: IRunsViewProps & {
    id: string;
    clock: () => number;
    stop: string | null;
  }
): React.JSX.Element {
  const { model, api, actions, id, clock, stop, trans } = props;
  const run = useSignal(api.runs.changed, () => api.runs.get(id));
  if (run === null) {
    return <p className="mlops-Empty">{trans.__('Reading…')}</p>;
  }
  return (
    <RunDetails
      run={run}
      source={api.client}
      clock={clock}
      actions={actions}
      isNodeOpen={node => model.isOpen({ run: id, node })}
      isTabStop={node => stop === placeKey({ run: id, node })}
      onToggle={node =>
        model.setOpen({ run: id, node }, !model.isOpen({ run: id, node }))
      }
      trans={trans}
    />
  );
}

function Empty(
  props: IRunsViewProps & { view: ListView }
): React.JSX.Element | null {
  const { model, actions, view, trans } = props;
  if (!view.isReady) {
    return view.isLoading ? (
      <p className="mlops-Empty mlops-mod-late">{trans.__('Reading…')}</p>
    ) : null;
  }
  const hasFilter = isFiltered(view.filter);
  return (
    <div className="mlops-Runs-empty">
      <p>
        {hasFilter
          ? trans.__('No run is like that.')
          : trans.__('No runs yet. Open a pipeline and press Run.')}
      </p>
      <button
        type="button"
        className="mlops-Button"
        onClick={() =>
          void (hasFilter ? model.setFilter({}) : actions.newPipeline())
        }
      >
        {hasFilter ? trans.__('Show all runs') : trans.__('New pipeline')}
      </button>
    </div>
  );
}

function Older(props: {
  view: ListView;
  trans: TranslationBundle;
  onOlder: () => void;
  onRetry: () => void;
}): React.JSX.Element | null {
  const { view, trans } = props;
  if (view.error !== null) {
    return (
      <div className="mlops-Runs-older">
        <p role="status">{view.error}</p>
        <button type="button" className="mlops-Button" onClick={props.onRetry}>
          {trans.__('Try again')}
        </button>
      </div>
    );
  }
  return view.hasOlder ? (
    <div className="mlops-Runs-older">
      <button
        type="button"
        className="mlops-Button"
        disabled={view.isLoading}
        onClick={props.onOlder}
      >
        {trans.__('Show older')}
      </button>
    </div>
  ) : null;
}

/** While one reads further down, what arrives is held back. */
function useHold(
  box: React.RefObject<HTMLDivElement>,
  list: RunsModel['list']
): void {
  useEffect(() => {
    const { current } = box;
    const onScroll = () => list.hold((current?.scrollTop ?? 0) > 0);
    current?.addEventListener('scroll', onScroll, { passive: true });
    return () => current?.removeEventListener('scroll', onScroll);
  }, [box, list]);
}

/** Bring what one asked for into view, and the focus to it. */
function useWish(model: RunsModel, box: React.RefObject<HTMLDivElement>): void {
  const wish = useSignal(model.changed, () => model.wish);
  useLayoutEffect(() => {
    if (wish === null) {
      return;
    }
    const places =
      box.current?.querySelectorAll<HTMLElement>('[data-mlops-place]');
    const find = (key: string) =>
      Array.from(places ?? []).find(place => placeOf(place) === key);
    const place = find(placeKey(wish)) ?? find(wish.run);
    place?.scrollIntoView({ block: 'nearest' });
    place?.focus({ preventScroll: true });
  }, [wish, box]);
}

function isThere(
  key: string | null,
  rows: readonly RunSummary[],
  open: ReadonlySet<string>
): boolean {
  const [run] = key?.split('/', 1) ?? [];
  return (
    rows.some(row => row.id === run) && (key === run || open.has(run ?? ''))
  );
}

function isFiltered(filter: RunFilter): boolean {
  return Object.values(filter).some(Boolean);
}

/** What a screen reader is told when it changes. */
function activeWords(
  rows: readonly RunSummary[],
  trans: TranslationBundle
): string {
  const count = rows.filter(isActive).length;
  return count === 0
    ? ''
    : trans._n('%1 run is going on', '%1 runs are going on', count, count);
}
