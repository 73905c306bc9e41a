/**
 * A group of fields that folds away. Folded it says when one needs it, how
 * much is set in it, and whether something is wrong there.
 */
import { caretRightIcon } from '@jupyterlab/ui-components';
import React, { createContext, useContext, useId } from 'react';

import { useForm } from './form';

/** Which groups are open; kept by the panel while one goes from node to node. */
export type Folding = {
  isOpen(group: string, byDefault: boolean): boolean;
  toggle(group: string, isOpen: boolean): void;
};

export const FoldingContext = createContext<Folding>({
  isOpen: (_, byDefault) => byDefault,
  toggle: () => undefined
});

export interface IGroupProps {
  name: string;
  title: string;
  /** When one needs it, in one line. */
  hint: string;
  isOpenAtFirst?: boolean;
  /** What is new in it, said while it is folded. */
  news?: string;
  /** How many of its fields are set. */
  count?: number;
  /** Its only field is called as it is: one name is enough to see. */
  isSingle?: boolean;
  /** Whether it holds an error or a warning. */
  severity?: 'error' | 'warning' | null;
  children: React.ReactNode;
}

export function Group(props: IGroupProps): React.JSX.Element {
  const { name, title, hint, news, count = 0, severity } = props;
  const { trans } = useForm();
  const folding = useContext(FoldingContext);
  const id = useId();
  const isOpen = folding.isOpen(name, props.isOpenAtFirst ?? false);
  return (
    <section className={`mlops-Group${isOpen ? ' mlops-mod-open' : ''}`}>
      <h3 className="mlops-Group-heading">
        <button
          type="button"
          className="mlops-Group-toggle"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => folding.toggle(name, !isOpen)}
        >
          <caretRightIcon.react tag="span" className="mlops-Group-caret" />
          <span className="mlops-Group-title">{title}</span>
          {severity && (
            <span
              className={`mlops-Group-mark mlops-mod-${severity}`}
              role="img"
              aria-label={
                severity === 'error'
                  ? trans.__('has an error')
                  : trans.__('has a warning')
              }
            />
          )}
          {!isOpen && count > 0 && (
            <span className="mlops-Group-count">
              {trans._n('%1 set', '%1 set', count, count)}
            </span>
          )}
        </button>
      </h3>
      {!isOpen && (news || count === 0) && (
        <p className={`mlops-Group-hint${news ? ' mlops-mod-news' : ''}`}>
          {news || hint}
        </p>
      )}
      <div
        id={id}
        className={`mlops-Group-body${props.isSingle ? ' mlops-mod-single' : ''}`}
        hidden={!isOpen}
      >
        {isOpen && props.children}
      </div>
    </section>
  );
}
