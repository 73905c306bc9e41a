/** A monitor as the bytes of its file: the same as Python writes. */
import { canonicalize } from './canonical';
import type { JsonObject } from './document';
import { MONITOR_LAW } from './monitorlaw';

export function monitorText(document: JsonObject | object): string {
  return canonicalize(document, MONITOR_LAW);
}
