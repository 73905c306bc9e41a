/** The number of runs that are going on, in the status bar; a click shows them. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import React from 'react';

import type { RunStore } from '../api/runs';
import { useSignal } from '../ui/signals';
import { StateIcon } from '../ui/state';

export class RunsStatus extends ReactWidget {
  constructor(
    private readonly _runs: RunStore,
    private readonly _onClick: () => void,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('mlops-RunsStatus');
    this._count = _runs.active().length;
    _runs.changed.connect(this._onRuns);
  }

  /** Whether there is something to show. */
  get isActive(): boolean {
    return this._count > 0;
  }

  get activeStateChanged(): ISignal<this, void> {
    return this._activeStateChanged;
  }

  override dispose(): void {
    this._runs.changed.disconnect(this._onRuns);
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return (
      <StatusButton
        runs={this._runs}
        onClick={this._onClick}
        trans={this._trans}
      />
    );
  }

  private readonly _onRuns = (): void => {
    const before = this.isActive;
    this._count = this._runs.active().length;
    if (before !== this.isActive) {
      this._activeStateChanged.emit();
    }
  };

  private readonly _activeStateChanged = new Signal<this, void>(this);
  private _count = 0;
}

function StatusButton(props: {
  runs: RunStore;
  onClick: () => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { runs, onClick, trans } = props;
  const count = useSignal(runs.changed, () => runs.active().length);
  return (
    <button
      type="button"
      className="mlops-RunsStatus-button"
      title={trans._n(
        '%1 pipeline run is going on',
        '%1 pipeline runs are going on',
        count,
        count
      )}
      onClick={onClick}
    >
      <StateIcon state="running" size={14} />
      <span>{trans._n('%1 run', '%1 runs', count, count)}</span>
    </button>
  );
}
