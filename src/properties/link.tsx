/**
 * Where a parameter gets its value from, if it isn't written down: a parameter
 * of the pipeline, or a result of a node that runs before.
 */
import { closeIcon } from '@jupyterlab/ui-components';
import React, { useId, useState } from 'react';

import type { JsonValue } from '../model/document';
import { own } from '../model/document';
import { ancestors, wouldCycle } from '../model/graph';
import { isLike } from '../model/law';
import { fromParameter, fromResult } from '../model/references';
import type { Reference } from '../model/references';
import { safeLine } from '../ui/safetext';
import { useForm } from './form';
import { IconButton, Select } from './inputs';
import { issuesAt } from './issues';
import { nodeName, useOffers } from './results';

/** `rows ← Load data`, with how to take it back. */
export function Chip(props: {
  parameter: string;
  reference: Reference;
  onUnlink(): void;
}): React.JSX.Element {
  const { trans, readOnly, document } = useForm();
  const { reference } = props;
  const origin =
    reference.kind === 'parameter'
      ? trans.__('pipeline')
      : nodeName(document, reference.node);
  return (
    <span className="mlops-Chip">
      <span className="mlops-Chip-text">
        <code>{safeLine(reference.name)}</code>
        {' ← '}
        <bdi>{origin}</bdi>
      </span>
      {!readOnly && (
        <IconButton
          label={trans.__('Unlink %1', props.parameter)}
          onClick={props.onUnlink}
        >
          <closeIcon.react tag="span" elementSize="small" />
        </IconButton>
      )}
    </span>
  );
}

/** A result of a node that does not run before: offer to make it so. */
export function MissingEdge(props: {
  node: string;
  reference: Reference;
  pointer: string;
}): React.JSX.Element | null {
  const { trans, readOnly, document, issues, onAction } = useForm();
  const { node, reference, pointer } = props;
  if (
    reference.kind !== 'result' ||
    !own(document.nodes, reference.node) ||
    ancestors(document, node).has(reference.node)
  ) {
    return null;
  }
  const from = reference.node;
  const isSaid = issuesAt(issues, [pointer]).some(
    ({ code }) => code === 'missing-edge'
  );
  const name = nodeName(document, from);
  const isCircle = wouldCycle(document, from, node);
  return (
    <p className="mlops-Field-note">
      {isCircle
        ? trans.__('%1 runs after this node: its result comes too late.', name)
        : !isSaid && trans.__('%1 does not run before this node.', name)}{' '}
      {!isCircle && !readOnly && (
        <button
          type="button"
          className="mlops-Link"
          onClick={() => onAction({ type: 'connect', from, to: node })}
        >
          {trans.__('Add the edge from %1', name)}
        </button>
      )}
    </p>
  );
}

const OTHER = 'other';

/** Choose where a value comes from. */
export function LinkChoice(props: {
  node: string;
  label: string;
  onLink(value: JsonValue): void;
  onCancel(): void;
}): React.JSX.Element {
  const { trans, document } = useForm();
  const offers = useOffers(props.node);
  const [isOther, setOther] = useState(false);
  const parameters = Object.keys(document.parameters ?? {});
  const choose = (choice: string) => {
    const [kind, first, second] = choice.split(' ');
    if (kind === OTHER) {
      setOther(true);
    } else if (kind === 'parameter') {
      props.onLink(fromParameter(first));
    } else if (kind === 'result') {
      props.onLink(fromResult(first, second));
    }
  };
  if (isOther) {
    return <OtherResult {...props} />;
  }
  return (
    <div
      className="mlops-Field-row"
      onKeyDown={event => {
        if (event.key === 'Escape') {
          props.onCancel();
        }
      }}
    >
      <Select
        ties={{ 'aria-label': props.label }}
        value=""
        choices={[{ value: '', label: trans.__('Take the value from …') }]}
        onChange={choose}
        autoFocus
      >
        {parameters.length > 0 && (
          <optgroup label={trans.__('Pipeline')}>
            {parameters.map(name => (
              <option key={name} value={`parameter ${name}`}>
                {name}
              </option>
            ))}
          </optgroup>
        )}
        {offers
          .filter(({ names }) => names.length > 0)
          .map(({ node, name, names, isBefore }) => (
            <optgroup
              key={node}
              label={
                isBefore ? name : trans.__('%1 (does not run before)', name)
              }
            >
              {names.map(result => (
                <option key={result} value={`result ${node} ${result}`}>
                  {result}
                </option>
              ))}
            </optgroup>
          ))}
        {offers.length > 0 && (
          <option value={OTHER}>{trans.__('Another result …')}</option>
        )}
      </Select>
      <IconButton label={trans.__('Cancel')} onClick={props.onCancel}>
        <closeIcon.react tag="span" elementSize="small" />
      </IconButton>
    </div>
  );
}

/** A result that nobody knows of yet, by its name. */
function OtherResult(props: {
  node: string;
  onLink(value: JsonValue): void;
  onCancel(): void;
}): React.JSX.Element {
  const { trans } = useForm();
  const offers = useOffers(props.node);
  const id = useId();
  const [node, setNode] = useState(offers.at(0)?.node ?? '');
  const [name, setName] = useState('');
  const isName = isLike('name', name.trim());
  const link = () => {
    if (isName && node) {
      props.onLink(fromResult(node, name.trim()));
    }
  };
  return (
    <div
      className="mlops-Field-stack"
      onKeyDown={event => {
        if (event.key === 'Escape') {
          props.onCancel();
        }
      }}
    >
      <Select
        ties={{ 'aria-label': trans.__('Node') }}
        value={node}
        choices={offers.map(offer => ({
          value: offer.node,
          label: offer.isBefore
            ? offer.name
            : trans.__('%1 (does not run before)', offer.name)
        }))}
        onChange={setNode}
        autoFocus
      />
      <div className="mlops-Field-row">
        <input
          type="text"
          className="jp-mod-styled mlops-Input mlops-mod-code"
          aria-label={trans.__('Name of the result')}
          placeholder={trans.__('Name of the result')}
          list={id}
          value={name}
          onChange={event => setName(event.target.value)}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              link();
            }
          }}
        />
        <datalist id={id}>
          {offers
            .find(offer => offer.node === node)
            ?.names.map(each => (
              <option key={each} value={each} />
            ))}
        </datalist>
        <button
          type="button"
          className="mlops-Button"
          disabled={!isName}
          onClick={link}
        >
          {trans.__('Link')}
        </button>
        <IconButton label={trans.__('Cancel')} onClick={props.onCancel}>
          <closeIcon.react tag="span" elementSize="small" />
        </IconButton>
      </div>
    </div>
  );
}
