/** The state of a runtime, or of a step of its test: an icon, always with a word. */
import React from 'react';

import { StateIcon } from '../ui/state';

export type LightState = 'none' | 'running' | 'ok' | 'failed' | 'skipped';

export function Light(props: { state: LightState }): React.JSX.Element {
  switch (props.state) {
    case 'running':
      return <StateIcon state="running" />;
    case 'ok':
      return <StateIcon state="succeeded" />;
    case 'failed':
      return <StateIcon state="failed" />;
    case 'skipped':
      return <StateIcon state="skipped" />;
    default:
      return (
        <span className="mlops-StateIcon mlops-state" aria-hidden="true">
          <svg width={16} height={16} viewBox="0 0 16 16">
            <circle className="mlops-line" cx="8" cy="8" r="6.3" />
          </svg>
        </span>
      );
  }
}
