/** The tabs of the drawer: they stay when what they show is folded away. */
import React, { useRef } from 'react';

import type { Run } from '../model/run';
import { StateIcon } from '../ui/state';
import type { DrawerTab } from './viewstate';

export function DrawerTabs(props: {
  tabs: readonly [DrawerTab, string][];
  current: DrawerTab | null;
  hasErrors: boolean;
  run: Run | null;
  label: string;
  /** The element that shows the current tab. */
  panelId: string;
  onTab: (tab: DrawerTab) => void;
}): React.JSX.Element {
  const { tabs, current, hasErrors, run, label, panelId, onTab } = props;
  const list = useRef<HTMLDivElement>(null);
  const stop = Math.max(
    0,
    tabs.findIndex(([name]) => name === current)
  );
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const buttons = list.current?.querySelectorAll('button') ?? [];
    const at = Array.from(buttons).indexOf(event.target as HTMLButtonElement);
    if (step && at >= 0) {
      event.preventDefault();
      buttons[(at + step + buttons.length) % buttons.length].focus();
    }
  };
  return (
    <div
      ref={list}
      className="mlops-Drawer-tabs"
      role="tablist"
      aria-label={label}
      onKeyDown={onKeyDown}
    >
      {tabs.map(([name, text], index) => (
        <button
          key={name}
          role="tab"
          aria-selected={name === current}
          aria-controls={panelId}
          tabIndex={index === stop ? 0 : -1}
          className={
            name === 'problems' && hasErrors ? 'mlops-mod-error' : undefined
          }
          onClick={() => onTab(name)}
        >
          {name === 'run' && run !== null && (
            <StateIcon state={run.state} reason={run.reason} size={14} />
          )}
          <span>{text}</span>
        </button>
      ))}
    </div>
  );
}
