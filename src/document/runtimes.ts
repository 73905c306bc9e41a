/** The runtimes that a pipeline can run on. */
import { useEffect, useState } from 'react';

import type { Runtime } from '../api/client';
import type { PipelineSession } from './session';

/** The runtimes that there are; the local one is always there. */
export function useRuntimes(session: PipelineSession): readonly Runtime[] {
  const [runtimes, setRuntimes] = useState<readonly Runtime[]>([
    { name: 'local', kind: 'local', label: session.trans.__('Local') }
  ]);
  useEffect(() => {
    let isCurrent = true;
    session.api.client
      .runtimes()
      .then(found => {
        if (isCurrent && found.length > 0) {
          setRuntimes(found);
        }
      })
      .catch(() => {
        // Local is still there.
      });
    return () => {
      isCurrent = false;
    };
  }, [session]);
  return runtimes;
}
