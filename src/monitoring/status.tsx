/** The number of open alerts in the status bar; a click shows them. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import React from 'react';

import type { MonitorStore } from '../api/monitors';
import { useSignal } from '../ui/signals';
import { StandingIcon } from './standing';

export class AlertsStatus extends ReactWidget {
  constructor(
    private readonly _store: MonitorStore,
    private readonly _onClick: () => void,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('mlops-AlertsStatus');
    this._count = _store.open.length;
    _store.changed.connect(this._onChanged);
  }

  /** Whether there is something to show. */
  get isActive(): boolean {
    return this._count > 0;
  }

  get activeStateChanged(): ISignal<this, void> {
    return this._activeStateChanged;
  }

  override dispose(): void {
    this._store.changed.disconnect(this._onChanged);
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    return (
      <StatusButton
        store={this._store}
        onClick={this._onClick}
        trans={this._trans}
      />
    );
  }

  private readonly _onChanged = (): void => {
    const before = this.isActive;
    this._count = this._store.open.length;
    if (before !== this.isActive) {
      this._activeStateChanged.emit();
    }
  };

  private readonly _activeStateChanged = new Signal<this, void>(this);
  private _count = 0;
}

function StatusButton(props: {
  store: MonitorStore;
  onClick: () => void;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { store, onClick, trans } = props;
  const count = useSignal(store.changed, () => store.open.length);
  return (
    <button
      type="button"
      className="mlops-RunsStatus-button"
      title={trans._n(
        '%1 alert of a monitor waits for a decision',
        '%1 alerts of monitors wait for a decision',
        count,
        count
      )}
      onClick={onClick}
    >
      <StandingIcon standing="alert" size={14} />
      <span>{trans._n('%1 alert', '%1 alerts', count, count)}</span>
    </button>
  );
}
