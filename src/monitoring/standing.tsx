/** How a monitor, batch or check stands: an icon, a colour and a word. */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { StateIcon } from '../ui/state';
import { standingWord } from './words';
import type { Standing } from './words';

export function standingClass(standing: Standing): string {
  return `mlops-standing mlops-standing-${standing}`;
}

export function StandingIcon(props: {
  standing: Standing;
  size?: number;
  /** With it the icon is named for screen readers; without it is decoration. */
  trans?: TranslationBundle;
}): React.JSX.Element {
  const { standing, size = 16, trans } = props;
  if (standing === 'running') {
    return <StateIcon state="running" size={size} />;
  }
  const label = trans && standingWord(standing, trans);
  return (
    <span
      className={`mlops-StateIcon ${standingClass(standing)}`}
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      title={label}
    >
      <svg width={size} height={size} viewBox="0 0 16 16" fill="none">
        {DRAWINGS[standing] ?? DRAWINGS.none}
      </svg>
    </span>
  );
}

/** The icon with its word beside it. */
export function StandingLabel(props: {
  standing: Standing;
  trans: TranslationBundle;
}): React.JSX.Element {
  return (
    <span className="mlops-StateLabel">
      <StandingIcon standing={props.standing} />
      <span>{standingWord(props.standing, props.trans)}</span>
    </span>
  );
}

const ring = <circle className="mlops-line" cx="8" cy="8" r="6.3" />;
const disc = <circle className="mlops-fill" cx="8" cy="8" r="7" />;

/** On a 16 pixel grid. Full shapes are judgements, rings say that there is none. */
const DRAWINGS: Readonly<Partial<Record<Standing, React.JSX.Element>>> = {
  ok: (
    <>
      {disc}
      <path className="mlops-ink" d="M4.7 8.3l2.2 2.2 4.4-4.7" />
    </>
  ),
  warn: (
    <>
      <path
        className="mlops-fill"
        d="M8 1.3a1 1 0 0 1 .87.5l6.2 10.9a1 1 0 0 1-.87 1.5H1.8a1 1 0 0 1-.87-1.5l6.2-10.9A1 1 0 0 1 8 1.3z"
      />
      <path className="mlops-ink" d="M8 5.7v4M8 12.1v.1" />
    </>
  ),
  alert: (
    <>
      <path
        className="mlops-fill"
        d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"
      />
      <path className="mlops-ink" d="M8 4.3v4.4M8 11.4v.1" />
    </>
  ),
  error: (
    <>
      {ring}
      <path className="mlops-line" d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8" />
    </>
  ),
  too_few_rows: (
    <>
      {ring}
      <path className="mlops-line" d="M5.5 11V8.5M8 11V6.5M10.5 11V9.5" />
    </>
  ),
  no_labels: (
    <>
      {ring}
      <path className="mlops-line" d="M8 4.6V8l2.3 1.5" />
    </>
  ),
  none: ring
};
