/**
 * The screen of a pipeline: palette, canvas, properties and drawer, each sized
 * and folded as the person left it. On a narrow screen the parts at the sides
 * lie over the canvas, and only one at a time.
 */
import React, {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState
} from 'react';

import type { PipelineDocument } from '../model/document';
import { leftPanelIcon, rightPanelIcon } from '../ui/icons';
import { CanvasPart } from './canvaspart';
import type { Execute } from './canvaspart';
import { CommandIDs } from './commandids';
import { Drawer } from './drawer';
import { addItem } from './drop';
import { useSignal } from './hooks';
import { Palette } from './palette';
import { Problems } from './problems';
import { PropertiesPart } from './propertiespart';
import type { PipelineSession } from './session';
import { Splitter } from './splitter';
import type { ShellTools } from './tools';
import { Unreadable } from './unreadable';

export interface IShellProps {
  session: PipelineSession;
  tools: ShellTools;
}

/** Below this width, in pixels, the sides lie over the canvas. */
const NARROW = 820;
const PROPERTIES = { min: 220, max: 560 };
/** What the drawer leaves of the canvas, in pixels. */
const CANVAS_LEAST = 140;

export function Shell(props: IShellProps): React.JSX.Element {
  const { session, tools } = props;
  const { trans, model } = session;
  const isReady = useSignal(session.changed, () => session.isReady);
  const unreadable = useSignal(session.changed, () => model.unreadable);
  if (!isReady) {
    return <p className="mlops-Shell-note">{trans.__('Opening …')}</p>;
  }
  if (unreadable) {
    return (
      <Unreadable
        name={session.path.split('/').pop() ?? ''}
        unreadable={unreadable}
        trans={trans}
        onEdit={() =>
          void tools.commands.execute('docmanager:open', {
            path: session.context.path,
            factory: 'Editor',
            options: { mode: 'split-right', ref: '_noref' }
          })
        }
        onReload={() => void session.reload()}
        onStart={() => session.start()}
      />
    );
  }
  return <Editor {...props} />;
}

function Editor(props: IShellProps): React.JSX.Element {
  const { session } = props;
  const execute = useExecute(props);
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const isNarrow = width > 0 && width < NARROW;
  const problems = useProblems(session);
  return (
    <div
      ref={box}
      className={`mlops-Shell${isNarrow ? ' mlops-mod-narrow' : ''}`}
    >
      {width > 0 && (
        <>
          <Main {...props} {...{ execute, width, isNarrow }} />
          <Drawer
            screen={session}
            problems={problems}
            most={Math.max(0, height - CANVAS_LEAST)}
            onRun={() => execute(CommandIDs.run)}
            onOpenExecuted={(run, node) =>
              execute(CommandIDs.openExecuted, { run, node })
            }
            onShowRun={(id, node) => execute('mlops:show-run', { id, node })}
            onOpenLog={(run, node, attempt) =>
              execute(CommandIDs.openLog, { run, node, attempt })
            }
          />
        </>
      )}
    </div>
  );
}

/** The canvas between its two sides. */
function Main(
  props: IShellProps & { execute: Execute; width: number; isNarrow: boolean }
): React.JSX.Element {
  const { session, tools, width, isNarrow } = props;
  const { view, trans } = session;
  const { propertiesWidth } = useSignal(view.changed, () => view.panels);
  const document = useSignal(session.changed, () => session.document());
  const readOnly = useSignal(session.changed, () => session.readOnly);
  const used = useUsedFiles(document, session);
  const { isOpen, toggle } = useSides(session, isNarrow);
  return (
    <div className="mlops-Shell-main">
      {isOpen('palette') ? (
        <Palette
          contents={tools.contents}
          folder={session.folder}
          used={used}
          trans={trans}
          isDisabled={readOnly}
          onAdd={item => addItem(session, item)}
          onFold={() => toggle('palette')}
        />
      ) : (
        <FoldedPart
          label={trans.__('Open the palette')}
          side="left"
          onOpen={() => toggle('palette')}
        />
      )}
      <CanvasPart {...props} document={document} readOnly={readOnly} />
      {isOpen('properties') ? (
        <>
          {!isNarrow && (
            <Splitter
              orientation="vertical"
              label={trans.__('Width of the properties')}
              size={propertiesWidth}
              {...PROPERTIES}
              onSize={size => view.setPanels({ propertiesWidth: size })}
            />
          )}
          <PropertiesPart
            session={session}
            document={document}
            readOnly={readOnly}
            execute={props.execute}
            width={Math.min(propertiesWidth, isNarrow ? width - 64 : width / 2)}
            onFold={() => toggle('properties')}
          />
        </>
      ) : (
        <FoldedPart
          label={trans.__('Open the properties')}
          side="right"
          onOpen={() => toggle('properties')}
        />
      )}
    </div>
  );
}

type Side = 'palette' | 'properties';

/** Which sides are open: as remembered, or on a narrow screen one at most. */
function useSides(
  session: PipelineSession,
  isNarrow: boolean
): { isOpen: (side: Side) => boolean; toggle: (side: Side) => void } {
  const { view } = session;
  const panels = useSignal(view.changed, () => view.panels);
  const field = useSignal(session.noticed, () => session.field);
  const [over, setOver] = useState<Side | null>(null);
  const known = useRef(field);
  useEffect(() => {
    // Once for each field that is asked for: folding again is the person's right.
    if (field !== known.current) {
      known.current = field;
      if (isNarrow) {
        setOver('properties');
      } else {
        view.setPanels({ properties: true }, false);
      }
    }
  }, [field, isNarrow, view]);
  return {
    isOpen: side => (isNarrow ? over === side : panels[side]),
    toggle: side =>
      isNarrow
        ? setOver(over === side ? null : side)
        : view.setPanels({ [side]: !panels[side] })
  };
}

function FoldedPart(props: {
  label: string;
  side: 'left' | 'right';
  onOpen: () => void;
}): React.JSX.Element {
  const Icon = props.side === 'left' ? leftPanelIcon : rightPanelIcon;
  return (
    <div className={`mlops-Shell-folded mlops-mod-${props.side}`}>
      <button
        className="mlops-IconButton"
        aria-expanded={false}
        title={props.label}
        aria-label={props.label}
        onClick={props.onOpen}
      >
        <Icon.react tag="span" width="14px" />
      </button>
    </div>
  );
}

/** The list of problems for the drawer, and what its tab says. */
function useProblems(session: PipelineSession): {
  count: number;
  hasErrors: boolean;
  list: React.ReactNode;
} {
  const { changed } = session.issues;
  const issues = useSignal(changed, () => session.issues.issues);
  const failure = useSignal(changed, () => session.issues.failure);
  return {
    count: issues.length,
    hasErrors: issues.some(({ severity }) => severity === 'error'),
    list: (
      <Problems
        issues={issues}
        document={session.document()}
        failure={failure}
        trans={session.trans}
        onShow={issue => session.goTo(issue)}
      />
    )
  };
}

/** Run one of our commands on this pipeline. */
function useExecute({ session, tools }: IShellProps): Execute {
  return useCallback(
    (command, args = {}) => {
      void tools.commands.execute(command, { path: session.path, ...args });
    },
    [session, tools]
  );
}

/** The files, by their path on the server, that are nodes. */
function useUsedFiles(
  document: PipelineDocument,
  session: PipelineSession
): ReadonlySet<string> {
  return useMemo(
    () =>
      new Set(
        Object.values(document.nodes)
          .map(node => node.path)
          .filter(path => path !== undefined)
          .map(path => session.resolve(path))
      ),
    [document.nodes, session]
  );
}

/** The size of an element, kept current; 0 while it has none. */
function useSize(box: React.RefObject<HTMLElement>): {
  width: number;
  height: number;
} {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return undefined;
    }
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width > 0) {
        setSize({ width, height });
      }
    };
    // At once, so that nothing is drawn in a size that it does not keep.
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return size;
}
