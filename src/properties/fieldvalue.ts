/** What all kinds of fields need of their value, and of where it comes from. */
import type { JsonValue } from '../model/document';
import { pointerOf, sameJson } from '../model/document';
import type { Schema } from '../model/law';
import type { IFieldProps } from './field';
import { useForm } from './form';
import { wordsOf } from './kinds';
import { SEVERAL } from './target';
import type { Target } from './target';

export interface ISchemaFieldProps {
  name: string;
  schema: Schema;
  target: Target;
}

export type FieldValue = {
  /** What is set; undefined also where it is not the same everywhere. */
  readonly value: JsonValue | undefined;
  readonly isSeveral: boolean;
  /** What holds where nothing is set. */
  readonly inherited: JsonValue | undefined;
  readonly frame: Omit<IFieldProps, 'children' | 'label'> & {
    label: string;
  };
};

export function useFieldValue(props: ISchemaFieldProps): FieldValue {
  const { name, schema, target } = props;
  const { trans } = useForm();
  const held = target.read(name);
  const isSeveral = held === SEVERAL;
  const inherited = target.inherited(name);
  const words = wordsOf(name, schema, trans);
  const isInherited = held === undefined && inherited !== undefined;
  const isOverride =
    inherited !== undefined && (isSeveral || !sameJson(inherited, held));
  return {
    value: isSeveral ? undefined : held,
    isSeveral,
    inherited,
    frame: {
      label: words.title,
      description: words.description,
      pointers: target.pointers.map(pointer => pointer + pointerOf([name])),
      origin: isInherited ? trans.__('from the pipeline') : undefined,
      reset:
        held === undefined
          ? null
          : {
              label: isOverride
                ? trans.__('Use the pipeline’s')
                : trans.__('Reset'),
              onReset: () => target.write(name, undefined)
            }
    }
  };
}
