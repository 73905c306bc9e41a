/** Below a list that shows some: show all of it, or fewer again. */
import React from 'react';

export function MoreToggle(props: {
  isAll: boolean;
  onToggle: () => void;
  /** What it says while some are hidden, and while none are. */
  more: string;
  fewer: string;
}): React.JSX.Element {
  const { isAll, onToggle, more, fewer } = props;
  return (
    <button
      type="button"
      className="mlops-Link"
      aria-expanded={isAll}
      onClick={onToggle}
    >
      {isAll ? fewer : more}
    </button>
  );
}
