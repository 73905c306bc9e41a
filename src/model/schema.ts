/**
 * The schema, and documents held against it: a small interpreter of the
 * keywords that the schema uses. No library: it would be larger than all of
 * src/model, many need `eval`, and none says the same as Python's, place by
 * place. mlops_ext/schema.py is the twin and tells the rules.
 */
import type {
  Issue,
  JsonObject,
  JsonValue,
  PipelineDocument
} from './document';
import { isObject, own } from './document';
import type { Place } from './issues';
import { dotted, issue, listed, named, show, subject, tidy } from './issues';
import type { Schema, SchemaType } from './law';
import { LAW, branchesOf, nodeFields, patternOf, resolve } from './law';
import { referenceIssues } from './references';

const VERSION = 1;
const TYPES: Record<SchemaType, [string, (value: JsonValue) => boolean]> = {
  string: ['a text', value => typeof value === 'string'],
  integer: ['a whole number', value => Number.isInteger(value)],
  number: ['a number', value => typeof value === 'number'],
  boolean: ['true or false', value => typeof value === 'boolean'],
  null: ['null', value => value === null],
  array: ['a list', value => Array.isArray(value)],
  object: ['an object', isObject]
};

/**
 * The issues that a value has with the schema of a pipeline, as a tidy list:
 * what makes a text no pipeline (`schema`, `unsupported-version`), and nodes
 * of an unknown type.
 */
export function checkSchema(value: JsonValue | object): Issue[] {
  const document = value as JsonValue;
  const version = isObject(document) ? own(document, 'version') : undefined;
  if (typeof version === 'number' && version !== VERSION) {
    return [unsupported(version)];
  }
  const checker = new Checker();
  checker.check(document, LAW, []);
  const issues = tidy(checker.issues);
  return issues.some(one => one.code === 'schema')
    ? issues
    : tidy([...issues, ...referenceIssues(value as PipelineDocument)]);
}

/** The issues of one value, held against a part of the schema. */
export function checkValue(
  value: JsonValue | object,
  schema: Schema,
  place: Place = []
): Issue[] {
  const checker = new Checker();
  checker.check(value as JsonValue, schema, place);
  return checker.issues;
}

/**
 * The issues that a field of a node would have with this value; for forms,
 * which tell of them before a change is made.
 */
export function checkNodeField(
  type: string,
  field: string,
  value: JsonValue
): Issue[] {
  const schema = own(nodeFields(type) ?? {}, field);
  return schema ? checkValue(value, schema, [field]) : [];
}

/** Whether a value is of a type of JSON Schema. */
export function isOfType(value: JsonValue, type: SchemaType): boolean {
  return TYPES[type][1](value);
}

function unsupported(found: number): Issue {
  return issue(
    'error',
    'unsupported-version',
    ['version'],
    `The pipeline has version ${show(found)} of the format; this program reads version ${VERSION}.`,
    found > VERSION ? 'Update the program to open it.' : ''
  );
}

/** One walk over a document; `issues` is what it found. */
class Checker {
  readonly issues: Issue[] = [];

  check(value: JsonValue, reference: Schema, place: Place): void {
    const schema = resolve(reference);
    if (schema.const !== undefined && value !== schema.const) {
      this._fail(place, `must be ${show(schema.const)}, not ${show(value)}`);
    }
    if (schema.enum && !schema.enum.includes(value)) {
      const choice = listed(schema.enum.map(show));
      this._fail(place, `must be ${choice}, not ${show(value)}`);
    }
    if (schema.type) {
      const [words, fits] = TYPES[schema.type];
      if (!fits(value)) {
        this._fail(place, `must be ${words}, not ${show(value)}`);
        return;
      }
    }
    if (typeof value === 'string') {
      this._text(value, schema, place);
    } else if (typeof value === 'number') {
      this._number(value, schema, place);
    } else if (Array.isArray(value)) {
      this._list(value, schema, place);
    } else if (isObject(value)) {
      this._object(value, schema, place);
    }
    if (schema.anyOf && !schema.anyOf.some(one => fitsIn(value, one))) {
      this._fail(place, `must be ${phrase(schema)}, not ${show(value)}`);
    }
    if (schema.oneOf) {
      this._oneOf(value, schema, place);
    }
  }

  private _text(value: string, schema: Schema, place: Place): void {
    const { minLength = 0, maxLength = Infinity, pattern } = schema;
    if (value.length < minLength) {
      this._fail(place, 'must not be empty');
    }
    if (value.length > maxLength) {
      const length = codePoints(value);
      if (length > maxLength) {
        const limit = `at most ${maxLength} characters`;
        this._fail(place, `must have ${limit}, not ${length}`);
      }
    }
    if (pattern !== undefined && !patternOf(pattern).test(value)) {
      this._fail(place, `must be ${phrase(schema)}, not ${show(value)}`);
    }
  }

  private _number(value: number, schema: Schema, place: Place): void {
    const { minimum = value, maximum = value } = schema;
    if (value < minimum) {
      this._fail(place, `must be at least ${minimum}, not ${show(value)}`);
    }
    if (value > maximum) {
      this._fail(place, `must be at most ${maximum}, not ${show(value)}`);
    }
  }

  private _list(value: JsonValue[], schema: Schema, place: Place): void {
    const { minItems = 0, maxItems = Infinity, items } = schema;
    const count = value.length;
    if (count < minItems) {
      this._fail(place, `must have at least ${minItems} entries, not ${count}`);
    }
    if (count > maxItems) {
      this._fail(place, `must have at most ${maxItems} entries, not ${count}`);
    } else if (items) {
      value.forEach((one, index) => this.check(one, items, [...place, index]));
    }
  }

  private _object(value: JsonObject, schema: Schema, place: Place): void {
    const { maxProperties = Infinity, required = [], propertyNames } = schema;
    const { additionalProperties: others = true, properties = {} } = schema;
    const keys = Object.keys(value);
    if (keys.length > maxProperties) {
      const limit = `at most ${maxProperties} entries`;
      this._fail(place, `must have ${limit}, not ${keys.length}`);
      return;
    }
    const missing = required.filter(key => !Object.hasOwn(value, key));
    if (missing.length > 0) {
      this._fail(place, `lacks ${listed(missing, 'and')}`);
    }
    for (const key of keys) {
      if (propertyNames) {
        this._name(key, resolve(propertyNames), place);
      }
      const known = own(properties, key);
      if (known) {
        this.check(value[key], known, [...place, key]);
      } else if (others === false) {
        this._unknown(key, Object.keys(properties), place);
      } else if (others !== true) {
        this.check(value[key], others, [...place, key]);
      }
    }
  }

  private _name(key: string, schema: Schema, place: Place): void {
    if (!patternOf(schema.pattern ?? '').test(key)) {
      const message = `The name ${show(key)} in ${dotted(place)} must be ${phrase(schema)}.`;
      this.issues.push(issue('error', 'schema', [...place, key], message));
    }
  }

  private _unknown(key: string, known: string[], place: Place): void {
    const alike = known.find(one => one === key.toLowerCase());
    this.issues.push(
      issue(
        'error',
        'schema',
        [...place, key],
        `${subject(place)} has ${named(key)}, which is not known here.`,
        alike
          ? `Did you mean ${alike}?`
          : `Known here: ${listed(known, 'and')}.`
      )
    );
  }

  private _oneOf(value: JsonValue, schema: Schema, place: Place): void {
    const { key, byType } = branchesOf(schema);
    if (!isObject(value)) {
      this._fail(place, `must be an object, not ${show(value)}`);
      return;
    }
    const type = own(value, key);
    const branch = byType.get(type ?? null);
    if (type === undefined) {
      this._fail(place, `lacks ${key}`);
    } else if (typeof type !== 'string') {
      this._fail([...place, key], `must be a text, not ${show(type)}`);
    } else if (branch) {
      this.check(value, branch, place);
    } else {
      const known = listed([...byType.keys()].map(String), 'and');
      this.issues.push(
        issue(
          'error',
          'unknown-type',
          [...place, key],
          `${subject(place)} has the type ${show(type)}, which this version does not know.`,
          `The node is kept as it is. Known: ${known}.`
        )
      );
    }
  }

  private _fail(place: Place, predicate: string): void {
    const message = `${subject(place)} ${predicate}.`;
    this.issues.push(issue('error', 'schema', place, message));
  }
}

function fitsIn(value: JsonValue, schema: Schema): boolean {
  const attempt = new Checker();
  attempt.check(value, schema, []);
  return attempt.issues.length === 0;
}

/** What a value must be, from the description of the schema. */
function phrase({ description = 'of another form' }: Schema): string {
  const text = description.replace(/\.$/, '');
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function codePoints(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // The second half of a pair was counted with the first.
    count += unit >= 0xdc00 && unit <= 0xdfff ? 0 : 1;
  }
  return count;
}
