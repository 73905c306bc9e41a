/** The checks of a monitor in its form: what is computed, and when it alerts. */
import { addIcon, closeIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { isObject } from '../model/document';
import type { JsonObject, JsonValue } from '../model/document';
import { measuresFor } from '../model/measures';
import { safeLine, safeText } from '../ui/safetext';
import { textAt, valueAt } from './editing';
import { issuesAt, useDraft } from './formfields';
import type { IFormProps } from './formfields';
import { measureWords } from './measurewords';

export interface IChecksProps {
  form: IFormProps;
  /** The checks that hold where the file names none. */
  defaults: JsonObject | null;
}

export function ChecksForm(props: IChecksProps): React.JSX.Element {
  const { form, defaults } = props;
  const { trans } = form;
  const own = valueAt(form.document, ['checks']);
  if (!isObject(own)) {
    return (
      <div className="mlops-ChecksForm-defaults">
        <p>
          {trans.__(
            'The default checks: they alert where a difference is both beyond chance and large enough to matter. The preview shows them.'
          )}
        </p>
        <button
          type="button"
          className="mlops-Button"
          disabled={form.readOnly || defaults === null}
          onClick={() => form.onChange(['checks'], defaults ?? {})}
        >
          {trans.__('Change them')}
        </button>
      </div>
    );
  }
  const names = Object.keys(own);
  return (
    <>
      <ul className="mlops-ChecksForm">
        {names.map(name => (
          <CheckItem key={name} {...props} name={name} />
        ))}
      </ul>
      <div className="mlops-Actions">
        <AddCheck {...props} names={names} />
        <button
          type="button"
          className="mlops-Button"
          disabled={form.readOnly}
          onClick={() => form.onChange(['checks'], undefined)}
        >
          {trans.__('Back to the defaults')}
        </button>
      </div>
    </>
  );
}

function AddCheck(
  props: IChecksProps & { names: readonly string[] }
): React.JSX.Element {
  const { form, names, defaults } = props;
  const { trans } = form;
  const measures = measuresFor(textAt(form.document, ['problem']));
  const add = (measure: string) => {
    let name = measure;
    for (let number = 2; names.includes(name); number += 1) {
      name = `${measure}_${number}`;
    }
    const usual = Object.values(defaults ?? {}).find(
      check => isObject(check) && check.measure === measure
    );
    form.onChange(['checks', name], usual ?? { measure });
  };
  return (
    <label className="mlops-ChecksForm-add">
      <addIcon.react tag="span" width="16px" />
      <select
        className="mlops-Select"
        disabled={form.readOnly}
        value=""
        aria-label={trans.__('Add a check')}
        onChange={({ target }) => add(target.value)}
      >
        <option value="">{trans.__('Add a check')}</option>
        {measures.map(measure => (
          <option key={measure} value={measure}>
            {measureWords(measure, trans).name}
          </option>
        ))}
      </select>
    </label>
  );
}

function CheckItem(props: IChecksProps & { name: string }): React.JSX.Element {
  const { form, name } = props;
  const { trans } = form;
  const path = ['checks', name];
  const measure = textAt(form.document, [...path, 'measure']);
  const words = measureWords(measure, trans);
  const mode = textAt(form.document, [...path, 'mode']) || 'absolute';
  const issues = issuesAt(form.issues, path);
  return (
    <li className="mlops-CheckItem" data-mlops-check={name}>
      <div className="mlops-CheckItem-head">
        <abbr title={words.definition}>{words.name}</abbr>
        {name !== measure ? (
          <span className="mlops-mod-hint">{safeLine(name)}</span>
        ) : null}
        <select
          className="mlops-Select"
          aria-label={trans.__('Compare')}
          disabled={form.readOnly}
          value={mode}
          onChange={({ target }) =>
            form.onChange([...path, 'mode'], target.value)
          }
        >
          <option value="absolute">{trans.__('the value')}</option>
          <option value="delta">
            {trans.__('the change to the baseline')}
          </option>
          <option value="p_value">{trans.__('its significance (p)')}</option>
        </select>
        <button
          type="button"
          className="mlops-IconButton"
          disabled={form.readOnly}
          title={trans.__('Remove this check')}
          aria-label={trans.__('Remove the check %1', safeLine(name))}
          onClick={() => form.onChange(path, undefined)}
        >
          <closeIcon.react tag="span" width="14px" />
        </button>
      </div>
      <div className="mlops-CheckItem-bounds">
        <BoundsField
          form={form}
          path={[...path, 'warn']}
          label={trans.__('Warn')}
        />
        <BoundsField
          form={form}
          path={[...path, 'alert']}
          label={trans.__('Alert')}
        />
        {mode === 'p_value' ? (
          <BoundsField
            form={form}
            path={[...path, 'effect']}
            label={trans.__('and effect')}
          />
        ) : null}
      </div>
      {issues.length > 0 ? (
        <p className="mlops-mod-error" role="status">
          {safeText(issues.map(({ message }) => message).join(' '))}
        </p>
      ) : null}
    </li>
  );
}

const SIDES = ['below', 'above', 'outside'] as const;
type Side = (typeof SIDES)[number];

function BoundsField(props: {
  form: IFormProps;
  path: readonly string[];
  label: string;
}): React.JSX.Element {
  const { form, path, label } = props;
  const { trans } = form;
  const bounds = valueAt(form.document, path);
  const side =
    SIDES.find(one => isObject(bounds) && bounds[one] !== undefined) ?? '';
  const kept = side === '' ? '' : numbersText(valueAt(bounds, [side]));
  const [text, isWrong, type] = useDraft(kept, typed => {
    const value = side === '' ? null : readNumbers(typed, side);
    if (value !== null && side !== '') {
      form.onChange(path, { [side]: value });
    }
    return value !== null;
  });
  return (
    <span className="mlops-BoundsField">
      <span>{label}</span>
      <select
        className="mlops-Select"
        aria-label={trans.__('%1: side', label)}
        disabled={form.readOnly}
        value={side}
        onChange={({ target }) =>
          form.onChange(path, startOf(target.value, valueAt(bounds, [side])))
        }
      >
        <option value="">{trans.__('never')}</option>
        <option value="below">{trans.__('below')}</option>
        <option value="above">{trans.__('above')}</option>
        <option value="outside">{trans.__('outside')}</option>
      </select>
      {side === '' ? null : (
        <input
          className="mlops-Input mlops-mod-number"
          type="text"
          inputMode="decimal"
          aria-label={trans.__('%1: value', label)}
          aria-invalid={isWrong || undefined}
          title={
            side === 'outside'
              ? trans.__('Two numbers, such as 0.8, 1.25')
              : undefined
          }
          readOnly={form.readOnly}
          value={text}
          onChange={({ target }) => type(target.value)}
        />
      )}
    </span>
  );
}

/** A bound to begin with, from what stood there. */
function startOf(
  side: string,
  before: JsonValue | undefined
): JsonValue | undefined {
  const known = Array.isArray(before) ? before[0] : before;
  const number = typeof known === 'number' ? known : 0;
  switch (side as Side | '') {
    case 'outside':
      return { outside: [number, number + 1] };
    case 'below':
      return { below: number };
    case 'above':
      return { above: number };
    default:
      return undefined;
  }
}

function numbersText(value: JsonValue | undefined): string {
  return Array.isArray(value)
    ? value.map(String).join(', ')
    : typeof value === 'number'
      ? String(value)
      : '';
}

/** A number, or two of a range; null where the text is neither. */
export function readNumbers(
  text: string,
  side: Side
): number | number[] | null {
  const parts = text.split(/[,;]\s*|\s+/).filter(part => part !== '');
  const numbers = parts.map(Number);
  if (numbers.some(number => !Number.isFinite(number))) {
    return null;
  }
  if (side === 'outside') {
    return numbers.length === 2 && numbers[0] <= numbers[1] ? numbers : null;
  }
  return numbers.length === 1 ? numbers[0] : null;
}
