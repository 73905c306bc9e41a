/** Where a file comes from, and who read it, as a page. */
import type { TranslationBundle } from '@jupyterlab/translation';
import { PathExt } from '@jupyterlab/coreutils';
import { refreshIcon } from '@jupyterlab/ui-components';
import React, { useCallback, useEffect, useState } from 'react';

import { sentenceOf } from '../api/client';
import type { Client, FileUse, Lineage } from '../api/client';
import { safeLine, safeText } from '../ui/safetext';
import { formatExact, formatRelative, parseTime, useNow } from '../ui/time';

const HALF_A_MINUTE = 30_000;

/** Digits of a hash that tell versions of a file apart. */
const DIGITS = 12;

export interface ILineageViewProps {
  /** The file, relative to the server. */
  path: string;
  client: Pick<Client, 'lineage' | 'now'>;
  onShowRun: (run: string, node: string) => void;
  trans: TranslationBundle;
}

export function LineageView(props: ILineageViewProps): React.JSX.Element {
  const { path, trans } = props;
  const { lineage, failure, refresh } = useLineage(props);
  return (
    <div className="mlops-Lineage">
      <header>
        <h2>
          <bdi>{safeLine(PathExt.basename(path))}</bdi>
        </h2>
        <button
          type="button"
          className="mlops-IconButton"
          title={trans.__('Look again')}
          aria-label={trans.__('Look again')}
          onClick={refresh}
        >
          <refreshIcon.react tag="span" width="16px" />
        </button>
      </header>
      <p className="mlops-Lineage-path">
        <bdi>{safeText(path)}</bdi>
      </p>
      {failure !== null && (
        <p className="mlops-Lineage-problem" role="alert">
          {safeText(failure)}
        </p>
      )}
      {lineage === null ? (
        failure === null && (
          <p className="mlops-Empty mlops-mod-late">{trans.__('Reading…')}</p>
        )
      ) : (
        <>
          <p className="mlops-Lineage-now">{nowSentence(lineage, trans)}</p>
          <Uses
            {...props}
            title={trans.__('Made by')}
            empty={trans.__('No run that is kept made it.')}
            uses={lineage.made}
            now={lineage.sha256}
          />
          <Uses
            {...props}
            title={trans.__('Read by')}
            empty={trans.__('No run that is kept read it.')}
            uses={lineage.read}
            now={lineage.sha256}
          />
        </>
      )}
    </div>
  );
}

/** Whether the file is as the newest run that made it left it. */
export function nowSentence(
  { sha256, made }: Lineage,
  trans: TranslationBundle
): string {
  const newest = made.at(0);
  if (sha256 === null) {
    return newest
      ? trans.__('The file is not there any more.')
      : trans.__('There is no such file.');
  }
  if (newest?.sha256 === sha256) {
    return trans.__('It is as the newest of these runs left it.');
  }
  if (made.some(use => use.sha256 === sha256)) {
    return trans.__('It is as an earlier run left it.');
  }
  return newest
    ? trans.__('It was changed after the newest of these runs.')
    : trans.__('It did not come from a run.');
}

function Uses(
  props: ILineageViewProps & {
    title: string;
    empty: string;
    uses: readonly FileUse[];
    /** The hash of the file as it is. */
    now: string | null;
  }
): React.JSX.Element {
  const { title, empty, uses, now, client, onShowRun, trans } = props;
  const time = useNow(HALF_A_MINUTE, true, () => client.now());
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {uses.length === 0 ? (
        <p className="mlops-Empty">{empty}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{trans.__('Node')}</th>
              <th scope="col">{trans.__('Pipeline')}</th>
              <th scope="col">{trans.__('When')}</th>
              <th scope="col">{trans.__('Version')}</th>
            </tr>
          </thead>
          <tbody>
            {uses.map(use => (
              <tr key={`${use.run} ${use.node}`}>
                <td>
                  <button
                    type="button"
                    className="mlops-Link"
                    title={trans.__('Show this run')}
                    onClick={() => onShowRun(use.run, use.node)}
                  >
                    <bdi>{safeLine(use.label ?? use.node, 80)}</bdi>
                  </button>
                </td>
                <td>
                  <bdi>{safeLine(use.pipeline, 120)}</bdi>
                </td>
                <td>
                  <When time={use.time} now={time} trans={trans} />
                </td>
                <td>
                  <code>{use.sha256?.slice(0, DIGITS) ?? '–'}</code>
                  {use.sha256 !== null && use.sha256 === now && (
                    <span className="mlops-Lineage-same">
                      {trans.__('as now')}
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function When(props: {
  time: string | null;
  now: number;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const { time, now, trans } = props;
  const at = parseTime(time);
  return at === null ? null : (
    <time dateTime={time ?? undefined} title={formatExact(at)}>
      {formatRelative(at, now, trans)}
    </time>
  );
}

function useLineage({ client, path }: ILineageViewProps): {
  lineage: Lineage | null;
  failure: string | null;
  refresh: () => void;
} {
  const [lineage, setLineage] = useState<Lineage | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [count, setCount] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    client.lineage(path).then(
      found => {
        if (isCurrent) {
          setLineage(found);
          setFailure(null);
        }
      },
      (error: unknown) => isCurrent && setFailure(sentenceOf(error))
    );
    return () => {
      isCurrent = false;
    };
  }, [client, path, count]);
  const refresh = useCallback(() => setCount(before => before + 1), []);
  return { lineage, failure, refresh };
}
