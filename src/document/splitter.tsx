/** The line between two parts of the screen, moved by pointer or arrow keys. */
import React, { useRef } from 'react';

export interface ISplitterProps {
  /** The way the line runs. */
  orientation: 'vertical' | 'horizontal';
  label: string;
  /** The size, in pixels, of the part after the line. */
  size: number;
  min: number;
  max: number;
  onSize: (size: number) => void;
}

const STEP = 24;

export function Splitter(props: ISplitterProps): React.JSX.Element {
  const { orientation, label, size, min, max, onSize } = props;
  const start = useRef<{ at: number; size: number } | null>(null);
  const at = (event: React.PointerEvent) =>
    orientation === 'vertical' ? event.clientX : event.clientY;
  const set = (next: number) => onSize(Math.min(max, Math.max(min, next)));

  const onPointerDown = (event: React.PointerEvent<HTMLDivElement>) => {
    if (event.button === 0) {
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      event.currentTarget.focus();
      start.current = { at: at(event), size };
    }
  };
  const onPointerMove = (event: React.PointerEvent) => {
    if (start.current) {
      set(start.current.size + start.current.at - at(event));
    }
  };
  const stop = () => {
    start.current = null;
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const [larger, smaller] =
      orientation === 'vertical'
        ? ['ArrowLeft', 'ArrowRight']
        : ['ArrowUp', 'ArrowDown'];
    if (event.key === larger || event.key === smaller) {
      event.preventDefault();
      set(size + (event.key === larger ? STEP : -STEP));
    }
  };

  return (
    <div
      className={`mlops-Splitter mlops-mod-${orientation}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(size)}
      aria-valuemin={min}
      aria-valuemax={max}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={stop}
      onPointerCancel={stop}
      onKeyDown={onKeyDown}
    />
  );
}
