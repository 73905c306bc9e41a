/**
 * Text of a comment: by JupyterLab's renderer where the document gives it,
 * else the little Markdown that notes use, as React elements. Text never
 * becomes HTML here.
 */
import React, { useEffect, useRef, useState } from 'react';

import { safeText } from '../ui/safetext';

export function Markdown({
  text,
  render
}: {
  text: string;
  render?: (text: string) => Promise<HTMLElement>;
}): React.JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const [isRendered, setRendered] = useState(false);
  useEffect(() => {
    if (!render) {
      setRendered(false);
      return undefined;
    }
    let isStale = false;
    render(safeText(text)).then(
      element => {
        if (!isStale && host.current) {
          host.current.replaceChildren(element);
          setRendered(true);
        }
      },
      () => {
        // Nothing is lost: the plain form below stays.
        setRendered(false);
      }
    );
    return () => {
      isStale = true;
    };
  }, [text, render]);
  return (
    <>
      <div ref={host} hidden={!isRendered} />
      {!isRendered && <div className="mlops-note-plain">{plain(text)}</div>}
    </>
  );
}

const MARKS = /(\*\*[^*\n]+\*\*|__[^_\n]+__|\*[^*\n]+\*|`[^`\n]+`)/;

/** Bold, italic and code; lines as they are. */
function plain(text: string): React.ReactNode[] {
  return safeText(text)
    .split(MARKS)
    .map((part, index) => {
      if (index % 2 === 0) {
        return part;
      }
      if (part.startsWith('`')) {
        return <code key={index}>{part.slice(1, -1)}</code>;
      }
      return part.startsWith('**') || part.startsWith('__') ? (
        <strong key={index}>{part.slice(2, -2)}</strong>
      ) : (
        <em key={index}>{part.slice(1, -1)}</em>
      );
    });
}
