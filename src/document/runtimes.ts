/** The runtimes that a pipeline can run on, and what is known of each. */
import { useEffect, useState } from 'react';

import type { Runtime } from '../api/client';
import { own } from '../model/document';
import { isPinned, LOCAL } from '../model/runtime';
import type { RuntimeDocument } from '../model/runtime';
import { useSignal } from './hooks';
import type { PipelineSession } from './session';

/**
 * The runtimes that there are. The one that was chosen is among them also when
 * it is gone: what one sees is where Run goes.
 */
export function useRuntimes(
  session: PipelineSession,
  chosen: string
): readonly Runtime[] {
  const { runtimes } = session.api;
  const known = useSignal(runtimes.changed, () => runtimes.known);
  useEffect(() => void runtimes.refresh(), [runtimes]);
  if (known.some(({ name }) => name === chosen)) {
    return known;
  }
  const label = runtimes.isReady
    ? session.trans.__('%1 (not set up here)', chosen)
    : chosen;
  const gone = { name: chosen, kind: '', label, description: '', url: null };
  return [...known, gone];
}

/** A runtime's name, as it is shown. */
export function runtimeName(session: PipelineSession, name: string): string {
  return session.api.runtimes.find(name)?.label ?? name;
}

/** Where Run goes: as remembered for this pipeline. */
export function chosenRuntime(session: PipelineSession): string {
  return session.view.remembered.runtime ?? LOCAL;
}

/** What the pipeline asks for that an Airflow does not give; null where it asks for no such thing. */
export function notThere(
  session: PipelineSession,
  runtime: string
): string | null {
  const { trans } = session;
  const { nodes, defaults, runtimes } = session.document();
  if (runtime === LOCAL) {
    return null;
  }
  if (own(runtimes, runtime)?.image) {
    return trans.__('The image named in the pipeline has no effect yet.');
  }
  return [defaults, ...Object.values(nodes)].some(one => one?.resources)
    ? trans.__('Resources count on this machine only; there, queues decide.')
    : null;
}

/** What this way to Airflow promises about versions; null while unknown. */
export function usePromise(
  session: PipelineSession,
  runtime: string
): string | null {
  const { trans, api } = session;
  const [known, setKnown] = useState<[string, RuntimeDocument] | null>(null);
  useEffect(() => {
    let isCurrent = true;
    if (runtime !== LOCAL) {
      api.runtimes.load(runtime).then(
        document => isCurrent && setKnown([runtime, document]),
        () => {
          // The start itself will say what is the matter.
        }
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [api, runtime]);
  if (runtime === LOCAL || known?.[0] !== runtime) {
    return null;
  }
  if (isPinned(known[1])) {
    return trans.__(
      'Delivered by git: the run keeps the version it starts with.'
    );
  }
  return known[1].delivery.kind === 'folder'
    ? trans.__(
        'Delivered to a folder: a run already under way may see a newer version.'
      )
    : trans.__(
        'Delivered to an object store: a run already under way may see a newer version.'
      );
}
