/** Which kernel runs a node: its own choice, the pipeline's, or the notebook's. */
import React from 'react';

import { safeLine } from '../ui/safetext';
import { useDraft } from './draft';
import { useInspection, useKernels } from './facts';
import { Field } from './field';
import { useFieldValue } from './fieldvalue';
import type { ISchemaFieldProps } from './fieldvalue';
import { useForm } from './form';
import { Select, TextInput } from './inputs';
import { issuesAt } from './issues';
import { format, read } from './kinds';

const SEVERAL_CHOICE = '\u0000';

export function KernelField(props: ISchemaFieldProps): React.JSX.Element {
  const { name, target, schema } = props;
  const { trans, readOnly, issues } = useForm();
  const { value, isSeveral, inherited, frame } = useFieldValue(props);
  const kernels = useKernels();
  const path = target.read('path');
  const file = useInspection(typeof path === 'string' ? path : undefined);
  const own = file?.notebook?.kernel ?? undefined;
  const usual = inherited === undefined ? own : format(inherited);
  const chosen = value === undefined ? usual : format(value);

  const draft = useDraft({
    text: format(value),
    read: text => read(text, schema, trans),
    commit: next => target.write(name, next),
    when: 'leave'
  });
  if (!kernels) {
    return (
      <Field {...frame}>
        {ties => (
          <TextInput
            ties={ties}
            draft={draft}
            disabled={readOnly}
            placeholder={isSeveral ? trans.__('several values') : usual}
          />
        )}
      </Field>
    );
  }
  const title = (kernel: string) =>
    safeLine(
      kernels.find(each => each.name === kernel)?.display_name ?? kernel
    );
  const isMissing =
    chosen !== undefined && !kernels.some(({ name }) => name === chosen);
  // The list of problems says the same, as soon as the server was asked.
  const isSaid = issuesAt(issues, frame.pointers).length > 0;
  const known = kernels.map(({ name }) => ({
    value: name,
    label: title(name)
  }));
  return (
    <Field
      {...frame}
      reset={null}
      origin={originOf()}
      error={
        isMissing && !isSeveral && !isSaid
          ? trans.__('%1 is missing: choose one', safeLine(chosen))
          : undefined
      }
    >
      {ties => (
        <Select
          ties={ties}
          disabled={readOnly}
          value={isSeveral ? SEVERAL_CHOICE : format(value)}
          onChange={text => target.write(name, text || undefined)}
          choices={[
            ...(isSeveral
              ? [{ value: SEVERAL_CHOICE, label: trans.__('several values') }]
              : []),
            {
              value: '',
              label:
                usual === undefined
                  ? trans.__('The file’s own')
                  : trans.__('%1, inherited', title(usual))
            },
            ...(value !== undefined && isMissing
              ? [{ value: format(value), label: format(value) }]
              : []),
            ...known
          ]}
        />
      )}
    </Field>
  );

  function originOf(): string | undefined {
    if (value !== undefined || isSeveral) {
      return undefined;
    }
    return inherited === undefined
      ? own && trans.__('from the notebook')
      : trans.__('from the pipeline');
  }
}
