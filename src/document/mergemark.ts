/** Which actions are one step to undo: the letters typed into one field. */
import type { Action } from '../model/actions';

/** What an action says of a place, as against which place it is. */
const SAID = { value: 0, parameter: 0, text: 0, label: 0 };

/** The mark of an action; changes with the same mark are one step to undo. */
export function mergeMark(action: Action): string | null {
  switch (action.type) {
    case 'set-node-field':
    case 'set-parameter':
    case 'set-default':
    case 'set-description':
    case 'set-schedule':
    case 'set-comment':
    case 'rename-node':
      return JSON.stringify({ ...action, ...SAID });
    default:
      return null;
  }
}
