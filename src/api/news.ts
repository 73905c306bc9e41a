/** What is new of a run, asked of the server: as few bytes as will do. */
import { fold } from '../model/run';
import type { Run, RunEvent } from '../model/run';
import type { Client } from './client';
import { isContinuous } from './entries';
import type { Entry } from './entries';

/** The run with the next events folded in, or as it is on the server. */
export async function newest(
  client: Pick<Client, 'events' | 'getRun'>,
  entry: Entry
): Promise<Run> {
  const { id, run } = entry;
  if (run !== null) {
    const { events, last } = await client.events(id, run.seq);
    if (isContinuous(run.seq, events, Math.max(last, entry.wanted))) {
      return events.length > 0 ? fold(run, events) : run;
    }
  }
  const whole = await client.getRun(id);
  // What was heard of cannot be newer than the document itself.
  entry.wanted = whole.seq;
  return whole;
}

/** Every event of a run so far. */
export async function allEvents(
  client: Pick<Client, 'events'>,
  id: string
): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for (;;) {
    const after = all.at(-1)?.seq ?? 0;
    const { events, last } = await client.events(id, after);
    all.push(...events);
    if (events.length === 0 || events[events.length - 1].seq >= last) {
      return all;
    }
  }
}
