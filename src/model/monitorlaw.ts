/**
 * The schema of a monitor file as a value. Apart from the pipeline's: who never
 * opens a monitor need not load it.
 */
import law from '../../schemas/monitor.v1.json';
import type { Schema } from './law';

/** schemas/monitor.v1.json. Not to be changed. */
export const MONITOR_LAW = law as unknown as Schema;
