/** Inputs in JupyterLab's look, on top of a draft of what is typed. */
import React, { useLayoutEffect, useRef } from 'react';

import type { Draft } from './draft';
import type { InputTies } from './field';

export interface ITextInputProps {
  draft: Draft;
  ties: Partial<InputTies> & { 'aria-label'?: string };
  placeholder?: string;
  disabled?: boolean;
  /** Digits line up, and a phone shows its number keys. */
  isNumber?: boolean;
  isCode?: boolean;
  list?: string;
  maxLength?: number;
  autoFocus?: boolean;
}

export function TextInput(props: ITextInputProps): React.JSX.Element {
  const { draft, ties, placeholder, disabled, isNumber, isCode } = props;
  const input = useRef<HTMLInputElement>(null);
  useFocusOnce(input, props.autoFocus ?? false);
  return (
    <input
      {...ties}
      ref={input}
      type="text"
      className={`jp-mod-styled mlops-Input${isNumber ? ' mlops-mod-number' : ''}${isCode ? ' mlops-mod-code' : ''}`}
      inputMode={isNumber ? 'decimal' : undefined}
      autoComplete="off"
      spellCheck={false}
      value={draft.text}
      placeholder={placeholder}
      disabled={disabled}
      maxLength={props.maxLength}
      list={props.list}
      onChange={event => draft.onText(event.target.value)}
      onBlur={draft.onBlur}
      onKeyDown={draft.onKeyDown}
    />
  );
}

export interface ITextAreaProps {
  draft: Draft;
  ties: Partial<InputTies> & { 'aria-label'?: string };
  placeholder?: string;
  disabled?: boolean;
  isCode?: boolean;
  rows?: number;
  maxLength?: number;
}

/** Grows with its text, up to a limit. */
export function TextArea(props: ITextAreaProps): React.JSX.Element {
  const { draft, ties, placeholder, disabled, isCode, rows = 2 } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = area.current;
    if (element) {
      element.style.height = 'auto';
      element.style.height = `${Math.min(element.scrollHeight + 2, 240)}px`;
    }
  }, [draft.text]);
  return (
    <textarea
      {...ties}
      ref={area}
      className={`mlops-Input mlops-TextArea${isCode ? ' mlops-mod-code' : ''}`}
      spellCheck={!isCode}
      rows={rows}
      value={draft.text}
      placeholder={placeholder}
      disabled={disabled}
      maxLength={props.maxLength}
      onChange={event => draft.onText(event.target.value)}
      onBlur={draft.onBlur}
      onKeyDown={draft.onKeyDown}
    />
  );
}

export type Choice = { value: string; label: string; isMissing?: boolean };

export function Select(props: {
  ties: Partial<InputTies> & { 'aria-label'?: string };
  value: string;
  choices: readonly Choice[];
  disabled?: boolean;
  autoFocus?: boolean;
  children?: React.ReactNode;
  onBlur?: () => void;
  onChange(value: string): void;
}): React.JSX.Element {
  const select = useRef<HTMLSelectElement>(null);
  useFocusOnce(select, props.autoFocus ?? false);
  return (
    <select
      {...props.ties}
      ref={select}
      className="mlops-Input mlops-Choice"
      value={props.value}
      disabled={props.disabled}
      onBlur={props.onBlur}
      onChange={event => props.onChange(event.target.value)}
    >
      {props.choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
      {props.children}
    </select>
  );
}

function useFocusOnce(
  element: React.RefObject<HTMLElement>,
  isWanted: boolean
): void {
  const wanted = useRef(isWanted);
  useLayoutEffect(() => {
    if (wanted.current) {
      element.current?.focus();
    }
  }, [element]);
}

/** A small button with a picture, named for who does not see it. */
export function IconButton(props: {
  label: string;
  disabled?: boolean;
  isPressed?: boolean;
  onClick(): void;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className="mlops-Field-button"
      title={props.label}
      aria-label={props.label}
      aria-pressed={props.isPressed}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
